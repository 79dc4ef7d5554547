import { expect, test } from "vitest";
import { asHostError } from "./control-db-errors.ts";

test.each(["SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "ENOSPC"])(
  "%s is told as what it mostly is: the disk is full",
  (code) => {
    const error = asHostError("/x/osprey.db", Object.assign(new Error("no"), { code }));
    expect(error).toMatchObject({ code: "store_broken", hint: expect.stringContaining("make room") });
    expect(String(error) + JSON.stringify(error)).toContain("the disk");
  },
);

test("what is no error of the database's stays what it is", () => {
  const mistake = new TypeError("ours");
  expect(asHostError("/x", mistake)).toBe(mistake);
});
