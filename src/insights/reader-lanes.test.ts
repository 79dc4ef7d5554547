import { expect, test } from "vitest";
import { INSIGHTS_READERS_MAX } from "../protocol/limits.ts";
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
  }, leaving.signal);
  const last = readers.ask(async () => "last");
  leaving.abort();
  first.resolve("first");
  await expect(left).rejects.toMatchObject({ name: "AbortError" });
  expect(wasAsked).toBe(false);
  expect(await Promise.all([...busy, last])).toEqual([...busy.map(() => "first"), "last"]);
});
