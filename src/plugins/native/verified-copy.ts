// The library that is loaded is the library that was checked: its bytes are read once, hashed, and loaded from a copy
// that nobody else can reach. Whatever happens to the installed file meanwhile (or while the plugin runs) changes
// nothing. On Linux the copy has no name any more when the runner opens it by its descriptor; elsewhere a library can
// be opened by its path only, so the copy lies in a private folder until it is loaded.

import { createHash } from "node:crypto";
import { closeSync, constants, mkdtempSync, openSync, readdirSync, rmSync, statSync, write } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolder } from "../../base/make-folder.ts";
import { HostError } from "../../protocol/errors.ts";
import { LIBRARY_BYTES_MAX } from "../../protocol/limits.ts";

/** A library that is ready to be opened by a runner. */
export interface PreparedLibrary {
  /** What the runner opens; with a descriptor, the path by which the runner finds it (`RUNNER_DESCRIPTOR_PATH`). */
  readonly path: string;
  /** An open file of this process that the runner is to inherit. */
  readonly descriptor?: number;
  /** The folder of the version that it is of. */
  readonly folder?: string;
  /** Gives back what is held; to be called once the runner has opened it, or never will. Safe to call twice. */
  release(): void;
  /** Called when the load is over, however it ended. */
  over?(): void;
}

/** The runner finds the library that it inherits under this number. */
export const RUNNER_DESCRIPTOR = 4;
const COPY_PREFIX = "library-";
const PIECE_BYTES = 1024 * 1024;
/** No load takes this long. */
const LEFTOVER_MS_MIN = 600_000;
const RUNNER_DESCRIPTOR_PATH = `/proc/self/fd/${RUNNER_DESCRIPTOR}`;

/**
 * Copies a library, provided that its SHA-256 is the given one. Fails with `library_changed` otherwise, and with
 * `install_broken` when it cannot be read or copied.
 *
 * @param scratch a folder of the host's own, made when needed.
 */
export async function copyVerified(library: string, sha256: string, scratch: string): Promise<PreparedLibrary> {
  const source = await openLibrary(library);
  try {
    const copy = makeCopy(library, scratch);
    try {
      const found = await copyBytes(source, copy.descriptor, library);
      if (found !== sha256) throw changed(library, found, sha256);
      return copy.finish();
    } catch (error) {
      copy.abandon();
      throw error;
    }
  } finally {
    await source.close();
  }
}

function changed(library: string, found: string, expected: string): HostError {
  return new HostError("library_changed", `${library} is not the library that was installed: its SHA-256 differs`, {
    hint: "if you changed it yourself, install it again; if not, find out who did",
    details: { library, found, expected },
  });
}

/** A pipe in its place must not be waited for. */
async function openLibrary(library: string): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    file = await open(library, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error("it is no file");
    if (stat.size > LIBRARY_BYTES_MAX) throw new Error(`it is larger than ${LIBRARY_BYTES_MAX} bytes`);
    return file;
  } catch (error) {
    await file?.close();
    throw unreadable(library, error);
  }
}

function unreadable(library: string, error: unknown): HostError {
  return new HostError("install_broken", `the library ${library} cannot be read: ${(error as Error).message}`, {
    hint: "install the plugin again",
    details: { library },
    cause: error,
  });
}

interface Copy {
  /** For writing. */
  readonly descriptor: number;
  finish(): PreparedLibrary;
  /** Leaves nothing. Safe to call after `finish` has failed. */
  abandon(): void;
}

function makeCopy(library: string, scratch: string): Copy {
  try {
    makeFolder(scratch);
    removeLeftovers(scratch);
    const folder = mkdtempSync(join(scratch, COPY_PREFIX));
    try {
      const path = join(folder, basename(library));
      const descriptor = openSync(path, "wx", 0o500);
      return process.platform === "linux" ? nameless(folder, path, descriptor) : named(folder, path, descriptor);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  } catch (error) {
    throw new HostError("install_broken", `no copy of ${library} can be made: ${(error as Error).message}`, {
      hint: `look at the room on the disk, and at the owner and mode of ${scratch}`,
      cause: error,
    });
  }
}

/** Its name is gone before the first byte is written: all that is left in the end is an open file that cannot be written. */
function nameless(folder: string, path: string, descriptor: number): Copy {
  const readable = openSync(path, "r");
  rmSync(folder, { recursive: true, force: true });
  const open = new Set([descriptor, readable]);
  const close = (one: number) => {
    if (open.delete(one)) closeSync(one);
  };
  return {
    descriptor,
    finish() {
      close(descriptor);
      return { path: RUNNER_DESCRIPTOR_PATH, descriptor: readable, release: () => close(readable) };
    },
    abandon() {
      close(descriptor);
      close(readable);
    },
  };
}

function named(folder: string, path: string, descriptor: number): Copy {
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(descriptor);
    isOpen = false;
  };
  const release = () => rmSync(folder, { recursive: true, force: true });
  return {
    descriptor,
    finish() {
      close();
      return { path, release };
    },
    abandon() {
      close();
      release();
    },
  };
}

/** Copies piece by piece, so that everybody else is served meanwhile; gives the hash of what was written. */
async function copyBytes(source: FileHandle, target: number, library: string): Promise<string> {
  const hash = createHash("sha256");
  const piece = Buffer.alloc(PIECE_BYTES);
  let total = 0;
  for (;;) {
    const { bytesRead } = await source.read(piece, 0, piece.length, null).catch((error: unknown) => {
      throw unreadable(library, error);
    });
    if (bytesRead === 0) return hash.digest("hex");
    total += bytesRead;
    if (total > LIBRARY_BYTES_MAX) throw unreadable(library, new Error("it grows while it is read"));
    hash.update(piece.subarray(0, bytesRead));
    await writeAll(target, piece.subarray(0, bytesRead)).catch((error: Error) => {
      throw new HostError("install_broken", `no copy of ${library} can be made: ${error.message}`, {
        hint: "look at the room on the disk",
        cause: error,
      });
    });
  }
}

async function writeAll(target: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += await writeSome(target, bytes, done, bytes.length - done);
}

const writeSome = (target: number, bytes: Uint8Array, offset: number, length: number) =>
  new Promise<number>((resolve, reject) => {
    write(target, bytes, offset, length, null, (error, written) => (error ? reject(error) : resolve(written)));
  });

/** What a host left behind that was killed while it copied. */
function removeLeftovers(scratch: string): void {
  for (const name of readdirSync(scratch)) {
    if (!name.startsWith(COPY_PREFIX)) continue;
    const path = join(scratch, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > LEFTOVER_MS_MIN) rmSync(path, { recursive: true, force: true });
  }
}
