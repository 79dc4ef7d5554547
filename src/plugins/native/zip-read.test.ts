import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openDescriptors } from "../../../test/helpers/native-plugins.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { type ZipEntry, zipBytes, zipFile } from "../../../test/helpers/zips.ts";
import { HostError } from "../../protocol/errors.ts";
import { ARCHIVE_BYTES_MAX, ARCHIVE_ENTRIES_MAX, ARCHIVE_NAME_BYTES_MAX } from "../../protocol/limits.ts";
import { unpackZip } from "./zip-read.ts";

/** Unpacks into a folder below another one, so that what leaves it can be seen. */
async function unpack(entries: readonly ZipEntry[], options: Parameters<typeof unpackZip>[2] = {}) {
  const outside = tempDir();
  const folder = join(outside, "a", "b");
  mkdirSync(folder, { recursive: true });
  const done = await unpackZip(zipFile(entries), folder, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  const names = readdirSync(outside, { recursive: true }).map(String);
  return {
    folder,
    error: done as HostError | undefined,
    escaped: names.filter((name) => !/^a(\/b(\/|$)|$)/.test(name)),
  };
}

const text = (folder: string, name: string) => readFileSync(join(folder, name), "utf8");

test("files and folders are unpacked, packed or stored, without the rights that they claim", async () => {
  const { folder, error } = await unpack([
    { name: "web/", mode: 0o040755 },
    { name: "web/index.html", data: "hello" },
    { name: "deep/er/file", data: "x".repeat(100_000) },
    { name: "stored", data: "as it is", isStored: true },
    { name: "set-uid", data: "", mode: 0o106777 },
    { name: "from-dos", data: "y", mode: 0 },
  ]);
  expect(error).toBeUndefined();
  expect(text(folder, "web/index.html")).toBe("hello");
  expect(text(folder, "deep/er/file")).toHaveLength(100_000);
  expect(text(folder, "stored")).toBe("as it is");
  expect(statSync(join(folder, "set-uid")).mode & 0o7133).toBe(0);
});

test("what macOS adds is left out", async () => {
  const { folder } = await unpack([{ name: "__MACOSX/._a" }, { name: "web/.DS_Store" }, { name: "a", data: "a" }]);
  expect(readdirSync(folder)).toEqual(["a"]);
});

const OUTSIDE = ["../evil", "a/../../evil", "..", "web/..", "/tmp/osprey-evil", "//evil", "C:/evil", "c:evil"];
const WRONG = ["", "a//b", "./a", "a/./b", "a\\b", "..\\evil", "a\0b", "a\nb", "a\u001b[2Jb", "a\u007f"];
test.each([...OUTSIDE, ...WRONG])("the name %j is refused, and nothing is written", async (name) => {
  const { folder, error, escaped } = await unpack([
    { name: "first", data: "1" },
    { name, data: "evil" },
  ]);
  expect(error).toMatchObject({ code: "archive_invalid" });
  expect(readdirSync(folder)).toEqual([]);
  expect(escaped).toEqual([]);
  expect(existsSync("/tmp/osprey-evil")).toBe(false);
});

test.each([
  ["a link", 0o120777],
  ["a device", 0o020644],
  ["a pipe", 0o010644],
  ["a socket", 0o140644],
  ["a folder without a slash", 0o040755],
])("%s is refused", async (_what, mode) => {
  const { folder, error } = await unpack([{ name: "it", data: "/etc/passwd", mode }]);
  expect(error).toMatchObject({ code: "archive_invalid", message: expect.stringContaining('"it"') });
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ["twice the same", ["a", "a"]],
  ["letters of another case", ["web/a", "web/A"]],
  ["folders of another case", ["web/a", "WEB/b"]],
  ["an accent put together differently", ["caf\u00e9", "cafe\u0301"]],
  ["a file that is a folder", ["a", "a/b"]],
  ["a folder that is a file", ["a/b", "a"]],
  ["a folder entry that is a file", ["a/", "a"]],
  ["sharp s and its capitals", ["stra\u00dfe", "STRASSE"]],
])("%s is refused", async (_what, names) => {
  const entries = names.map((name) => ({ name, data: "x", mode: name.endsWith("/") ? 0o040755 : 0o100644 }));
  const { folder, error } = await unpack(entries);
  expect(error).toMatchObject({ code: "archive_invalid" });
  expect(readdirSync(folder)).toEqual([]);
});

test("a folder may stand there before and after its files", async () => {
  const folderEntry = { name: "web/", mode: 0o040755 };
  expect((await unpack([folderEntry, { name: "web/a" }, folderEntry])).error).toBeUndefined();
});

test.each([0x801, 0x841])("an encrypted entry is refused (flags %i)", async (flags) => {
  const { error } = await unpack([{ name: "a", data: "secret", claims: { flags } }]);
  expect(error).toMatchObject({ code: "archive_invalid" });
});

test("an entry of a packing method that is not known is refused", async () => {
  const { error } = await unpack([{ name: "a", data: "x", claims: { method: 12 } }]);
  expect(error).toMatchObject({ code: "archive_invalid" });
});

test("a bomb is stopped by what it unpacks to, whatever its header says, and leaves no descriptor open", async () => {
  const bomb = Buffer.alloc(8 * 1024 * 1024);
  for (const claims of [{}, { size: 10 }, { size: 0 }]) {
    const before = openDescriptors();
    const { folder, error } = await unpack([{ name: "bomb", data: bomb, claims }], { unpackedBytesMax: 1024 * 1024 });
    expect(error).toMatchObject({ code: "archive_too_large" });
    expect(statSync(join(folder, "bomb")).size).toBeLessThanOrEqual(1024 * 1024);
    await expect.poll(openDescriptors).toBe(before);
  }
});

test("the limit of what is unpacked holds for all files together, at the limit and one past it", async () => {
  const entries = [
    { name: "a", data: Buffer.alloc(600) },
    { name: "b", data: Buffer.alloc(400), isStored: true },
  ];
  expect((await unpack(entries, { unpackedBytesMax: 1000 })).error).toBeUndefined();
  expect((await unpack(entries, { unpackedBytesMax: 999 })).error).toMatchObject({ code: "archive_too_large" });
});

test.each([{ size: 4 }, { size: 6 }, { crc: 1 }])("a header that lies is found out: %j", async (claims) => {
  const { error } = await unpack([{ name: "a", data: "hello", claims }]);
  expect(error).toMatchObject({ code: "archive_invalid" });
});

test("as many entries as the limit are unpacked, one more is refused", async () => {
  const entries = Array.from({ length: ARCHIVE_ENTRIES_MAX }, (_, n) => ({ name: `d${n % 50}/`, mode: 0o040755 }));
  expect((await unpack(entries)).error).toBeUndefined();
  const { folder, error } = await unpack([...entries, { name: "z", mode: 0o100644 }]);
  expect(error).toMatchObject({ code: "archive_too_large" });
  expect(readdirSync(folder)).toEqual([]);
});

test("a name as long as the limit is unpacked, a longer one and a longer part are refused", async () => {
  const part = "p".repeat(203);
  const longest = [part, part, part, part, "q".repeat(ARCHIVE_NAME_BYTES_MAX - 4 * 204)].join("/");
  expect(longest).toHaveLength(ARCHIVE_NAME_BYTES_MAX);
  expect((await unpack([{ name: longest }])).error).toBeUndefined();
  expect((await unpack([{ name: `${longest}q` }])).error).toMatchObject({ code: "archive_invalid" });
  expect((await unpack([{ name: "n".repeat(255) }])).error).toBeUndefined();
  expect((await unpack([{ name: "n".repeat(256) }])).error).toMatchObject({ code: "archive_invalid" });
});

test("an archive that is larger than the limit is not even opened", async () => {
  const path = join(tempDir(), "large.zip");
  writeFileSync(path, "");
  truncateSync(path, ARCHIVE_BYTES_MAX + 1);
  await expect(unpackZip(path, tempDir())).rejects.toMatchObject({ code: "archive_too_large" });
  truncateSync(path, ARCHIVE_BYTES_MAX);
  await expect(unpackZip(path, tempDir())).rejects.toMatchObject({ code: "archive_invalid" });
});

test.each(["", "not a zip", "PK\u0005\u0006"])("%j is no archive", async (bytes) => {
  const path = join(tempDir(), "x.zip");
  writeFileSync(path, bytes);
  await expect(unpackZip(path, tempDir())).rejects.toMatchObject({ code: "archive_invalid" });
});

test("an archive that is cut at any byte is refused", async () => {
  const whole = zipBytes([
    { name: "a", data: "hello hello hello" },
    { name: "b/c", data: "x", isStored: true },
  ]);
  const path = join(tempDir(), "x.zip");
  for (let length = 0; length < whole.length; length += 1) {
    writeFileSync(path, whole.subarray(0, length));
    await expect(unpackZip(path, tempDir()), `cut at ${length}`).rejects.toMatchObject({ code: "archive_invalid" });
  }
});

test("whatever bytes are changed, the outcome is an error of ours or files inside the folder", async () => {
  const whole = zipBytes([
    { name: "a", data: "hello" },
    { name: "b/c", data: "x" },
    { name: "d/", mode: 0o040755 },
  ]);
  const change = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(change, async (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      const outside = tempDir();
      const folder = join(outside, "in");
      mkdirSync(folder);
      writeFileSync(join(outside, "x.zip"), bytes);
      const error = await unpackZip(join(outside, "x.zip"), folder).catch((thrown: unknown) => thrown);
      if (error !== undefined) expect(error).toBeInstanceOf(HostError);
      expect(readdirSync(outside).sort()).toEqual(["in", "x.zip"]);
    }),
    { numRuns: 300 },
  );
});
