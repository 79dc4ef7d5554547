// Files of web UIs that were asked for lately: where they lie, and the bytes of small ones. What is kept was found by a walk
// that left no folder (web-file.ts), and is used only while the very same file, in the very same state, still lies at the
// very same place, with no link on the way to it. So nothing that came to lie there since is ever taken for it.

import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { WEB_FILE_SETTLED_MS, WEB_FILES_KEPT_BYTES_MAX } from "../../protocol/limits.ts";
import { type FileState, isSameState } from "./web-validators.ts";

export interface KeptFile {
  /** Without a link in it. */
  readonly path: string;
  readonly state: FileState;
  /** Undefined: too many to be kept. */
  readonly bytes: Buffer | undefined;
}

interface Entry extends KeptFile {
  /** Those on the way to it, from the top. */
  readonly folders: readonly string[];
  readonly cost: number;
}

/** What an entry takes besides its bytes and its names, about. */
const ENTRY_BYTES = 1_024;

export class WebCache {
  readonly #entries = new Map<string, Entry>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax = WEB_FILES_KEPT_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** Of all that is kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The file of that key, if it is still there as it was. */
  find(key: string): KeptFile | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (!isStillThere(entry)) {
      this.#bytes -= entry.cost;
      return undefined;
    }
    // What was used last is at the end.
    this.#entries.set(key, entry);
    return entry;
  }

  /**
   * Keeps a file, unless it was just written.
   *
   * @param top the folder that is trusted as it is named; `path` lies below it.
   */
  keep(key: string, file: KeptFile, top: string, now = Date.now()): void {
    if (!isSettled(file.state, now)) return;
    const entry = { ...file, folders: foldersBetween(top, file.path), cost: costOf(key, file) };
    if (entry.cost > this.#bytesMax || !isStillThere(entry)) return;
    this.#drop(key);
    this.#entries.set(key, entry);
    this.#bytes += entry.cost;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.cost;
  }
}

/** Of what was just written, a second change within the same tick of the file system's clock would not show. */
export function isSettled({ ctimeNs }: FileState, now = Date.now()): boolean {
  return now - Number(ctimeNs / 1_000_000n) >= WEB_FILE_SETTLED_MS;
}

/** At once and not in turns with others: a few microseconds, less than handing it to another thread takes. */
function isStillThere({ folders, path, state }: Entry): boolean {
  try {
    if (!folders.every((folder) => lstatSync(folder).isDirectory())) return false;
    return isSameState(state, lstatSync(path, { bigint: true }));
  } catch {
    return false;
  }
}

function foldersBetween(top: string, path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder.length > top.length; folder = dirname(folder)) folders.unshift(folder);
  return folders;
}

function costOf(key: string, { path, bytes }: KeptFile): number {
  return ENTRY_BYTES + 2 * (key.length + path.length) + (bytes?.length ?? 0);
}
