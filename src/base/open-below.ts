// Opens what lies below a folder, and nothing else, whoever moves files and links about meanwhile.
//
// The way is walked folder by folder. Each one is held open while the next name is looked up in it, and no link is followed
// by the system: links are read and walked like any other way. So there is no moment between a check and an opening, and
// nothing outside the folder is ever looked at: not even whether it exists.

import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readlink } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { FILE_PATH_LINKS_MAX } from "../protocol/limits.ts";
import { type HeldFolder, NO_LINKS, placeIn } from "./held-folder.ts";

/**
 * Why nothing was opened: the way leads outside; nothing is there; it is a folder where a file is wanted; it is neither file
 * nor folder; there are too many links on the way; the system refused.
 */
type BelowFailure = "outside" | "missing" | "folder" | "irregular" | "links" | "unreadable";

export class BelowError extends Error {
  readonly code: BelowFailure;

  constructor(code: BelowFailure, options?: ErrorOptions) {
    super(`not opened: ${code}`, options);
    this.code = code;
  }

  /** What the system called it, where it had a say. */
  get systemCode(): string | undefined {
    return (this.cause as NodeJS.ErrnoException | undefined)?.code;
  }
}

/** A folder below which things are opened. Whoever opened its root closes it. */
export interface Tree {
  readonly root: HeldFolder;
  /** Absolute paths under which links may name the root. */
  readonly knownAs: readonly string[];
}

/** An open file or folder, and where it lies, behind all links. The caller closes it. */
export interface Found extends HeldFolder {
  /** How many links were on the way. */
  readonly links: number;
}

/** Opens a folder that is trusted as it is named, links and all. The caller closes it. */
export async function holdFolder(path: string): Promise<HeldFolder> {
  try {
    return { handle: await open(path, constants.O_RDONLY | constants.O_DIRECTORY), path };
  } catch (error) {
    throw ofSystem(error);
  }
}

/** Opens the regular file to which names lead, one for each step; "." as the last one stands for a folder. */
export async function openFileBelow(tree: Tree, names: readonly string[]): Promise<Found> {
  return await walk(tree, names, false);
}

/** The same for a folder. */
export async function openFolderBelow(tree: Tree, names: readonly string[]): Promise<Found> {
  return await walk(tree, names, true);
}

/** The names that lead from a folder with one of these paths to an absolute path; undefined: it is in none of them. */
export function namesBelow(folders: readonly string[], path: string): string[] | undefined {
  for (const folder of folders) {
    if (path === folder) return [];
    const prefix = folder.endsWith(sep) ? folder : folder + sep;
    if (path.startsWith(prefix)) return path.slice(prefix.length).split(sep);
  }
  return undefined;
}

async function walk({ root, knownAs }: Tree, names: readonly string[], wantsFolder: boolean): Promise<Found> {
  let left = [...names];
  let links = 0;
  let step = root;
  const go = async (next: HeldFolder) => {
    const last = step;
    step = next;
    if (last !== root) await last.handle.close();
  };
  try {
    for (;;) {
      const name = left.shift();
      if (name === undefined) {
        if (!wantsFolder) throw new BelowError("folder");
        return { handle: await openIn(step, ".", constants.O_DIRECTORY), path: step.path, links };
      }
      if (name === "..") throw new BelowError("outside");
      const { stats, name: found } = await look(step, name);
      if (stats.isSymbolicLink()) {
        if (++links > FILE_PATH_LINKS_MAX) throw new BelowError("links");
        // From the top again: a link may lead back to where the walk has been.
        left = [...(await linkedNames(step, found, knownAs)), ...left];
        await go(root);
      } else if (stats.isDirectory()) {
        await go({ handle: await openIn(step, found, constants.O_DIRECTORY), path: join(step.path, found) });
      } else if (left.length > 0 || wantsFolder) throw new BelowError("missing");
      else if (stats.isFile()) return { handle: await openIn(step, found, 0), path: join(step.path, found), links };
      else throw new BelowError("irregular");
    }
  } finally {
    if (step !== root) await step.handle.close();
  }
}

/** What a name stands for in an open folder. */
async function look(step: HeldFolder, name: string): Promise<{ stats: Stats; name: string }> {
  // Names made on macOS are often decomposed; there, all forms of a name are one.
  const forms = new Set([name, name.normalize("NFC"), name.normalize("NFD")]);
  for (const form of forms) {
    try {
      return { stats: await lstat(placeIn(step, form)), name: form };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw ofSystem(error);
    }
  }
  throw new BelowError("missing");
}

/** Where a link leads, from the root on. */
async function linkedNames(step: HeldFolder, name: string, knownAs: readonly string[]): Promise<string[]> {
  const target = await readlink(placeIn(step, name)).catch((error: unknown) => {
    throw ofSystem(error);
  });
  const names = namesBelow(knownAs, resolve(step.path, target));
  if (names === undefined) throw new BelowError("outside");
  return names;
}

async function openIn(step: HeldFolder, name: string, flags: number): Promise<FileHandle> {
  try {
    // A pipe must not make us wait for somebody to write.
    return await open(placeIn(step, name), constants.O_RDONLY | constants.O_NONBLOCK | NO_LINKS | flags);
  } catch (error) {
    throw ofSystem(error);
  }
}

/** What the system's error means for a place that was just looked at: where it changed since, it is not there any more. */
function ofSystem(error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case undefined:
      return error as Error;
    case "ENOENT":
    case "ENOTDIR":
    case "ELOOP":
    case "EINVAL":
    case "ENAMETOOLONG":
      return new BelowError("missing", { cause: error });
    default:
      return new BelowError("unreadable", { cause: error });
  }
}
