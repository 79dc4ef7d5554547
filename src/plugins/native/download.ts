// Packages on their way into the folder of installed plugins: kept in a private folder, bounded, and held against what
// they have to be. From the web or from this machine; what they have to be is known to who asks for them.

import { createHash } from "node:crypto";
import { constants, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../base/make-folder.ts";
import { HostError } from "../../protocol/errors.ts";
import { type FetchOptions, failed, fetchPieces, type Take } from "./fetch-url.ts";

/** A download this old belongs to a program that was killed. */
const LEFTOVER_MS_MIN = 24 * 60 * 60 * 1000;

export interface DownloadOptions extends FetchOptions {
  /** Where a private folder for the file is made. */
  readonly folder: string;
  /** What the file has to be. */
  readonly expected?: { readonly sha256: string; readonly size?: number | undefined };
}

export interface Downloaded {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  /** Removes the file. Safe to call twice. */
  dispose(): Promise<void>;
}

/**
 * Fetches a file into a folder of its own, readable by the user alone, which the caller removes with `dispose`. Throws
 * `download_failed`, and `download_mismatch` when it is not what was expected; nothing is left behind then.
 */
export async function downloadFile(url: string, options: DownloadOptions): Promise<Downloaded> {
  const bound = boundOf(url, options);
  return await keepFile(url, options, (take) => fetchPieces(url, { ...options, ...bound }, take));
}

/** The same for a file on this machine: what was looked at cannot be exchanged afterwards. */
export async function copyFile(path: string, options: Omit<DownloadOptions, "msMax">): Promise<Downloaded> {
  const { bytesMax, tooLarge } = boundOf(path, options);
  return await keepFile(path, options, async (take) => {
    const file = await openRegular(path);
    let size = 0;
    for await (const chunk of file.createReadStream()) {
      size += (chunk as Buffer).length;
      if (size > bytesMax) throw tooLarge();
      await take(chunk as Buffer);
    }
  });
}

/** Opens a file and nothing else: a pipe would be waited for. Throws `download_failed`. */
export async function openRegular(path: string): Promise<FileHandle> {
  const refuse = (problem: string) => failed(path, problem, { answered: true });
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    throw refuse(error.code === "ENOENT" ? "there is no such file" : `it cannot be read: ${error.code}`);
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw refuse("it is no file");
}

async function keepFile(
  label: string,
  { folder: parent, expected }: Pick<DownloadOptions, "folder" | "expected">,
  read: (take: Take) => Promise<void>,
): Promise<Downloaded> {
  const folder = privateFolder(parent);
  const dispose = async () => rmSync(folder, { recursive: true, force: true });
  const path = join(folder, "package.zip");
  let file: FileHandle | undefined;
  try {
    const kept = await open(path, "wx", 0o600).catch((error) => {
      throw cannotKeep(error);
    });
    file = kept;
    const hash = createHash("sha256");
    let size = 0;
    await read(async (chunk) => {
      hash.update(chunk);
      size += chunk.length;
      await writeAll(kept, chunk);
    });
    const sha256 = hash.digest("hex");
    if (expected) checkExpected(label, expected, { sha256, size });
    return { path, sha256, size, dispose };
  } catch (error) {
    await dispose();
    throw error;
  } finally {
    await file?.close();
  }
}

/** No more than the file should have, where that is known. */
function boundOf(label: string, { bytesMax, expected }: Pick<DownloadOptions, "bytesMax" | "expected">) {
  const size = expected?.size;
  if (size !== undefined && size <= bytesMax) {
    return {
      bytesMax: size,
      tooLarge: () => mismatch(label, `it has more bytes than the ${size} that it should have`),
    };
  }
  return { bytesMax, tooLarge: () => failed(label, `it has more than ${bytesMax} bytes`, { answered: true }) };
}

function checkExpected(
  url: string,
  expected: { readonly sha256: string; readonly size?: number | undefined },
  is: { readonly sha256: string; readonly size: number },
): void {
  if (expected.size !== undefined && expected.size !== is.size) {
    throw mismatch(url, `it has ${is.size} bytes and should have ${expected.size}`);
  }
  const wanted = expected.sha256.toLowerCase();
  if (wanted !== is.sha256) throw mismatch(url, `its SHA-256 is ${is.sha256} and should be ${wanted}`);
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
  } catch (error) {
    throw cannotKeep(error);
  }
}

function privateFolder(parent: string): string {
  try {
    makeFolder(parent);
    removeLeftovers(parent);
    return mkdtempSync(join(parent, "download-"));
  } catch (error) {
    throw cannotKeep(error);
  }
}

function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const stat = name.startsWith("download-") ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (stat && Date.now() - stat.mtimeMs > LEFTOVER_MS_MIN) rmSync(path, { recursive: true, force: true });
  }
}

function cannotKeep(error: unknown): HostError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new HostError("install_failed", `a download cannot be stored: ${code ?? message}`, {
    hint: "look at the disk, and at owner and mode of the cache folder",
    cause: error,
  });
}

function mismatch(url: string, problem: string): HostError {
  return new HostError("download_mismatch", `${url} is not the file that it should be: ${problem}`, {
    hint: "do not install it; tell whoever keeps the registry",
    details: { url },
  });
}
