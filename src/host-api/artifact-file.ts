// Reads one file of the artifacts folder, and no other, whoever moves files and links about meanwhile.
//
// The way to the file is walked folder by folder. Each one is held open while the next name is looked up in it, and no
// link is followed by the system: links are read and walked like any other way. So there is no moment between a check
// and an opening, and nothing outside the folder is ever looked at: not even whether it exists.

import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readlink, realpath } from "node:fs/promises";
import { isAbsolute, join, resolve, sep } from "node:path";
import { type HeldFolder, NO_LINKS, placeIn } from "../base/held-folder.ts";
import { FILE_PATH_LINKS_MAX } from "../protocol/limits.ts";

type ArtifactFailure = "access_denied" | "not_found" | "file_too_large" | "read_error";

/** Why a file was not read; the message names nothing but what the caller asked for. */
export class ArtifactError extends Error {
  readonly code: ArtifactFailure;

  constructor(code: ArtifactFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The artifacts folder as everybody knows it, wherever it lies. */
const KNOWN_AS = "~/.osaurus/artifacts";

/** The path with the folder's known name replaced by where it is. Other paths of a home lead nowhere. */
export function placeOf(path: string, artifacts: string): string {
  if (isAbsolute(path)) return path;
  if (path === KNOWN_AS || path.startsWith(`${KNOWN_AS}/`)) return `${artifacts}${path.slice(KNOWN_AS.length)}`;
  return path === "~" || path.startsWith("~/") ? "/" : path;
}

/** The same as `findArtifact`, without where the file lies. */
export async function readArtifact(folder: string, path: string, bytesMax: number): Promise<Buffer> {
  return (await findArtifact(folder, path, bytesMax)).bytes;
}

/**
 * The bytes of a file, and where it lies: behind all links.
 *
 * @param folder the artifacts folder; may be a link itself.
 * @param path absolute, or below the folder.
 * @param bytesMax a longer file is refused, also one that becomes longer while it is read.
 */
export async function findArtifact(
  folder: string,
  path: string,
  bytesMax: number,
): Promise<{ readonly path: string; readonly bytes: Buffer }> {
  const root = await realpath(folder).catch(() => undefined);
  const roots = [resolve(folder), ...(root === undefined ? [] : [root])];
  const names = namesBelow(roots, resolve(folder, path));
  if (names === undefined) throw denied();
  if (root === undefined) throw notFound();
  const { handle, path: place } = await openBelow(root, roots, path.endsWith("/") ? [...names, "."] : names);
  try {
    return { path: place, bytes: await readWhole(handle, bytesMax) };
  } finally {
    await handle.close();
  }
}

/** The names that lead from one of the roots to an absolute path; nothing when it is in none of them. */
function namesBelow(roots: readonly string[], path: string): string[] | undefined {
  for (const root of roots) {
    if (path === root) return [];
    const prefix = root.endsWith(sep) ? root : root + sep;
    if (path.startsWith(prefix)) return path.slice(prefix.length).split(sep);
  }
  return undefined;
}

/** Walks from the root to the file and opens it. */
async function openBelow(
  root: string,
  roots: readonly string[],
  names: readonly string[],
): Promise<{ readonly handle: FileHandle; readonly path: string }> {
  let left = [...names];
  let links = 0;
  let step = await openRoot(root);
  try {
    for (;;) {
      const name = left.shift();
      if (name === undefined) throw new ArtifactError("read_error", "This is a folder.");
      const { stats, name: found } = await look(step, name);
      if (stats.isSymbolicLink()) {
        if (++links > FILE_PATH_LINKS_MAX)
          throw new ArtifactError("read_error", "There are too many links on the way.");
        // From the top again: a link may lead back to where the walk has been.
        left = [...(await linkedNames(step, found, roots)), ...left];
        await step.handle.close();
        step = await openRoot(root);
      } else if (stats.isDirectory()) {
        const next = { handle: await openIn(step, found, constants.O_DIRECTORY), path: join(step.path, found) };
        await step.handle.close();
        step = next;
      } else if (left.length > 0) throw notFound();
      else if (stats.isFile()) return { handle: await openIn(step, found, 0), path: join(step.path, found) };
      else throw notRegular();
    }
  } finally {
    await step.handle.close();
  }
}

async function openRoot(root: string): Promise<HeldFolder> {
  try {
    return { handle: await open(root, constants.O_RDONLY | constants.O_DIRECTORY), path: root };
  } catch (error) {
    throw ofSystem(error);
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
  throw notFound();
}

/** Where a link leads, from the root on. */
async function linkedNames(step: HeldFolder, name: string, roots: readonly string[]): Promise<string[]> {
  const target = await readlink(placeIn(step, name)).catch((error: unknown) => {
    throw ofSystem(error);
  });
  const names = namesBelow(roots, resolve(step.path, target));
  if (names === undefined) throw denied();
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

/** All of a file, which may grow or shrink meanwhile. */
async function readWhole(file: FileHandle, bytesMax: number): Promise<Buffer> {
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw notRegular();
    if (stats.size > bytesMax) throw tooLarge(bytesMax);
    // One byte more shows that the file has grown.
    let bytes = Buffer.allocUnsafeSlow(stats.size + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      length += bytesRead;
      if (bytesRead === 0) return bytes.subarray(0, length);
      if (length > bytesMax) throw tooLarge(bytesMax);
      if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * length, bytesMax + 1));
    }
  } catch (error) {
    throw ofSystem(error);
  }
}

function denied(): ArtifactError {
  return new ArtifactError("access_denied", "Only files in the artifacts folder can be read.");
}

function notFound(): ArtifactError {
  return new ArtifactError("not_found", "There is no such file in the artifacts folder.");
}

function notRegular(): ArtifactError {
  return new ArtifactError("read_error", "This is no regular file.");
}

function tooLarge(bytesMax: number): ArtifactError {
  return new ArtifactError("file_too_large", `The file has more than ${bytesMax} bytes.`);
}

/** What the system's error means for a place that was just looked at: where it changed since, it is not there any more. */
function ofSystem(error: unknown): Error {
  if (error instanceof ArtifactError) return error;
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case undefined:
      return error as Error;
    case "ENOENT":
    case "ENOTDIR":
    case "ELOOP":
    case "EINVAL":
    case "ENAMETOOLONG":
      return new ArtifactError("not_found", notFound().message, { cause: error });
    default:
      return new ArtifactError("read_error", `The file cannot be read: ${code}.`, { cause: error });
  }
}
