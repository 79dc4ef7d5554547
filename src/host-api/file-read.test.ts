import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openHostApi } from "../../test/helpers/host-api.ts";
import {
  FILE_PATH_BYTES_MAX,
  FILE_READ_BYTES_MAX,
  FILE_READS_MAX,
  FILE_REQUEST_CHARS_MAX,
} from "../protocol/limits.ts";

/** A host API whose artifacts folder has the file `a.txt`. */
function open() {
  const opened = openHostApi();
  const { artifacts } = opened.deps;
  mkdirSync(artifacts);
  writeFileSync(join(artifacts, "a.txt"), "hello");
  const read = async (path: unknown) => (await opened.call("file_read", [JSON.stringify({ path })]))!;
  return { ...opened, artifacts, read };
}

const HELLO = '{"data":"aGVsbG8=","mime_type":"text/plain","size":5}';

test("a file comes as base64 with its type and size, on one line, members by name", async () => {
  const { artifacts, read } = open();
  expect(await read("a.txt")).toBe(HELLO);
  expect(await read(join(artifacts, "a.txt"))).toBe(HELLO);
});

test("the folder is known to all plugins by one name, wherever it lies; no other path of a home is", async () => {
  const { read } = open();
  expect(await read("~/.osaurus/artifacts/a.txt")).toBe(HELLO);
  expect(JSON.parse(await read("~/.osaurus/artifacts"))).toMatchObject({ error: "read_error" });
  for (const path of ["~", "~/", "~/.osaurus/artifacts/../secret", "~/.osaurus/artifacts-more/x", "~/.ssh/id"]) {
    expect(JSON.parse(await read(path)), path).toMatchObject({ error: "access_denied" });
  }
  expect(JSON.parse(await read("~root/x"))).toMatchObject({ error: "not_found" });
});

test.each([
  "",
  "[]",
  "null",
  '"a.txt"',
  "{}",
  '{"path":null}',
  '{"path":1}',
  '{"path":["a.txt"]}',
  '{"path":""}',
  '{"path":"a.txt\\u0000"}',
  '{"path":"/etc/passwd\\u0000.txt"}',
  '{"path":"\\ud800"}',
  '{"path":"a.txt"',
])("the request %j is no request", async (request) => {
  const answer = JSON.parse((await open().call("file_read", [request]))!);
  expect(answer).toEqual({ error: "invalid_request", message: expect.stringContaining("path") });
});

test("NULL for a request gives NULL", async () => {
  expect(await open().call("file_read", [null])).toBeNull();
});

test("a path may be as long as the limit and no longer", async () => {
  const { read } = open();
  const longest = `${"./".repeat((FILE_PATH_BYTES_MAX - "a.txt".length - 1) / 2)}/a.txt`;
  expect(Buffer.byteLength(longest)).toBe(FILE_PATH_BYTES_MAX);
  expect(await read(longest)).toBe(HELLO);
  expect(JSON.parse(await read(`.${longest}`))).toMatchObject({ error: "invalid_request" });
});

test("a request may be as long as the limit and no longer, whatever else is in it", async () => {
  const { call } = open();
  const start = '{"path":"a.txt","more":[';
  const requestOf = (chars: number) => `${start}${" ".repeat(chars - start.length - 2)}]}`;
  expect(await call("file_read", [requestOf(FILE_REQUEST_CHARS_MAX)])).toBe(HELLO);
  const longer = await call("file_read", [requestOf(FILE_REQUEST_CHARS_MAX + 1)]);
  expect(JSON.parse(longer!)).toMatchObject({ error: "invalid_request" });
});

test("what is refused has a code and words, and tells nothing about files outside", async () => {
  const { artifacts, read, folder } = open();
  writeFileSync(join(folder, "secret"), "");
  const outside = [await read(join(folder, "secret")), await read(join(folder, "nothing")), await read("../secret")];
  expect(new Set(outside)).toEqual(
    new Set(['{"error":"access_denied","message":"Only files in the artifacts folder can be read."}']),
  );
  expect(JSON.parse(await read("nothing"))).toMatchObject({ error: "not_found" });
  expect(JSON.parse(await read(artifacts))).toMatchObject({ error: "read_error" });
});

test("a file may have 50 000 000 bytes and not one more", async () => {
  const { artifacts, read } = open();
  const path = join(artifacts, "large");
  writeFileSync(path, "");
  truncateSync(path, FILE_READ_BYTES_MAX);
  const answer = JSON.parse(await read("large"));
  expect(answer).toMatchObject({ size: FILE_READ_BYTES_MAX, mime_type: "application/octet-stream" });
  expect(Buffer.from(answer.data, "base64")).toHaveLength(FILE_READ_BYTES_MAX);
  truncateSync(path, FILE_READ_BYTES_MAX + 1);
  expect(JSON.parse(await read("large"))).toMatchObject({ error: "file_too_large" });
});

test("more reads at once than may run wait for their turn, and all are answered", async () => {
  const { read } = open();
  const answers = await Promise.all(
    Array.from({ length: 5 * FILE_READS_MAX }, (_, index) => read(index % 2 ? "a.txt" : "nothing")),
  );
  expect(answers.filter((answer) => answer === HELLO)).toHaveLength((5 * FILE_READS_MAX) / 2);
  expect(await read("a.txt")).toBe(HELLO);
});

test("the record has the path and how it went, but not what is in the file", async () => {
  const { read, rows } = open();
  await read("a.txt");
  await read("/etc/passwd");
  expect(rows).toMatchObject([
    { method: "GET", path: "/host-api/file_read → a.txt", status: 200, response: null },
    { method: "GET", path: "/host-api/file_read → /etc/passwd", status: 403, errorCode: "access_denied" },
  ]);
});
