import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { blake2bOf } from "../plugins/native/minisign.ts";
import { sha256Of } from "../plugins/native/sha256-of.ts";
import { ARCHIVE_BYTES_MAX } from "../protocol/limits.ts";
import { unfitToRead } from "./unfit-to-read.ts";

test("an archive may be as large as the limit, not one byte more, and has the size that is wanted", () => {
  const path = join(tempDir(), "x.zip");
  writeFileSync(path, "");
  truncateSync(path, ARCHIVE_BYTES_MAX);
  expect(unfitToRead(path, undefined)).toBeUndefined();
  expect(unfitToRead(path, ARCHIVE_BYTES_MAX)).toBeUndefined();
  expect(unfitToRead(path, 5)).toEqual({ isFile: true, problem: expect.stringContaining("should have 5") });
  truncateSync(path, ARCHIVE_BYTES_MAX + 1);
  expect(unfitToRead(path, undefined)).toEqual({ isFile: true, problem: expect.stringContaining("at most") });
  expect(unfitToRead(tempDir(), undefined)).toMatchObject({ isFile: false });
  expect(unfitToRead(join(tempDir(), "gone"), undefined)).toMatchObject({ isFile: false });
});

test("hashing ends when the work is interrupted", async () => {
  const path = join(tempDir(), "x.zip");
  writeFileSync(path, "x");
  for (const hash of [sha256Of, blake2bOf]) {
    await expect(hash(path, AbortSignal.abort())).rejects.toMatchObject({ code: "interrupted" });
    await hash(path, new AbortController().signal);
  }
});
