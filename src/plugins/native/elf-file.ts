// Reads 64-bit little-endian ELF files, those of Linux on all machines that Osprey runs on. What the system's loader uses (the
// dynamic section, reached through the segments) decides; the table of sections, which may be missing, adds what is for people.

import { LIBRARY_NEEDS_MAX, LIBRARY_SEARCH_PATHS_MAX } from "../../protocol/limits.ts";
import { type LibraryBytes, readTable, type Table } from "./library-bytes.ts";
import {
  ENTRY_WORD,
  type EntrySymbol,
  firstOf,
  isOfSanitizer,
  type LibraryFacts,
  type NeededVersion,
} from "./library-facts.ts";

const HEAD_BYTES = 64;
const SEGMENT_BYTES = 56;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const DYNAMIC_BYTES = 16;

const SEGMENT = { load: 1, dynamic: 2, stack: 0x6474e551 };
const TAG = {
  needed: 1,
  strings: 5,
  symbols: 6,
  stringsBytes: 10,
  rpath: 15,
  textRelocations: 22,
  runpath: 29,
  flags: 30,
  versionOfSymbol: 0x6ffffff0,
  flags1: 0x6ffffffb,
  versionsHad: 0x6ffffffc,
  versionsHadCount: 0x6ffffffd,
  versionsNeeded: 0x6ffffffe,
  versionsNeededCount: 0x6fffffff,
};
const FLAG_TEXT_RELOCATIONS = 4;
const FLAG1_PROGRAM = 0x08000000;
const SECTION_SYMBOLS = 2;
const SECTION_DYNAMIC_SYMBOLS = 11;
const EXECUTABLE = 1;
const FUNCTION = 2;
const INDIRECT_FUNCTION = 10;

/** No real library has more of each; a file that does is not worth the time. */
const LISTED_MAX = 4096;
const ENTRIES_MAX = 32;
/** What describes versions says how many there are, but not how long it is. */
const VERSIONS_BYTES_MAX = 256 * 1024;
const SYMBOLS_NAMED_MAX = 3;

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

interface Section {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly bytes: number;
  readonly link: number;
}

export function readElf(file: LibraryBytes): LibraryFacts | undefined {
  const loaded = readLoaded(file);
  if (loaded === undefined) return undefined;
  const { head, segments, dynamic, from, strings } = loaded;
  const sections = readSections(file, head);
  const symbols = from(dynamic.first(TAG.symbols), dynamicSymbolsBytes(sections, dynamic));
  const versions = readNeededVersions(from(dynamic.first(TAG.versionsNeeded), VERSIONS_BYTES_MAX), strings, dynamic);
  const versionOf = from(dynamic.first(TAG.versionOfSymbol), (symbols.bytes / SYMBOL_BYTES) * 2);
  const exported = findEntries(symbols, strings);
  const local = findLocalEntries(file, sections);
  const flags = dynamic.first(TAG.flags) ?? 0;
  const stack = segments.find(({ type }) => type === SEGMENT.stack);
  const isIntel = head.u16(18) === 62;
  return {
    format: "elf",
    isProgram: ((dynamic.first(TAG.flags1) ?? 0) & FLAG1_PROGRAM) !== 0,
    needs: firstOf(textsOf(strings, dynamic, [TAG.needed]), LIBRARY_NEEDS_MAX + 1),
    searchPaths: firstOf(searchPathsOf(strings, dynamic), LIBRARY_SEARCH_PATHS_MAX + 1),
    entries: [...exported, ...local.filter(({ name }) => !exported.some((one) => one.name === name))],
    ...namedSymbols(symbols, strings, versionOf, versions),
    hasDebugInfo: sections.some(({ name }) => /^\.z?debug_info/.test(name)),
    hasSymbolTable: sections.some(({ type }) => type === SECTION_SYMBOLS),
    // Without the segment, Linux on these machines takes it for one that needs it.
    hasExecutableStack: stack === undefined ? isIntel && segments.length > 0 : (stack.flags & EXECUTABLE) !== 0,
    hasTextRelocations: dynamic.first(TAG.textRelocations) !== undefined || (flags & FLAG_TEXT_RELOCATIONS) !== 0,
  };
}

/** Versions that a library has for others, and nothing else: this is read of many that one needs. */
export function readElfVersions(file: LibraryBytes): string[] {
  const loaded = readLoaded(file);
  if (loaded === undefined) return [];
  const { dynamic, from, strings } = loaded;
  return readOwnVersions(from(dynamic.first(TAG.versionsHad), VERSIONS_BYTES_MAX), strings, dynamic);
}

/** What the system's loader begins with. */
function readLoaded(file: LibraryBytes) {
  const head = readTable(file, 0, HEAD_BYTES);
  if (head.bytes < HEAD_BYTES || head.u32(0) !== 0x464c457f || head.u8(4) !== 2 || head.u8(5) !== 1) return undefined;
  const segments = readSegments(file, head);
  const dynamic = readDynamic(file, segments);
  const at = (address: number | undefined) => (address === undefined ? undefined : offsetOf(segments, address));
  const from = (address: number | undefined, bytes: number) => readTable(file, at(address) ?? -1, bytes);
  const strings = from(dynamic.first(TAG.strings), dynamic.first(TAG.stringsBytes) ?? 0);
  return { head, segments, dynamic, from, strings };
}

function* textsOf(strings: Table, dynamic: Dynamic, tags: readonly number[]): Generator<string> {
  for (const tag of tags) for (const at of dynamic.all(tag)) yield strings.text(at);
}

function* searchPathsOf(strings: Table, dynamic: Dynamic): Generator<string> {
  for (const list of textsOf(strings, dynamic, [TAG.rpath, TAG.runpath])) {
    for (const path of list.split(":")) if (path !== "") yield path;
  }
}

function readSegments(file: LibraryBytes, head: Table): Segment[] {
  if (head.u16(54) !== SEGMENT_BYTES) return [];
  const table = readTable(file, head.u64(32), head.u16(56) * SEGMENT_BYTES);
  return rows(table, SEGMENT_BYTES).map((row) => ({
    type: table.u32(row),
    flags: table.u32(row + 4),
    offset: table.u64(row + 8),
    address: table.u64(row + 16),
    bytes: table.u64(row + 32),
  }));
}

function readSections(file: LibraryBytes, head: Table): Section[] {
  if (head.u16(58) !== SECTION_BYTES) return [];
  const table = readTable(file, head.u64(40), head.u16(60) * SECTION_BYTES);
  const names = head.u16(62) * SECTION_BYTES;
  const strings = readTable(file, table.u64(names + 24), table.u64(names + 32));
  return rows(table, SECTION_BYTES).map((row) => ({
    name: strings.text(table.u32(row)),
    type: table.u32(row + 4),
    offset: table.u64(row + 24),
    bytes: table.u64(row + 32),
    link: table.u32(row + 40),
  }));
}

/** Where in the file is what the loader puts at this address. */
function offsetOf(segments: readonly Segment[], address: number): number | undefined {
  const segment = segments.find(
    (one) => one.type === SEGMENT.load && address >= one.address && address < one.address + one.bytes,
  );
  return segment && segment.offset + (address - segment.address);
}

interface Dynamic {
  first(tag: number): number | undefined;
  all(tag: number): readonly number[];
}

function readDynamic(file: LibraryBytes, segments: readonly Segment[]): Dynamic {
  const segment = segments.find(({ type }) => type === SEGMENT.dynamic);
  const table = readTable(file, segment?.offset ?? -1, Math.min(segment?.bytes ?? 0, LISTED_MAX * DYNAMIC_BYTES));
  const values = new Map<number, number[]>();
  for (const row of rows(table, DYNAMIC_BYTES)) {
    const tag = table.u64(row);
    if (tag === 0) break;
    const those = values.get(tag);
    if (those === undefined) values.set(tag, [table.u64(row + 8)]);
    else those.push(table.u64(row + 8));
  }
  return { first: (tag) => values.get(tag)?.[0], all: (tag) => values.get(tag) ?? [] };
}

/** The loader does not need to know how many there are. Without a section that says it, the names follow as a rule. */
function dynamicSymbolsBytes(sections: readonly Section[], dynamic: Dynamic): number {
  const section = sections.find(({ type }) => type === SECTION_DYNAMIC_SYMBOLS);
  return section?.bytes ?? (dynamic.first(TAG.strings) ?? 0) - (dynamic.first(TAG.symbols) ?? 0);
}

function findEntries(symbols: Table, strings: Table): EntrySymbol[] {
  const isEntry = strings.textsWith(ENTRY_WORD);
  const entries: EntrySymbol[] = [];
  for (let row = 0; row + SYMBOL_BYTES <= symbols.bytes && entries.length < ENTRIES_MAX; row += SYMBOL_BYTES) {
    const name = symbols.u32(row);
    if (!isEntry(name)) continue;
    const [info, visibility] = [symbols.u8(row + 4), symbols.u8(row + 5) & 3];
    const isLocal = info >> 4 === 0 || visibility === 1 || visibility === 2;
    const is = symbols.u16(row + 6) === 0 ? "missing" : isLocal ? "hidden" : "exported";
    entries.push({ name: strings.text(name), is, isFunction: [FUNCTION, INDIRECT_FUNCTION].includes(info & 15) });
  }
  return entries;
}

/** Those that are not exported; only libraries that were not stripped tell of them. */
function findLocalEntries(file: LibraryBytes, sections: readonly Section[]): EntrySymbol[] {
  const table = sections.find(({ type }) => type === SECTION_SYMBOLS);
  const names = table && sections[table.link];
  if (!table || !names) return [];
  const found = findEntries(readTable(file, table.offset, table.bytes), readTable(file, names.offset, names.bytes));
  return found.map((entry) => (entry.is === "exported" ? { ...entry, is: "hidden" as const } : entry));
}

interface VersionRow extends NeededVersion {
  readonly number: number;
  readonly symbols: string[];
}

function readNeededVersions(table: Table, strings: Table, dynamic: Dynamic): VersionRow[] {
  const versions: VersionRow[] = [];
  const libraries = Math.min(dynamic.first(TAG.versionsNeededCount) ?? 0, LISTED_MAX);
  for (let library = 0, row = 0; library < libraries; library++) {
    const name = strings.text(table.u32(row + 4));
    for (let version = 0, at = row + table.u32(row + 8); version < table.u16(row + 2); version++) {
      if (versions.length === LISTED_MAX) return versions;
      const text = strings.text(table.u32(at + 8));
      versions.push({ library: name, version: text, symbols: [], number: table.u16(at + 6) });
      const next = table.u32(at + 12);
      if (next === 0) break;
      at += next;
    }
    const next = table.u32(row + 12);
    if (next === 0) break;
    row += next;
  }
  return versions;
}

function readOwnVersions(table: Table, strings: Table, dynamic: Dynamic): string[] {
  const versions: string[] = [];
  const count = Math.min(dynamic.first(TAG.versionsHadCount) ?? 0, LISTED_MAX);
  for (let version = 0, row = 0; version < count; version++) {
    versions.push(strings.text(table.u32(row + table.u32(row + 12))));
    const next = table.u32(row + 16);
    if (next === 0) break;
    row += next;
  }
  return versions;
}

/** Which symbols need which version, and one of a sanitizer. */
function namedSymbols(symbols: Table, strings: Table, versionOf: Table, versions: readonly VersionRow[]) {
  const byNumber = new Map(versions.map((row) => [row.number, row]));
  let sanitizerSymbol: string | undefined;
  for (let row = 0; row + SYMBOL_BYTES <= symbols.bytes; row += SYMBOL_BYTES) {
    if (symbols.u16(row + 6) !== 0) continue;
    const name = symbols.u32(row);
    const version = byNumber.get(versionOf.u16((row / SYMBOL_BYTES) * 2) & 0x7fff);
    if (version && version.symbols.length < SYMBOLS_NAMED_MAX) version.symbols.push(strings.text(name));
    // All of them begin with two underscores.
    if (sanitizerSymbol === undefined && strings.u16(name) === 0x5f5f) {
      const text = strings.text(name);
      if (isOfSanitizer(text)) sanitizerSymbol = text;
    }
  }
  return {
    needsVersions: versions.map(({ library, version, symbols: named }) => ({ library, version, symbols: named })),
    sanitizerSymbol,
  };
}

function rows(table: Table, bytes: number): number[] {
  return Array.from({ length: Math.floor(table.bytes / bytes) }, (_, index) => index * bytes);
}
