import { join } from "node:path";
import Database from "better-sqlite3-multiple-ciphers";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { guarded } from "../store/control-db-errors.ts";
import { requestError } from "./error-answer.ts";
import { HttpError, statusOf } from "./http-error.ts";

const note = () => expect.unreachable("it is no bug");

function failureOf(path: string, work: () => unknown) {
  try {
    guarded(path, work);
  } catch (error) {
    return requestError(error, note);
  }
  return expect.unreachable("it works");
}

test("a database that another process keeps locked passes: 503, when to come again, and not where it lies", () => {
  const path = join(tempDir(), "control.db");
  const [first, second] = [new Database(path, { timeout: 0 }), new Database(path, { timeout: 0 })] as const;
  onTestFinished(() => {
    first.close();
    second.close();
  });
  first.exec("BEGIN EXCLUSIVE");
  const error = failureOf(path, () => second.exec("BEGIN IMMEDIATE"));
  expect([error.code, statusOf(error)]).toEqual(["store_broken", 503]);
  expect((error as HttpError).headers).toEqual({ "retry-after": "1" });
  expect(JSON.stringify(error.toBody())).not.toContain(path);
});

test("one that is damaged does not pass", () => {
  const path = join(tempDir(), "control.db");
  const error = failureOf(path, () => {
    throw Object.assign(new Error("malformed"), { code: "SQLITE_CORRUPT" });
  });
  expect([error.code, statusOf(error), error instanceof HttpError]).toEqual(["store_broken", 500, false]);
});
