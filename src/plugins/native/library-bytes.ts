// The bytes of a library file that somebody else made: nothing that stands in them is believed. Whoever reads a part gets what
// the file really has of it, and never more than the limit, whatever the file says of itself.

import { LIBRARY_TABLE_BYTES_MAX } from "../../protocol/limits.ts";
import { readRange, withOpenLibrary } from "./open-library.ts";

export interface LibraryBytes {
  /** Of the whole file. */
  readonly bytes: number;
  /** What is there between the two places, which lie within the file. */
  read(from: number, to: number): Buffer;
}

/** Opens a file for the time of one function. Nothing when it cannot be opened, or is no file. */
export function withLibraryBytes<T>(path: string, use: (file: LibraryBytes) => T): T | undefined {
  return withOpenLibrary(path, (fd, stat) =>
    stat.isFile() ? use({ bytes: stat.size, read: (from, to) => readRange(fd, from, to) }) : undefined,
  );
}

/** A file that is in memory. */
export function libraryBytes(buffer: Buffer): LibraryBytes {
  return { bytes: buffer.length, read: (from, to) => buffer.subarray(from, to) };
}

/**
 * A table of the file: empty when it would lie outside of the file or is larger than any table that is read, shorter than
 * it says when the file ends before it.
 */
export function readTable(file: LibraryBytes, from: number, bytes: number): Table {
  if (!(from >= 0 && from < file.bytes && bytes > 0)) return new Table(Buffer.alloc(0));
  const size = Math.min(bytes, file.bytes - from);
  if (size > LIBRARY_TABLE_BYTES_MAX) return new Table(Buffer.alloc(0));
  return new Table(file.read(from, from + size));
}

/** Names that are longer are cut. */
const NAME_CHARS_MAX = 512;
/** Places of a word that are looked at. */
const WORDS_MAX = 32;

/** Little-endian numbers and names; 0 and "" where the table ends before. */
export class Table {
  readonly #buffer: Buffer;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get bytes(): number {
    return this.#buffer.length;
  }

  u8(at: number): number {
    return this.#has(at, 1) ? this.#buffer[at]! : 0;
  }

  u16(at: number): number {
    return this.#has(at, 2) ? this.#buffer.readUInt16LE(at) : 0;
  }

  u32(at: number): number {
    return this.#has(at, 4) ? this.#buffer.readUInt32LE(at) : 0;
  }

  u64(at: number): number {
    return this.#has(at, 8) ? Number(this.#buffer.readBigUInt64LE(at)) : 0;
  }

  /** The text from here to the next NUL. */
  text(at: number): string {
    if (!this.#has(at, 1)) return "";
    const part = this.#buffer.subarray(at, at + NAME_CHARS_MAX);
    const end = part.indexOf(0);
    return part.toString("utf8", 0, end < 0 ? part.length : end);
  }

  /** Tells of any place in a table of texts whether the word is in the text that begins there. Texts share their ends. */
  textsWith(word: string): (at: number) => boolean {
    const places: { from: number; to: number }[] = [];
    let at = this.#buffer.indexOf(word, 0, "latin1");
    for (; at >= 0 && places.length < WORDS_MAX; at = this.#buffer.indexOf(word, at + 1, "latin1")) {
      places.push({ from: this.#buffer.lastIndexOf(0, at) + 1, to: at });
    }
    return (place) => places.some(({ from, to }) => place >= from && place <= to);
  }

  #has(at: number, bytes: number): boolean {
    return Number.isSafeInteger(at) && at >= 0 && at + bytes <= this.#buffer.length;
  }
}
