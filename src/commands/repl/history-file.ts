// The file of the history. Several shells use it at once: each change is made under a lock, and what others added is read
// before anything is written. What is no entry is skipped, and is gone once the file is written anew. Where the path is a
// link, it is somebody's choice: the file behind it is used, and keeps the mode that it has.

import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { withFileLock } from "../../base/file-lock.ts";
import { makeFolder } from "../../base/make-folder.ts";
import { replaceFile } from "../../base/replace-file.ts";
import { HISTORY_FILE_BYTES_MAX, HISTORY_ID_MAX, HISTORY_LOCK_MS_MAX } from "../../protocol/limits.ts";
import { entryLine, type HistoryEntry, readEntry } from "./history-entry.ts";

const LINE_FEED = 0x0a;
/** Written anew only when so much more than the limit is in it, so that a full history costs little a line. */
const SLACK = 0.1;

export class HistoryFile {
  readonly path: string;
  #entries: HistoryEntry[] = [];
  /** Which file was read, and how far. */
  #file = "";
  #offset = 0;
  /** Whether what was read so far ends in the middle of a line. */
  #isCut = false;

  constructor(path: string) {
    this.path = path;
  }

  /** All entries, oldest first. Throws the file system's error; a file that is not there is empty. */
  read(): readonly HistoryEntry[] {
    const stat = statSync(this.path, { throwIfNoEntry: false });
    if (stat === undefined) this.#forget();
    else if (nameOf(stat) !== this.#file || stat.size !== this.#offset) this.#readMore();
    return this.#entries;
  }

  /**
   * Adds an entry under the next number, unless `isWanted` says otherwise once it knows what is there. Throws the file
   * system's error, and `LOCKED`.
   */
  async add(
    entry: Omit<HistoryEntry, "id">,
    { entriesMax, isWanted }: { entriesMax: number; isWanted: (entries: readonly HistoryEntry[]) => boolean },
  ): Promise<void> {
    await this.#locked(() => {
      if (!isWanted(this.read())) return;
      if (this.#lastId() >= HISTORY_ID_MAX) this.#write(this.#entries.map((one, at) => ({ ...one, id: at + 1 })));
      this.#append({ ...entry, id: this.#lastId() + 1 });
      const isFull = this.#entries.length > entriesMax * (1 + SLACK) || this.#offset > HISTORY_FILE_BYTES_MAX;
      if (isFull) this.#write(this.read().slice(-entriesMax));
    });
  }

  /** Keeps only what `isKept` says; gives how many are gone. Throws the file system's error, and `LOCKED`. */
  async keep(isKept: (entry: HistoryEntry, index: number, all: readonly HistoryEntry[]) => boolean): Promise<number> {
    return await this.#locked(() => {
      const before = this.read();
      const kept = before.filter(isKept);
      if (kept.length < before.length) this.#write(kept);
      return before.length - kept.length;
    });
  }

  async #locked<T>(work: () => T): Promise<T> {
    const lock = `${this.path}.lock`;
    const done = await withFileLock(lock, HISTORY_LOCK_MS_MAX, work);
    // Whoever holds the lock for so long is halted, or what lies there is no lock at all.
    if (done === undefined) throw Object.assign(new Error(`${lock} is there`), { code: "LOCKED" });
    return done.value;
  }

  #lastId(): number {
    return this.#entries.reduce((most, one) => Math.max(most, one.id), 0);
  }

  #append(entry: HistoryEntry): void {
    makeFolder(dirname(this.path));
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;
    const file = openSync(this.path, flags, 0o600);
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) throw notAFile(this.path);
      if ((stat.mode & 0o077) !== 0 && !lstatSync(this.path).isSymbolicLink()) fchmodSync(file, stat.mode & 0o700);
      // A line that was cut, because its writer was killed, must not take this one with it.
      writeSync(file, `${this.#isCut ? "\n" : ""}${entryLine(entry)}`);
    } finally {
      closeSync(file);
    }
    this.read();
  }

  #write(entries: readonly HistoryEntry[]): void {
    replaceFile(this.path, entries.map(entryLine).join(""), { mode: 0o600 });
    this.#forget();
    this.read();
  }

  #forget(): void {
    this.#entries = [];
    this.#file = "";
    this.#offset = 0;
    this.#isCut = false;
  }

  #readMore(): void {
    const file = openSync(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(file);
      const { size } = stat;
      if (!stat.isFile()) throw notAFile(this.path);
      if (nameOf(stat) !== this.#file || size < this.#offset) this.#forget();
      this.#file = nameOf(stat);
      // Of a file that is far too large, the newest lines count; the first of these is cut.
      const from = Math.max(this.#offset, size - HISTORY_FILE_BYTES_MAX);
      const isWhole = from === this.#offset;
      const bytes = readFrom(file, from, size - from);
      const end = bytes.lastIndexOf(LINE_FEED) + 1;
      this.#isCut = end < bytes.length;
      // A line whose end is not there yet is read again when it is.
      this.#offset = from + end;
      const lines = bytes.toString("utf8", 0, end).split("\n");
      for (const line of isWhole ? lines : lines.slice(1)) {
        const entry = line === "" ? undefined : readEntry(line);
        if (entry !== undefined) this.#entries.push(entry);
      }
    } finally {
      closeSync(file);
    }
  }
}

function nameOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

function readFrom(file: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let at = 0;
  while (at < length) {
    const got = readSync(file, bytes, at, length - at, from + at);
    if (got === 0) break;
    at += got;
  }
  return bytes.subarray(0, at);
}

function notAFile(path: string): Error {
  return Object.assign(new Error(`${path} is no file`), { code: "NOT_A_FILE" });
}
