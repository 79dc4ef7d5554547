// Reads one file of the artifacts folder, and no other, whoever moves files and links about meanwhile: open-below.ts walks
// there.

import { type FileHandle, realpath } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { BelowError, holdFolder, namesBelow, openFileBelow } from "../base/open-below.ts";

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

async function openBelow(root: string, knownAs: readonly string[], names: readonly string[]) {
  try {
    const held = await holdFolder(root);
    try {
      return await openFileBelow({ root: held, knownAs }, names);
    } finally {
      await held.handle.close();
    }
  } catch (error) {
    throw error instanceof BelowError ? ofWalk(error) : error;
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

function ofWalk(error: BelowError): ArtifactError {
  switch (error.code) {
    case "outside":
      return denied();
    case "missing":
      return new ArtifactError("not_found", notFound().message, { cause: error });
    case "folder":
      return new ArtifactError("read_error", "This is a folder.");
    case "irregular":
      return notRegular();
    case "links":
      return new ArtifactError("read_error", "There are too many links on the way.");
    case "unreadable":
      return unreadable(error.systemCode, error);
  }
}

/** A file that was open already has no way any more that could have changed. */
function ofSystem(error: unknown): Error {
  if (error instanceof ArtifactError) return error;
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? (error as Error) : unreadable(code, error);
}

function unreadable(code: string | undefined, cause: unknown): ArtifactError {
  return new ArtifactError("read_error", `The file cannot be read: ${code}.`, { cause });
}
