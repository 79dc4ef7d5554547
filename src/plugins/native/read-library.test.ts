import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nativeFixture } from "../../../test/helpers/native-plugins.ts";
import { ENTRY, oddLibrary } from "../../../test/helpers/odd-library.ts";
import {
  LIBRARY_COMMAND_BYTES_MAX,
  LIBRARY_NEEDS_MAX,
  LIBRARY_SEARCH_PATHS_MAX,
  LIBRARY_TABLE_BYTES_MAX,
} from "../../protocol/limits.ts";
import { type LibraryBytes, libraryBytes, readTable } from "./library-bytes.ts";
import { readMachO } from "./mach-o-file.ts";
import { readLibraryFacts } from "./read-library.ts";

/** All tables of a file overlap at worst, and each is read once. */
const READS_OF_WHOLE_MAX = 40;

/** Reads the bytes, and holds that no more was asked for than is there, nor the same again and again. */
function read(bytes: Buffer, arch = "x64") {
  const whole = libraryBytes(bytes);
  let asked = 0;
  const file: LibraryBytes = {
    bytes: whole.bytes,
    read(from, to) {
      expect(from >= 0 && to <= whole.bytes).toBe(true);
      asked += to - from;
      return whole.read(from, to);
    },
  };
  const facts = readLibraryFacts(file, arch);
  expect(asked).toBeLessThanOrEqual(READS_OF_WHOLE_MAX * whole.bytes);
  return facts;
}

/** Little-endian or big-endian words, one after the other. */
function putWords(to: Buffer, at: number, words: readonly number[], isBig = false): void {
  for (const [index, word] of words.entries()) {
    if (isBig) to.writeUInt32BE(word >>> 0, at + 4 * index);
    else to.writeUInt32LE(word >>> 0, at + 4 * index);
  }
}

interface MachOptions {
  readonly cpu?: number;
  readonly symbols?: readonly { name: string; type: number }[];
  readonly isSigned?: boolean;
}

/** A library for macOS with one of each load command that is read. */
function mach({
  cpu = 0x100000c,
  symbols = [{ name: "_osaurus_plugin_entry_v2", type: 0x0f }],
  isSigned = true,
}: MachOptions = {}) {
  const command = (kind: number, ...words: number[]) => {
    const bytes = Buffer.alloc(8 + 4 * words.length);
    putWords(bytes, 0, [kind, bytes.length, ...words]);
    return bytes;
  };
  const named = (kind: number, name: string, wordsBetween: number) => {
    const at = 12 + 4 * wordsBetween;
    const text = Buffer.alloc(Math.ceil((name.length + 1) / 8) * 8);
    text.write(name);
    const head = command(kind, at, ...Array.from({ length: wordsBetween }, () => 0));
    head.writeUInt32LE(head.length + text.length, 4);
    return Buffer.concat([head, text]);
  };
  const commands = (tables: readonly number[]) => [
    named(0xc, "@rpath/libhello.dylib", 3),
    named(0x80000018, "/usr/lib/libSystem.B.dylib", 3),
    named(0x8000001c, "/Users/me/build", 0),
    command(0x32, 1, 0x000e0200, 0x000e0400, 0),
    command(0x2, ...tables),
    ...(isSigned ? [command(0x1d, 0, 0)] : []),
  ];
  const headBytes = 32 + Buffer.concat(commands([0, 0, 0, 0])).length;
  const strings = Buffer.from(`\0${symbols.map(({ name }) => `${name}\0`).join("")}`);
  const table = Buffer.alloc(16 * symbols.length);
  let at = 1;
  for (const [index, { name, type }] of symbols.entries()) {
    table.writeUInt32LE(at, 16 * index);
    table.writeUInt8(type, 16 * index + 4);
    at += name.length + 1;
  }
  const tables = commands([headBytes, symbols.length, headBytes + table.length, strings.length]);
  const head = Buffer.alloc(32);
  putWords(head, 0, [0xfeedfacf, cpu, 0, 6, tables.length, headBytes - 32, 0, 0]);
  return Buffer.concat([head, ...tables, table, strings]);
}

/** Several libraries in one file. */
function fat(...parts: { cpu: number; bytes: Buffer }[]): Buffer {
  const head = Buffer.alloc(8 + parts.length * 20);
  head.writeUInt32BE(0xcafebabe, 0);
  head.writeUInt32BE(parts.length, 4);
  let offset = head.length;
  for (const [index, { cpu, bytes }] of parts.entries()) {
    putWords(head, 8 + index * 20, [cpu, 0, offset, bytes.length], true);
    offset += bytes.length;
  }
  return Buffer.concat([head, ...parts.map(({ bytes }) => bytes)]);
}

describe("a Mach-O library", () => {
  test("tells what it needs, where it looks, what it exports, and since when it runs", () => {
    expect(read(mach())).toEqual({
      format: "mach-o",
      isProgram: false,
      needs: ["@rpath/libhello.dylib", "/usr/lib/libSystem.B.dylib"],
      searchPaths: ["/Users/me/build"],
      entries: [{ name: "osaurus_plugin_entry_v2", is: "exported", isFunction: true }],
      sanitizerSymbol: undefined,
      hasSymbolTable: true,
      needsVersions: [],
      hasDebugInfo: false,
      hasExecutableStack: false,
      hasTextRelocations: false,
      minimumMacos: "14.2",
      isSigned: true,
    });
    expect(read(mach({ isSigned: false }))?.isSigned).toBe(false);
  });

  test("has hidden entries, missing ones, those of C++, and symbols for debuggers, which are none", () => {
    const symbols = [
      { name: "_osaurus_plugin_entry", type: 0x1f },
      { name: "__Z23osaurus_plugin_entry_v2v", type: 0x0f },
      { name: "_osaurus_plugin_entry_v2", type: 0x01 },
      { name: "_osaurus_plugin_entry_v2", type: 0x24 },
      { name: "_other", type: 0x0f },
      { name: "___asan_init", type: 0x01 },
    ];
    expect(read(mach({ symbols }))).toMatchObject({
      entries: [
        { name: "osaurus_plugin_entry", is: "hidden" },
        { name: "_Z23osaurus_plugin_entry_v2v", is: "exported" },
        { name: "osaurus_plugin_entry_v2", is: "missing" },
      ],
      sanitizerSymbol: "__asan_init",
    });
  });

  test("for several processors is read for this one", () => {
    const intel = { cpu: 0x1000007, bytes: mach({ cpu: 0x1000007, isSigned: false }) };
    const arm = { cpu: 0x100000c, bytes: mach() };
    expect(read(fat(intel, arm), "arm64")?.isSigned).toBe(true);
    expect(read(fat(intel, arm), "x64")?.isSigned).toBe(false);
    expect(read(fat(intel), "arm64")?.isSigned).toBe(false);
  });
});

describe.skipIf(process.platform !== "linux")("an ELF library", () => {
  test("without its table of sections is read by its segments, as the loader does", () => {
    const bytes = readFileSync(oddLibrary({ source: ENTRY, flags: ["-shared", "-fPIC", "-s"] }));
    const before = read(bytes);
    bytes.fill(0, 40, 48);
    bytes.fill(0, 58, 64);
    expect(read(bytes)).toEqual(before);
    expect(before?.entries).toEqual([{ name: "osaurus_plugin_entry_v2", is: "exported", isFunction: true }]);
  });

  test("of 32 bits, or of the other byte order, is left to others", () => {
    const bytes = readFileSync(nativeFixture("echoes"));
    for (const at of [4, 5]) {
      const changed = Buffer.from(bytes);
      changed[at] = 3 - changed[at]!;
      expect(read(changed)).toBeUndefined();
    }
  });
});

const whole = process.platform === "linux" ? [oddLibrary({ source: ENTRY })] : [];
const files = [...whole.map((path) => readFileSync(path)), mach(), fat({ cpu: 0x1000007, bytes: mach() })];

test("a file that is cut anywhere is read as far as it goes", () => {
  for (const file of files) {
    const step = Math.max(1, Math.floor(file.length / 1500));
    for (let size = 0; size < file.length; size += step) read(file.subarray(0, size));
  }
});

test("whatever stands in a file, reading it neither fails nor goes on for ever", () => {
  const change = fc.record({
    at: fc.nat(),
    value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0xffffffff),
  });
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 12 }), (file, changes) => {
      const changed = Buffer.from(file);
      for (const { at, value } of changes) {
        // Most of what decides lies in the first pages.
        const place = at % Math.min(changed.length - 4, at % 2 === 0 ? 1024 : changed.length - 4);
        changed.writeUInt32LE(value, place);
      }
      read(changed);
    }),
    { numRuns: 2000 },
  );
});

test("bytes that only begin like a library are none, or an empty one", () => {
  const start = fc.constantFrom("7f454c46020101", "cffaedfe", "cafebabe00000001", "cafebabf00000001", "");
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 400 }), (begin, rest) => {
      const facts = read(Buffer.concat([Buffer.from(begin, "hex"), rest]));
      expect(facts?.entries ?? []).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("a table is read up to the limit, and one that is larger by a byte not at all", () => {
  const asked: number[] = [];
  const file: LibraryBytes = {
    bytes: 2 * LIBRARY_TABLE_BYTES_MAX,
    read(from, to) {
      asked.push(to - from);
      return Buffer.alloc(1);
    },
  };
  expect(readTable(file, 1, LIBRARY_TABLE_BYTES_MAX).bytes).toBe(1);
  expect(readTable(file, 1, LIBRARY_TABLE_BYTES_MAX + 1).bytes).toBe(0);
  expect(asked).toEqual([LIBRARY_TABLE_BYTES_MAX]);
});

/** The least that the system's loader reads: names that are needed, and folders that they are looked for in. */
function bareElf(needs: readonly string[], searchPaths: readonly string[]): Buffer {
  let names = "\0";
  const named = (tag: number, text: string) => {
    const row = [tag, names.length];
    names += `${text}\0`;
    return row;
  };
  const rows = [...needs.map((name) => named(1, name)), ...searchPaths.map((path) => named(29, path))];
  const dynamicAt = 64 + 2 * 56;
  const dynamicBytes = 16 * (rows.length + 3);
  const stringsAt = dynamicAt + dynamicBytes;
  const bytes = Buffer.alloc(stringsAt + names.length);
  const put64 = (at: number, ...values: readonly number[]) => {
    for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), at + 8 * index);
  };
  putWords(bytes, 0, [0x464c457f, 0x00010102]);
  put64(32, 64);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(2, 56);
  bytes.writeUInt32LE(1, 64);
  put64(72, 0, 0, 0, bytes.length);
  bytes.writeUInt32LE(2, 120);
  put64(128, dynamicAt, dynamicAt, dynamicAt, dynamicBytes);
  put64(dynamicAt, 5, stringsAt, 10, names.length, ...rows.flat());
  bytes.write(names, stringsAt);
  return bytes;
}

test("of the names that a library needs, and of its folders, one more is read than are looked for, each once", () => {
  const many = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const twice = (names: readonly string[]) => [...names, ...names];
  const whole = read(bareElf(twice(many(LIBRARY_NEEDS_MAX, "n")), twice(many(LIBRARY_SEARCH_PATHS_MAX, "/p"))));
  expect(whole?.needs).toEqual(many(LIBRARY_NEEDS_MAX, "n"));
  expect(whole?.searchPaths).toEqual(many(LIBRARY_SEARCH_PATHS_MAX, "/p"));
  const cut = read(bareElf(many(LIBRARY_NEEDS_MAX + 2, "n"), [many(LIBRARY_SEARCH_PATHS_MAX + 2, "/p").join(":")]));
  expect(cut?.needs).toEqual(many(LIBRARY_NEEDS_MAX + 1, "n"));
  expect(cut?.searchPaths).toEqual(many(LIBRARY_SEARCH_PATHS_MAX + 1, "/p"));
});

test("of a load command no more is read than the limit, however many and large they are", () => {
  const asked: number[] = [];
  const sparse = (commandBytes: number, count: number): LibraryBytes => ({
    bytes: 2 ** 40,
    read(from, to) {
      if (to - from > 32) asked.push(to - from);
      const part = Buffer.alloc(to - from);
      if (from === 0) putWords(part, 0, [0xfeedfacf, 0x100000c, 0, 6, count, 0xfffffff0, 0, 0]);
      else putWords(part, 0, [0x8000001c, commandBytes]);
      return part;
    },
  });
  for (const bytes of [LIBRARY_COMMAND_BYTES_MAX, LIBRARY_COMMAND_BYTES_MAX + 1]) {
    asked.length = 0;
    readMachO(sparse(bytes, 1), "arm64");
    expect(asked.at(-1)).toBe(LIBRARY_COMMAND_BYTES_MAX);
  }
  asked.length = 0;
  readMachO(sparse(60 * 1024 * 1024, 50), "arm64");
  expect(Math.max(...asked)).toBe(LIBRARY_COMMAND_BYTES_MAX);
});
