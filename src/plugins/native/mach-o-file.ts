// Reads 64-bit Mach-O files, those of macOS, and the one for this machine out of a file that has several.

import { LIBRARY_COMMAND_BYTES_MAX, LIBRARY_NEEDS_MAX, LIBRARY_SEARCH_PATHS_MAX } from "../../protocol/limits.ts";
import { type LibraryBytes, readTable, type Table } from "./library-bytes.ts";
import { ENTRY_WORD, type EntrySymbol, firstOf, isOfSanitizer, type LibraryFacts } from "./library-facts.ts";

const HEAD_BYTES = 32;
const SYMBOL_BYTES = 16;
const MAGIC = 0xfeedfacf;
const FAT_MAGICS: readonly number[] = [0xbebafeca, 0xbfbafeca];
const CPUS: Readonly<Record<string, number>> = { x64: 0x01000007, arm64: 0x0100000c };
const PROGRAM = 2;

const COMMAND = {
  symbols: 0x2,
  minimumMacos: 0x24,
  segment: 0x19,
  signature: 0x1d,
  build: 0x32,
  library: 0xc,
  weakLibrary: 0x80000018,
  searchPath: 0x8000001c,
  exportedLibrary: 0x8000001f,
};
const LIBRARIES: readonly number[] = [COMMAND.library, COMMAND.weakLibrary, COMMAND.exportedLibrary];

const COMMANDS_MAX = 4096;
const PARTS_MAX = 20;
const ENTRIES_MAX = 32;

/** @param arch as Node.js calls it: which of several parts is looked at; the first when none is for it. */
export function readMachO(whole: LibraryBytes, arch: string): LibraryFacts | undefined {
  const file = partFor(whole, arch);
  const head = readTable(file, 0, HEAD_BYTES);
  if (head.bytes < HEAD_BYTES || head.u32(0) !== MAGIC) return undefined;
  const commands = readCommands(file, head);
  const of = (kinds: readonly number[]) => commands.filter(({ kind }) => kinds.includes(kind));
  const named = (kinds: readonly number[]) => of(kinds).map(({ table }) => table.text(table.u32(8)));
  const symbols = readSymbols(file, of([COMMAND.symbols])[0]?.table);
  const build = of([COMMAND.build])[0]?.table.u32(12) ?? of([COMMAND.minimumMacos])[0]?.table.u32(8);
  return {
    format: "mach-o",
    isProgram: head.u32(12) === PROGRAM,
    needs: firstOf(named(LIBRARIES), LIBRARY_NEEDS_MAX + 1),
    searchPaths: firstOf(named([COMMAND.searchPath]), LIBRARY_SEARCH_PATHS_MAX + 1),
    ...symbols,
    needsVersions: [],
    hasDebugInfo: of([COMMAND.segment]).some(({ table }) => table.text(8).slice(0, 16) === "__DWARF"),
    hasExecutableStack: (head.u32(24) & ALLOWS_STACK_EXECUTION) !== 0,
    hasTextRelocations: false,
    minimumMacos: build === undefined ? undefined : `${build >>> 16}.${(build >>> 8) & 255}`,
    isSigned: of([COMMAND.signature]).length > 0,
  };
}

const ALLOWS_STACK_EXECUTION = 0x20000;

/** The part of the file that is for this machine; the file itself when it has no parts. */
function partFor(whole: LibraryBytes, arch: string): LibraryBytes {
  const head = readTable(whole, 0, 8 + PARTS_MAX * 32);
  const magic = FAT_MAGICS.indexOf(head.u32(0));
  if (magic < 0) return whole;
  const is64 = magic === 1;
  const count = Math.min(bigEndian(head.u32(4)), PARTS_MAX);
  const parts = Array.from({ length: count }, (_, index) => {
    const at = 8 + index * (is64 ? 32 : 20);
    const number = (place: number) =>
      is64
        ? bigEndian(head.u32(at + place)) * 2 ** 32 + bigEndian(head.u32(at + place + 4))
        : bigEndian(head.u32(at + place));
    return { cpu: bigEndian(head.u32(at)), from: number(8), bytes: number(is64 ? 16 : 12) };
  }).filter(({ from, bytes }) => from + bytes <= whole.bytes);
  const part = parts.find(({ cpu }) => cpu === CPUS[arch]) ?? parts[0];
  if (part === undefined) return { bytes: 0, read: () => Buffer.alloc(0) };
  return { bytes: part.bytes, read: (from, to) => whole.read(part.from + from, part.from + to) };
}

function bigEndian(number: number): number {
  return (
    (((number & 255) << 24) | ((number & 0xff00) << 8) | ((number >>> 8) & 0xff00) | ((number >>> 24) & 255)) >>> 0
  );
}

interface LoadCommand {
  readonly kind: number;
  readonly table: Table;
}

/** All are kept in memory, so there are at most COMMANDS_MAX, and of each only the part that says something is read. */
function readCommands(file: LibraryBytes, head: Table): LoadCommand[] {
  const commands: LoadCommand[] = [];
  const end = HEAD_BYTES + head.u32(20);
  const count = Math.min(head.u32(16), COMMANDS_MAX);
  for (let at = HEAD_BYTES; commands.length < count && at + 8 <= end; ) {
    const bytes = readTable(file, at, 8).u32(4);
    if (bytes < 8 || at + bytes > end) break;
    const table = readTable(file, at, Math.min(bytes, LIBRARY_COMMAND_BYTES_MAX));
    commands.push({ kind: table.u32(0), table });
    at += bytes;
  }
  return commands;
}

const KIND_BITS = 0x0e;
const DEBUG_BITS = 0xe0;
const PRIVATE = 0x10;
const EXTERNAL = 0x01;

function readSymbols(file: LibraryBytes, command: Table | undefined) {
  const entries: EntrySymbol[] = [];
  let sanitizerSymbol: string | undefined;
  const symbols = readTable(file, command?.u32(8) ?? -1, (command?.u32(12) ?? 0) * SYMBOL_BYTES);
  const strings = readTable(file, command?.u32(16) ?? -1, command?.u32(20) ?? 0);
  const isEntry = strings.textsWith(ENTRY_WORD);
  for (let row = 0; row + SYMBOL_BYTES <= symbols.bytes && entries.length < ENTRIES_MAX; row += SYMBOL_BYTES) {
    const type = symbols.u8(row + 4);
    if ((type & DEBUG_BITS) !== 0) continue;
    const at = symbols.u32(row);
    const isMissing = (type & KIND_BITS) === 0;
    const mayBeOfSanitizer = isMissing && sanitizerSymbol === undefined && strings.u16(at) === 0x5f5f;
    if (!isEntry(at) && !mayBeOfSanitizer) continue;
    // A symbol's name has one underscore more than people write.
    const name = strings.text(at).replace(/^_/, "");
    if (mayBeOfSanitizer && isOfSanitizer(name)) sanitizerSymbol = name;
    if (!isEntry(at)) continue;
    const isVisible = (type & EXTERNAL) !== 0 && (type & PRIVATE) === 0;
    entries.push({ name, is: isMissing ? "missing" : isVisible ? "exported" : "hidden", isFunction: true });
  }
  return { entries, sanitizerSymbol, hasSymbolTable: symbols.bytes > 0 };
}
