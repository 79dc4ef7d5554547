// Reads the log of a native plugin back: the last lines of it, or each line as it is written. Whatever is no line, is
// left out: plugins run as the same user, so that the files may hold anything.

import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { PLUGIN_LOG_BYTES_MAX } from "../../protocol/limits.ts";
import { LOG_LEVELS, type LogLevel, levelOf } from "../../protocol/log-levels.ts";
import { LogRecord } from "../../protocol/plugin-log.ts";
import { olderFile } from "./append-lines.ts";
import { pluginLogFile } from "./plugin-log.ts";

export interface ReadOptions {
  readonly folder: string;
  readonly pluginId: string;
  /** Only this many of the last lines. */
  readonly lines?: number | undefined;
  /** Only crashes. */
  readonly crashes?: boolean | undefined;
  /** Only lines of this level or a more urgent one. */
  readonly level?: LogLevel | undefined;
}

export interface FollowOptions extends ReadOptions {
  readonly signal: AbortSignal;
  onRecord(record: LogRecord): void;
}

const POLL_MS = 150;
const CHUNK_BYTES = 64 * 1024;
/** Processes that write at the same time may go beyond the size at which a file is put aside, but not by much. */
const READ_BYTES_MAX = 4 * PLUGIN_LOG_BYTES_MAX;
/** A line of ours is never longer; of what is, the rest is left out. */
const LINE_BYTES_MAX = PLUGIN_LOG_BYTES_MAX;

/** The last lines, oldest first; none when there is no log. Throws the file system's error when it cannot be read. */
export async function readPluginLog(options: ReadOptions): Promise<LogRecord[]> {
  const path = pluginLogFile(options.folder, options.pluginId);
  const records: LogRecord[] = [];
  const seen = new Set<number>();
  // The newer file first: should it be put aside meanwhile, the newest lines are there all the same, and only once.
  for (const one of [path, olderFile(path)]) {
    const tail = await LogTail.open(one);
    if (tail === undefined) continue;
    const found: LogRecord[] = [];
    try {
      if (!seen.has(tail.inode)) await tail.read((record) => found.push(record), READ_BYTES_MAX);
      seen.add(tail.inode);
    } finally {
      await tail.close();
    }
    records.unshift(...found);
  }
  return lastOf(records, options);
}

/**
 * Gives the last lines, then each line as it is written, across the putting aside of files, until `signal` is aborted;
 * resolves then. A log that is not there yet is waited for.
 */
export async function followPluginLog(options: FollowOptions): Promise<void> {
  const { folder, pluginId, signal } = options;
  const path = pluginLogFile(folder, pluginId);
  const give = (record: LogRecord) => isWanted(record, options) && options.onRecord(record);
  let tails: LogTail[] = [];
  try {
    const current = await LogTail.open(path);
    if (current !== undefined) tails = [current];
    const before: LogRecord[] = [];
    const older = await LogTail.open(olderFile(path));
    if (older !== undefined && older.inode !== current?.inode) {
      await older.read((record) => before.push(record), READ_BYTES_MAX).finally(() => older.close());
    } else await older?.close();
    await current?.read((record) => before.push(record), READ_BYTES_MAX);
    for (const record of lastOf(before, options)) options.onRecord(record);
    while (!signal.aborted) {
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
      tails = await step(tails, path, give);
    }
  } finally {
    for (const tail of tails) await tail.close();
  }
}

/**
 * Reads on in the open files, and opens those that came since. A file that was put aside is read once more after that:
 * another process may have been about to write to it.
 */
async function step(tails: readonly LogTail[], path: string, give: (record: LogRecord) => void): Promise<LogTail[]> {
  for (const tail of tails) await tail.read(give);
  const current = tails.at(-1);
  const inode = await inodeOf(path);
  if (inode === undefined || inode === current?.inode) {
    for (const tail of tails.slice(0, -1)) await tail.close();
    return current === undefined ? [] : [current];
  }
  const open = current === undefined ? [] : [current];
  // Between the reading above and the look at the name, more may have been written to it before it was put aside: that
  // comes before what is in the next file.
  await current?.read(give);
  for (const tail of tails.slice(0, -1)) await tail.close();
  // More than one file may have been filled since the last look.
  for (const one of current === undefined ? [path] : [olderFile(path), path]) {
    const tail = await LogTail.open(one);
    if (tail === undefined) continue;
    if (open.some((other) => other.inode === tail.inode)) {
      await tail.close();
      continue;
    }
    await tail.read(give);
    open.push(tail);
  }
  return open;
}

async function inodeOf(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ ino }) => ino,
    () => undefined,
  );
}

/** The last of those that are wanted, by time: the report of a crash takes a moment to make. */
function lastOf(records: readonly LogRecord[], options: ReadOptions): LogRecord[] {
  const wanted = records.filter((record) => isWanted(record, options));
  wanted.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return wanted.slice(Math.max(0, wanted.length - (options.lines ?? wanted.length)));
}

function isWanted(record: LogRecord, { crashes, level }: ReadOptions): boolean {
  if (crashes && record.kind !== "crash") return false;
  return level === undefined || LOG_LEVELS.indexOf(levelOf(record)) >= LOG_LEVELS.indexOf(level);
}

/** One file of a log, read from where the last reading ended. */
class LogTail {
  readonly inode: number;
  readonly #file: FileHandle;
  #at = 0;
  #rest = Buffer.alloc(0);

  private constructor(file: FileHandle, inode: number) {
    this.#file = file;
    this.inode = inode;
  }

  /** Nothing when there is no such file. */
  static async open(path: string): Promise<LogTail | undefined> {
    const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
    let file: FileHandle;
    try {
      file = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw error;
    }
    const stats = await file.stat();
    if (stats.isFile()) return new LogTail(file, stats.ino);
    await file.close();
    return undefined;
  }

  /** Gives the lines that are complete; of a file that is far too large, the last ones. */
  async read(give: (record: LogRecord) => void, bytesMax = Number.POSITIVE_INFINITY): Promise<void> {
    const { size } = await this.#file.stat();
    if (size < this.#at) this.#at = 0; // Somebody emptied it.
    this.#at = Math.max(this.#at, size - bytesMax);
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await this.#file.read(chunk, 0, chunk.length, this.#at);
      if (bytesRead === 0) return;
      this.#at += bytesRead;
      this.#take(chunk.subarray(0, bytesRead), give);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #take(bytes: Buffer, give: (record: LogRecord) => void): void {
    const all = Buffer.concat([this.#rest, bytes]);
    let from = 0;
    for (let end = all.indexOf(10); end !== -1; end = all.indexOf(10, from)) {
      const record = parseLine(all.toString("utf8", from, end));
      if (record !== undefined) give(record);
      from = end + 1;
    }
    this.#rest = Buffer.from(all.subarray(all.length - from > LINE_BYTES_MAX ? all.length : from));
  }
}

function parseLine(line: string): LogRecord | undefined {
  try {
    return LogRecord.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
