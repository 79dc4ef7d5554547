import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { openDatabase, rowsOf, StatementFailure } from "../insights/insights-database.ts";
import type { HostError } from "../protocol/errors.ts";
import { insightsFailure } from "./insights-failure.ts";

const PROGRAM = join(import.meta.dirname, "../../build/native/osprey-database");
const ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

const told = (path: string, error: unknown) => insightsFailure(path, error) as HostError;

test("a question that takes too long, or whose process ends, is no damage of the file", async () => {
  const path = join(tempDir(), "insights.db");
  const { db, ready } = openDatabase(PROGRAM, path);
  await ready;
  const late = await db.run("query", ENDLESS, "[]", { deadlineMs: 1, answerBytesMax: 1_000 });
  if (late.ok) throw new Error("it has an end");
  const slow = told(path, new StatementFailure(late));
  expect([slow.code, slow.hint]).toEqual(["insights_slow", "choose a shorter time, or a plugin"]);
  const ended = rowsOf(db, ENDLESS).catch((error: unknown) => told(path, error));
  db.kill();
  const stopped = (await ended) as HostError;
  expect(stopped.code).toBe("database_stopped");
  expect(stopped.hint).not.toContain(path);
});

test("whoever has a file that is no record is told to move it away; a file that cannot be reached stays", async () => {
  const rubbish = join(tempDir(), "insights.db");
  writeFileSync(rubbish, "rubbish ".repeat(1_000));
  const opened = (path: string) =>
    openDatabase(PROGRAM, path).ready.then(
      () => {
        throw new Error("it was opened");
      },
      (error: unknown) => told(path, error),
    );
  expect(await opened(rubbish)).toMatchObject({ code: "database_broken", hint: expect.stringContaining("move ") });
  const folder = tempDir();
  expect(await opened(folder)).toMatchObject({ code: "database_broken", hint: expect.not.stringContaining("move ") });
});
