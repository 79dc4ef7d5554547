import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { WEB_PIECE_BYTES_MAX } from "../../protocol/limits.ts";
import { FilePart } from "./file-part.ts";

const BYTES = Buffer.from(Array.from({ length: 3 * WEB_PIECE_BYTES_MAX }, (_, at) => at % 251));

async function openFile() {
  const path = join(tempDir(), "file");
  writeFileSync(path, BYTES);
  return { path, handle: await open(path) };
}

async function closed(part: FilePart): Promise<void> {
  if (!part.closed) await new Promise((done) => part.once("close", done));
}

test.each([
  [0, BYTES.length - 1],
  [0, 0],
  [BYTES.length - 1, BYTES.length - 1],
  [0, WEB_PIECE_BYTES_MAX - 1],
  [0, WEB_PIECE_BYTES_MAX],
  [7, 2 * WEB_PIECE_BYTES_MAX + 7],
])("the bytes from %i to %i come out, and the file is closed", async (first, last) => {
  const { handle } = await openFile();
  const part = new FilePart(handle, { first, last });
  expect((await buffer(part)).equals(BYTES.subarray(first, last + 1))).toBe(true);
  await closed(part);
  expect(handle.fd).toBe(-1);
});

test("of a file that grows, no more comes out than was promised", async () => {
  const { path, handle } = await openFile();
  const part = new FilePart(handle, { first: 0, last: BYTES.length - 1 });
  part.once("data", () => appendFileSync(path, "more"));
  expect(await buffer(part)).toHaveLength(BYTES.length);
});

test("a file that shrinks makes the stream fail, and is closed", async () => {
  const { path, handle } = await openFile();
  const part = new FilePart(handle, { first: 0, last: BYTES.length - 1 });
  truncateSync(path, WEB_PIECE_BYTES_MAX + 1);
  await expect(buffer(part)).rejects.toThrow("shorter");
  await closed(part);
  expect(handle.fd).toBe(-1);
});

test("a stream that nobody reads any more closes the file, also in the middle of a read", async () => {
  const { handle } = await openFile();
  const part = new FilePart(handle, { first: 0, last: BYTES.length - 1 });
  part.read(0);
  part.destroy();
  await closed(part);
  expect(handle.fd).toBe(-1);
});

test("of a file of 3 GB, no more is read ahead than two pieces while nobody takes any", async () => {
  const path = join(tempDir(), "huge");
  writeFileSync(path, "");
  truncateSync(path, 3_000_000_000);
  const handle = await open(path);
  const part = new FilePart(handle, { first: 0, last: 2_999_999_999 });
  part.pipe(new Writable({ write() {} }));
  const taken = () => part.readableLength;
  while (taken() < WEB_PIECE_BYTES_MAX) await new Promise(setImmediate);
  for (let round = 0; round < 1_000; round++) await new Promise(setImmediate);
  expect(taken()).toBeLessThanOrEqual(2 * WEB_PIECE_BYTES_MAX);
  part.destroy();
  await closed(part);
  expect(handle.fd).toBe(-1);
});
