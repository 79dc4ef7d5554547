// Finds the file of a web UI that a request is for: what its path names, or the entry page where that names no file
// ("Osaurus: Web UIs", static files). Nothing outside the folder of the web UI is ever opened, nor a folder outside of the
// plugin's own.

import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { join } from "node:path";
import { NO_LINKS } from "../../base/held-folder.ts";
import { BelowError, holdFolder, openFileBelow, openFolderBelow } from "../../base/open-below.ts";
import { WEB_FILE_KEPT_BYTES_MAX, WEB_PIECE_BYTES_MAX } from "../../protocol/limits.ts";
import { decoded } from "./plugin-path.ts";
import { isSettled, type KeptFile, WebCache } from "./web-cache.ts";
import { type FileState, fileState, isSameState } from "./web-validators.ts";

/** Where the files of a web UI are. */
export interface WebFolder {
  /** Of the version of the plugin. */
  readonly folder: string;
  /** Relative to it. */
  readonly staticDir: string;
  /** Relative to `staticDir`. */
  readonly entry: string;
}

/** A small file as its bytes, a larger one open: whoever asked closes it. */
export type WebFile = Read & { readonly name: string };

type Read =
  | { readonly state: FileState; readonly bytes: Buffer; readonly handle?: never }
  | { readonly state: FileState; readonly bytes?: never; readonly handle: FileHandle };

/** Why there is none: the path is none; it may not be read; there is not even an entry page. */
export type WebFileFailure = "invalid" | "denied" | "missing";

const cache = new WebCache();

/** How often a file is read that changes each time. */
const READS_MAX = 3;

/** @param rest behind the mount, percent-encoded. */
export async function findWebFile(web: WebFolder, rest: string): Promise<WebFile | WebFileFailure> {
  const names = namesOf(decoded(rest));
  if (names === undefined) return "invalid";
  try {
    const found = names.length === 0 ? undefined : await fileAt(web, names);
    return found ?? (await fileAt(web, namesOf(web.entry) ?? [])) ?? "missing";
  } catch (error) {
    if (error instanceof BelowError && isRefusal(error)) return "denied";
    throw error;
  }
}

/** The names on the way, "." behind them for a folder; undefined for a path that no file can have. */
function namesOf(path: string): string[] | undefined {
  if (path.includes("\0")) return undefined;
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) return undefined;
  return names.length > 0 && /\/\.?$/.test(path) ? [...names, "."] : names;
}

/** Links that lead out, what is no file, and what the system keeps from us; any other failure is ours. */
function isRefusal({ code, systemCode }: BelowError): boolean {
  return code !== "unreadable" || systemCode === "EACCES" || systemCode === "EPERM";
}

/** Undefined where there is no such file. */
async function fileAt({ folder, staticDir }: WebFolder, names: readonly string[]): Promise<WebFile | undefined> {
  const key = JSON.stringify([folder, staticDir, ...names]);
  const name = names.at(-1) ?? "";
  const kept = cache.find(key);
  if (kept?.bytes !== undefined) return { state: kept.state, name, bytes: kept.bytes };
  const handle = kept === undefined ? undefined : await openKept(kept);
  if (kept !== undefined && handle !== undefined) return { state: kept.state, name, handle };
  const top = await realpath(folder).catch((cause: unknown) => {
    throw new BelowError("missing", { cause });
  });
  const found = await openWebFile(top, staticDir, names);
  if (found === undefined) return undefined;
  // Whatever has links on the way is looked for anew each time.
  const mayKeep = found.links === 0;
  const file = await readSmall(found.handle, mayKeep);
  if (mayKeep) cache.keep(key, { path: found.path, state: file.state, bytes: file.bytes }, top);
  return { ...file, name };
}

/** Opens what lies at the place; undefined when that is not the file, in the state, that was found there by a walk. */
async function openKept({ path, state }: KeptFile): Promise<FileHandle | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | NO_LINKS).catch(() => undefined);
  if (handle === undefined) return undefined;
  if (isSameState(state, await handle.stat({ bigint: true }))) return handle;
  await handle.close();
  return undefined;
}

async function openWebFile(top: string, staticDir: string, names: readonly string[]) {
  const plugin = await holdFolder(top);
  try {
    const way = namesOf(staticDir) ?? [".."];
    const root = await openFolderBelow({ root: plugin, knownAs: [top] }, way).catch(unlessMissing);
    // Without its folder, a web UI has nothing that could be shown.
    if (root === undefined) throw new BelowError("outside");
    try {
      const knownAs = [root.path, join(top, ...way)];
      const file = await openFileBelow({ root, knownAs }, names).catch(unlessNoFile);
      return file && { ...file, links: file.links + root.links };
    } finally {
      await root.handle.close();
    }
  } finally {
    await plugin.handle.close();
  }
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof BelowError) || error.code !== "missing") throw error;
}

/** A folder is no file, and neither is what links in a circle lead to. */
function unlessNoFile(error: unknown): undefined {
  if (!(error instanceof BelowError) || !["missing", "folder", "links"].includes(error.code)) throw error;
}

/**
 * The bytes of a file that is small enough, which is closed then; of a larger one nothing is read. What is not going to be
 * kept is read for each client anew, so that not more of it is than is read ahead of a client anyway.
 */
async function readSmall(handle: FileHandle, mayKeep: boolean): Promise<Read> {
  let isLeftOpen = false;
  try {
    for (let attempt = 1; ; attempt++) {
      const state = fileState(await handle.stat({ bigint: true }));
      isLeftOpen = state.size > (mayKeep && isSettled(state) ? WEB_FILE_KEPT_BYTES_MAX : WEB_PIECE_BYTES_MAX);
      if (isLeftOpen) return { state, handle };
      const bytes = await readUpTo(handle, state.size);
      const after = await handle.stat({ bigint: true });
      if (bytes.length === state.size && isSameState(state, after)) return { state, bytes };
      // Somebody goes on writing: they get what there was. Its time shows that it is too new to be kept.
      if (attempt === READS_MAX) return { state: { ...fileState(after), size: bytes.length }, bytes };
    }
  } finally {
    if (!isLeftOpen) await handle.close();
  }
}

async function readUpTo(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await handle.read(bytes, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}
