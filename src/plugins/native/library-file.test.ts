import { execFileSync } from "node:child_process";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nativeFixture } from "../../../test/helpers/native-plugins.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { checkLibraryFile, readLibraryHeader } from "./library-file.ts";

const LINUX = { os: "linux", arch: "x64" };
const MAC = { os: "macos", arch: "arm64" };

function file(content: string | Uint8Array, name = "plugin.so"): string {
  const path = join(tempDir(), name);
  writeFileSync(path, content);
  return path;
}

/** The header of a library with one loaded segment that ends with the file. */
function elf({ machine = 62, kind = 3, is64 = true, system = 0, fileBytes = 200 } = {}): Buffer {
  const bytes = Buffer.alloc(200);
  bytes.write("\x7fELF", "latin1");
  bytes.set([is64 ? 2 : 1, 1, 1, system], 4);
  bytes.writeUInt16LE(kind, 16);
  bytes.writeUInt16LE(machine, 18);
  const table = is64 ? 64 : 52;
  if (is64) bytes.writeBigUInt64LE(BigInt(table), 32);
  else bytes.writeUInt32LE(table, 28);
  bytes.writeUInt16LE(is64 ? 56 : 32, is64 ? 54 : 42);
  bytes.writeUInt16LE(1, is64 ? 56 : 44);
  bytes.writeUInt32LE(1, table);
  if (is64) bytes.writeBigUInt64LE(BigInt(fileBytes), table + 32);
  else bytes.writeUInt32LE(fileBytes, table + 16);
  return bytes;
}

function mach({ cpu = 0x100000c, kind = 6, fileBytes = 200 } = {}): Buffer {
  const bytes = Buffer.alloc(200);
  bytes.writeUInt32LE(0xfeedfacf, 0);
  bytes.writeUInt32LE(cpu, 4);
  bytes.writeUInt32LE(kind, 12);
  bytes.writeUInt32LE(1, 16);
  bytes.writeUInt32LE(72, 20);
  bytes.writeUInt32LE(0x19, 32);
  bytes.writeUInt32LE(72, 36);
  bytes.writeBigUInt64LE(BigInt(fileBytes), 32 + 48);
  return bytes;
}

function fat(...parts: Buffer[]): Buffer {
  const head = Buffer.alloc(8 + parts.length * 20);
  head.writeUInt32BE(0xcafebabe, 0);
  head.writeUInt32BE(parts.length, 4);
  let offset = head.length;
  for (const [index, part] of parts.entries()) {
    head.writeUInt32BE(offset, 8 + index * 20 + 8);
    head.writeUInt32BE(part.length, 8 + index * 20 + 12);
    offset += part.length;
  }
  return Buffer.concat([head, ...parts]);
}

test("a library that was built here is one for this system", () => {
  const header = readLibraryHeader(nativeFixture("echoes"));
  const format = process.platform === "darwin" ? "mach-o" : "elf";
  expect(header).toMatchObject({ format, kind: "library", arch: expect.arrayContaining([process.arch]) });
  expect(checkLibraryFile(nativeFixture("echoes"))).toBeUndefined();
});

describe.skipIf(process.platform !== "linux")("a real library", () => {
  test("that is cut short anywhere is called so, or no library", () => {
    const whole = readFileSync(nativeFixture("echoes"));
    const path = file(whole);
    // Symbols and debugging data lie behind what is loaded; the table of sections at the very end is missed all the same.
    for (let size = whole.length - 1; size > 0; size -= 97) {
      truncateSync(path, size);
      expect(checkLibraryFile(path)?.message, `${size} bytes`).toMatch(/cut short|no library/);
    }
  });

  test("that was stripped is one", () => {
    const path = file(readFileSync(nativeFixture("echoes")));
    execFileSync("strip", [path]);
    expect(checkLibraryFile(path)).toBeUndefined();
  });

  test("a program is no library", () => {
    const path = file(elf({ kind: 2 }));
    expect(checkLibraryFile(path, LINUX)?.message).toContain("no library but a program");
  });
});

test.each([
  ["an ELF library on its own machine", elf(), LINUX, undefined],
  ["one marked for Linux", elf({ system: 3 }), LINUX, undefined],
  ["another processor", elf({ machine: 183 }), LINUX, "it is for linux arm64; this is linux x64"],
  ["32 bits", elf({ machine: 3, is64: false }), LINUX, "it is for linux x86; this is linux x64"],
  ["another system", elf({ system: 9 }), LINUX, "it is for FreeBSD x64; this is linux x64"],
  ["a processor that nobody knows", elf({ machine: 999 }), LINUX, "it is for linux machine 999"],
  ["an object file", elf({ kind: 1 }), LINUX, "object file"],
  ["a segment one byte past the end", elf({ fileBytes: 201 }), LINUX, "cut short"],
  ["a 32 bit segment past the end", elf({ machine: 3, is64: false, fileBytes: 201 }), LINUX, "cut short"],
  ["a Mach-O library on its own machine", mach(), MAC, undefined],
  ["a Mach-O bundle", mach({ kind: 8 }), MAC, undefined],
  ["Mach-O on Linux", mach(), LINUX, "it is for macOS arm64; this is linux x64"],
  ["ELF on a Mac", elf(), MAC, "it is for linux x64; this is macOS arm64"],
  ["Mach-O for Intel", mach({ cpu: 0x1000007 }), MAC, "it is for macOS x64; this is macOS arm64"],
  ["a Mach-O segment past the end", mach({ fileBytes: 201 }), MAC, "cut short"],
  ["both processors in one file", fat(mach({ cpu: 0x1000007 }), mach()), MAC, undefined],
  ["both, and neither is this one", fat(mach({ cpu: 0x1000007 }), mach()), LINUX, "it is for macOS x64 and arm64;"],
  ["one of them cut short", fat(mach(), mach({ cpu: 7 })).subarray(0, -1), MAC, "cut short"],
  ["a Java class", Buffer.from("cafebabe00000041", "hex"), MAC, "it is no library"],
  ["a fat file without a part", fat(), MAC, "it is no library"],
  ["a fat file of something else", fat(Buffer.alloc(100)), MAC, "it is no library"],
  ["only the magic number", "\x7fELF", LINUX, "cut short"],
  ["half a Mach-O header", mach().subarray(0, 20), MAC, "cut short"],
  ["nothing", "", LINUX, "it is empty"],
  ["a text", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n", LINUX, "no library but a text"],
  ["a zip", "PK\x03\x04rest", LINUX, "zip archive"],
  ["a Windows library", "MZ\0\0", LINUX, "for Windows"],
  ["random bytes", Buffer.from([1, 2, 3, 4, 5]), LINUX, "it is no library"],
])("%s", (_, content, system, problem) => {
  const error = checkLibraryFile(file(content), system);
  if (problem === undefined) return void expect(error).toBeUndefined();
  expect(error).toMatchObject({ code: "library_wrong_machine", message: expect.stringContaining(problem) });
});

test("numbers that point anywhere never make it throw", () => {
  for (const whole of [elf(), mach(), fat(mach(), mach())]) {
    for (let at = 4; at < Math.min(whole.length, 120); at++) {
      for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        const header = readLibraryHeader(file(changed));
        expect(header).toBeDefined();
      }
    }
  }
});

test("tables behind the part that is read are not judged", () => {
  const far = elf();
  far.writeBigUInt64LE(100_000n, 32);
  expect(checkLibraryFile(file(Buffer.concat([far, Buffer.alloc(200_000)])), LINUX)).toBeUndefined();
  const long = mach();
  long.writeUInt32LE(2, 16);
  long.writeUInt32LE(100_000, 36);
  expect(checkLibraryFile(file(Buffer.concat([long, Buffer.alloc(200_000)])), MAC)).toBeUndefined();
});

test("a pipe is not waited for, a folder is called one, and what is not there is for others to say", () => {
  const folder = tempDir();
  execFileSync("mkfifo", [join(folder, "pipe")]);
  expect(checkLibraryFile(join(folder, "pipe"))?.message).toContain("it is no file");
  expect(checkLibraryFile(folder)?.message).toContain("it is a folder");
  expect(checkLibraryFile(join(folder, "none"))).toBeUndefined();
});
