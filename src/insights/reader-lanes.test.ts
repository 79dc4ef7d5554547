import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { INSIGHTS_READERS_MAX } from "../protocol/limits.ts";
import type { DatabaseProcess } from "../store/database-process.ts";
import { execute, openDatabase, rowsOf } from "./insights-database.ts";
import { ReaderLanes } from "./reader-lanes.ts";

/** Nothing is opened before a reader is asked something. */
const lanes = () => new ReaderLanes("/nowhere/insights.db", "/nowhere/program");

test("so many questions are asked side by side, and no more; the next begins when one is answered or fails", async () => {
  const readers = lanes();
  const open: PromiseWithResolvers<void>[] = [];
  const asked = Array.from({ length: INSIGHTS_READERS_MAX + 2 }, () =>
    readers.ask(async () => {
      const question = Promise.withResolvers<void>();
      open.push(question);
      await question.promise;
    }),
  );
  const settled = Promise.allSettled(asked);
  await Promise.resolve();
  await expect.poll(() => open.length).toBe(INSIGHTS_READERS_MAX);
  open[0]!.reject(new Error("it failed"));
  await expect(asked[0]).rejects.toThrow("it failed");
  await expect.poll(() => open.length).toBe(INSIGHTS_READERS_MAX + 1);
  open[1]!.resolve();
  await expect.poll(() => open.length).toBe(INSIGHTS_READERS_MAX + 2);
  for (const { resolve } of open) resolve();
  expect((await settled).map(({ status }) => status).filter((status) => status === "rejected")).toHaveLength(1);
});

test("a question that nobody waits for any more when its turn comes is not asked; the one behind it is", async () => {
  const readers = lanes();
  const first = Promise.withResolvers<string>();
  const busy = Array.from({ length: INSIGHTS_READERS_MAX }, () => readers.ask(() => first.promise));
  const leaving = new AbortController();
  let wasAsked = false;
  const left = readers.ask(async () => {
    wasAsked = true;
  }, leaving);
  const last = readers.ask(async () => "last");
  leaving.abort();
  first.resolve("first");
  await expect(left).rejects.toMatchObject({ name: "AbortError" });
  expect(wasAsked).toBe(false);
  expect(await Promise.all([...busy, last])).toEqual([...busy.map(() => "first"), "last"]);
});

test("questions that take long leave one reader to the others, and follow one another", async () => {
  const readers = lanes();
  const open: PromiseWithResolvers<void>[] = [];
  const long = Array.from({ length: INSIGHTS_READERS_MAX }, () =>
    readers.ask(
      async () => {
        const question = Promise.withResolvers<void>();
        open.push(question);
        await question.promise;
      },
      { isLong: true },
    ),
  );
  expect(await readers.ask(async () => "short")).toBe("short");
  expect(open).toHaveLength(INSIGHTS_READERS_MAX - 1);
  open[0]!.resolve();
  await long[0];
  await expect.poll(() => open.length).toBe(INSIGHTS_READERS_MAX);
  for (const { resolve } of open) resolve();
  await Promise.all(long);
});

test("questions that nobody waits for any more end with their processes; the next ones have others", async () => {
  const program = join(import.meta.dirname, "../../build/native/osprey-database");
  const path = join(tempDir(), "insights.db");
  const { db, ready } = openDatabase(program, path);
  await ready;
  await execute(db, "PRAGMA user_version = 1");
  await db.close();
  const readers = new ReaderLanes(path, program);
  onTestFinished(() => readers.close());
  const leaving = new AbortController();
  const asked: DatabaseProcess[] = [];
  const endless = Array.from({ length: INSIGHTS_READERS_MAX }, () =>
    readers.ask(
      (reader) =>
        reader.ask((one) => {
          asked.push(one);
          return rowsOf(one, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n");
        }),
      leaving,
    ),
  );
  const settled = Promise.allSettled(endless);
  await expect.poll(() => asked.length).toBe(INSIGHTS_READERS_MAX);
  leaving.abort();
  expect(await readers.ask((reader) => reader.ask((one) => rowsOf(one, "SELECT 7")))).toEqual([[7]]);
  for (const one of await settled) expect(one).toMatchObject({ reason: { name: "AbortError" } });
  await Promise.all(asked.map(({ end }) => end));
});
