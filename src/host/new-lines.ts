// Reads what other processes append to a file of wishes, each line once. Lines are only ever appended, so that no wish
// pushes out another; a full file gets its other name (`appendLines`) and is still read to its end.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { olderFile } from "../plugins/native/append-lines.ts";

/** What was there before this was made is news to nobody. */
export class NewLines {
  /** The names of the file: read in this order no line is missed that gets its other name meanwhile. */
  readonly names: readonly string[];
  readonly #folder: string;
  readonly #bytesMax: number;
  /** By inode: how far each file was read. */
  #offsets = new Map<number, number>();

  /** @param bytesMax of one of the two files. */
  constructor(path: string, bytesMax: number) {
    this.names = [basename(path), olderFile(basename(path))];
    this.#folder = dirname(path);
    this.#bytesMax = bytesMax;
    this.take();
  }

  /** The lines that came since the last time, as they are. Never fails. */
  take(): string[] {
    const offsets = new Map<number, number>();
    const lines = this.names.map((name) => this.#newLines(join(this.#folder, name), offsets));
    this.#offsets = offsets;
    // What got its other name is older than what stands in the new file.
    return lines.reverse().flat();
  }

  #newLines(path: string, offsets: Map<number, number>): string[] {
    let file: number | undefined;
    try {
      // Neither a link nor a pipe in the file's place is waited for or read.
      file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const stats = fstatSync(file);
      if (!stats.isFile()) return [];
      // It may have been read a moment ago, under its other name.
      const before = offsets.get(stats.ino) ?? this.#offsets.get(stats.ino) ?? 0;
      // One that shrank was written anew.
      const start = before > stats.size ? 0 : before;
      const bytes = Buffer.alloc(Math.min(stats.size - start, 2 * this.#bytesMax));
      const text = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, stats.size - bytes.length));
      // The rest of a line that is being written comes the next time.
      const end = text.lastIndexOf("\n") + 1;
      offsets.set(stats.ino, stats.size - bytes.length + end);
      return text.subarray(0, end).toString("utf8").split("\n");
    } catch (error) {
      // What cannot be read now is not forgotten: nothing of it is to be served twice.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        for (const [ino, at] of this.#offsets) if (!offsets.has(ino)) offsets.set(ino, at);
      return [];
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}
