// What a library is, read from its header without running anything of it: for which system and processor, and whether
// the file is whole. The system's loader decides in the end; this is for saying in plain words what it would say darkly.

import type { Stats } from "node:fs";
import { basename } from "node:path";
import { HostError } from "../../protocol/errors.ts";
import { readRange, withOpenLibrary } from "./open-library.ts";

export interface LibraryHeader {
  readonly format: "elf" | "mach-o";
  readonly os: string;
  /** One for each machine that the file has code for. */
  readonly arch: readonly string[];
  readonly kind: "library" | "program" | "object" | "other";
}

/** The part of a file that is read: a load waits for this. Tables that lie behind it are left to the system's loader. */
const HEAD_BYTES_MAX = 64 * 1024;

const ELF_MACHINES: Readonly<Record<number, string>> = { 3: "x86", 40: "arm", 62: "x64", 183: "arm64", 243: "riscv" };
const ELF_SYSTEMS: Readonly<Record<number, string>> = {
  0: "linux",
  3: "linux",
  2: "NetBSD",
  9: "FreeBSD",
  12: "OpenBSD",
};
const ELF_KINDS: Readonly<Record<number, LibraryHeader["kind"]>> = { 1: "object", 2: "program", 3: "library" };
const MACH_CPUS: Readonly<Record<number, string>> = { 7: "x86", 12: "arm", 16777223: "x64", 16777228: "arm64" };
const MACH_KINDS: Readonly<Record<number, LibraryHeader["kind"]>> = {
  1: "object",
  2: "program",
  6: "library",
  8: "library",
};

/** What stands at the beginning of files that are taken for libraries by mistake. */
const OTHERS: readonly (readonly [string, string])[] = [
  ["MZ", "it is a library for Windows"],
  ["PK\x03\x04", "it is no library but a zip archive"],
  ["!<arch>", "it is a static library, which cannot be loaded"],
  ["\0asm", "it is a WebAssembly module"],
  ["BC\xc0\xde", "it is LLVM bitcode"],
  ["\x1f\x8b", "it is no library but a compressed file"],
];

/**
 * Whether the file is a library for this system. Gives `library_wrong_machine` when it is not; nothing when it is, and
 * nothing when it cannot be read, which whoever opens it finds out.
 */
export function checkLibraryFile(
  path: string,
  system = { os: systemName(), arch: process.arch as string },
): HostError | undefined {
  const header = readLibraryHeader(path);
  const problem = header === undefined || "problem" in header ? header?.problem : mismatch(header, system);
  if (problem === undefined) return undefined;
  return new HostError("library_wrong_machine", `${basename(path)} cannot be loaded: ${problem}`, {
    hint: `get the library that was built for ${systemText(system.os)} ${system.arch}`,
    details: { library: path },
  });
}

/** Reads the header, or says what is wrong with the file. Nothing when the file cannot be read. */
export function readLibraryHeader(path: string): LibraryHeader | { readonly problem: string } | undefined {
  return withOpenLibrary(path, headerOf);
}

function headerOf(fd: number, stat: Stats): LibraryHeader | { readonly problem: string } | undefined {
  try {
    if (!stat.isFile()) return { problem: stat.isDirectory() ? "it is a folder" : "it is no file" };
    const head = readRange(fd, 0, Math.min(stat.size, HEAD_BYTES_MAX));
    return readHeader(head, stat.size, fd);
  } catch (error) {
    // Tables that lie outside of what was read.
    if (error instanceof RangeError) return { problem: CUT_SHORT };
    return undefined;
  }
}

const CUT_SHORT = "it is cut short, or damaged";

function readHeader(head: Buffer, size: number, fd: number): LibraryHeader | { readonly problem: string } {
  if (head.length === 0) return { problem: "it is empty" };
  if (head.toString("latin1", 0, 4) === "\x7fELF") return readElf(head, size);
  const magic = head.length >= 4 ? head.readUInt32BE(0) : 0;
  if (magic === 0xcafebabe || magic === 0xcafebabf) return readFat(head, size, fd, magic === 0xcafebabf);
  if (magic === 0xcffaedfe || magic === 0xcefaedfe) return readMach(head, size, magic === 0xcffaedfe);
  const other = OTHERS.find(([start]) => head.toString("latin1", 0, start.length) === start);
  if (other) return { problem: other[1] };
  return {
    problem: isText(head.subarray(0, 512)) ? `it is no library but a text${textKind(head)}` : "it is no library",
  };
}

/** Texts that come in the place of libraries, as far as they can be told from others. */
function textKind(head: Buffer): string {
  const start = head.toString("latin1", 0, 512).trimStart();
  if (start.startsWith("version https://git-lfs.github.com/")) return ": what Git LFS has in place of a file";
  if (/^<(!doctype html|html)/i.test(start)) return ": a web page";
  if (start.startsWith("#!")) return ": a script";
  return /^(\/\*.*ld script|INPUT *\(|GROUP *\()/i.test(start) ? ": a linker script" : "";
}

function isText(bytes: Buffer): boolean {
  return bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d)) && !bytes.includes(0x7f);
}

/** Numbers of the file's own byte order and word size. */
function readElf(head: Buffer, size: number): LibraryHeader | { readonly problem: string } {
  const is64 = head[4] === 2;
  const isLittle = head[5] !== 2;
  const u16 = (at: number) => (isLittle ? head.readUInt16LE(at) : head.readUInt16BE(at));
  const u32 = (at: number) => (isLittle ? head.readUInt32LE(at) : head.readUInt32BE(at));
  const u64 = (at: number) => Number(isLittle ? head.readBigUInt64LE(at) : head.readBigUInt64BE(at));
  const word = is64 ? u64 : u32;
  const machine = ELF_MACHINES[u16(18)] ?? `machine ${u16(18)}`;
  const header: LibraryHeader = {
    format: "elf",
    os: ELF_SYSTEMS[head[7]!] ?? "another system",
    arch: [
      machine +
        (isLittle ? "" : " (big-endian)") +
        (is64 || machine.startsWith("x86") || machine === "arm" ? "" : " (32 bit)"),
    ],
    kind: ELF_KINDS[u16(16)] ?? "other",
  };
  const [segments, sections] = is64 ? [word(32), word(40)] : [word(28), word(32)];
  const [segmentBytes, segmentCount, sectionBytes, sectionCount] = (is64 ? [54, 56, 58, 60] : [42, 44, 46, 48]).map(
    u16,
  );
  const end = Math.max(
    segments + segmentBytes! * segmentCount!,
    sections === 0 ? 0 : sections + sectionBytes! * sectionCount!,
  );
  if (end > size) return { problem: CUT_SHORT };
  for (let index = 0; index < segmentCount!; index++) {
    const at = segments + index * segmentBytes!;
    if (at + segmentBytes! > head.length) break;
    const [offset, length] = is64 ? [word(at + 8), word(at + 32)] : [word(at + 4), word(at + 16)];
    if (u32(at) === LOADED && offset + length > size) return { problem: CUT_SHORT };
  }
  return header;
}

/** The type of a segment that is brought into memory. */
const LOADED = 1;

function readMach(head: Buffer, size: number, is64: boolean): LibraryHeader | { readonly problem: string } {
  const cpu = head.readUInt32LE(4);
  const [commands, commandBytes] = [head.readUInt32LE(16), head.readUInt32LE(20)];
  let at = is64 ? 32 : 28;
  if (at + commandBytes > size) return { problem: CUT_SHORT };
  for (let index = 0; index < commands && (at + SEGMENT_BYTES <= head.length || head.length === size); index++) {
    const [command, length] = [head.readUInt32LE(at), head.readUInt32LE(at + 4)];
    if (length < 8) return { problem: CUT_SHORT };
    if (
      command === SEGMENT_64 &&
      Number(head.readBigUInt64LE(at + 40)) + Number(head.readBigUInt64LE(at + 48)) > size
    ) {
      return { problem: CUT_SHORT };
    }
    at += length;
  }
  const kind = MACH_KINDS[head.readUInt32LE(12)] ?? "other";
  return { format: "mach-o", os: "macos", arch: [MACH_CPUS[cpu] ?? `processor ${cpu}`], kind };
}

/** The load command that describes a segment. */
const SEGMENT_64 = 0x19;
const SEGMENT_BYTES = 72;
/** A Java class begins with the same four bytes; what follows is its version then, and never so small. */
const FAT_PARTS_MAX = 20;

/** Several libraries in one file, one for each processor. */
function readFat(head: Buffer, size: number, fd: number, is64: boolean): LibraryHeader | { readonly problem: string } {
  const count = head.readUInt32BE(4);
  if (count === 0 || count > FAT_PARTS_MAX) return { problem: "it is no library" };
  const parts: LibraryHeader[] = [];
  for (let index = 0; index < count; index++) {
    const at = 8 + index * (is64 ? 32 : 20);
    const [offset, length] = is64
      ? [Number(head.readBigUInt64BE(at + 8)), Number(head.readBigUInt64BE(at + 16))]
      : [head.readUInt32BE(at + 8), head.readUInt32BE(at + 12)];
    if (offset + length > size) return { problem: CUT_SHORT };
    const part = readRange(fd, offset, offset + Math.min(length, HEAD_BYTES_MAX));
    const magic = part.readUInt32BE(0);
    if (magic !== 0xcffaedfe && magic !== 0xcefaedfe) return { problem: "it is no library" };
    const header = readMach(part, length, magic === 0xcffaedfe);
    if ("problem" in header) return header;
    parts.push(header);
  }
  return { ...parts[0]!, arch: parts.flatMap(({ arch }) => arch) };
}

function mismatch({ os, arch, kind }: LibraryHeader, system: { os: string; arch: string }): string | undefined {
  if (os !== system.os || !arch.includes(system.arch)) {
    return `it is for ${systemText(os)} ${arch.join(" and ")}; this is ${systemText(system.os)} ${system.arch}`;
  }
  if (kind === "program") return "it is no library but a program";
  return kind === "library" ? undefined : "it is no library but an object file, which has to be linked first";
}

function systemName(): string {
  return process.platform === "darwin" ? "macos" : process.platform;
}

function systemText(os: string): string {
  return os === "macos" ? "macOS" : os;
}
