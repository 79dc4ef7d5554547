// The library that is loaded is the library that was checked: its bytes are read once, hashed, and loaded from a copy
// that nobody else can reach. Whatever happens to the installed file meanwhile (or while the plugin runs) changes
// nothing. On Linux the copy has no name any more when the runner opens it by its descriptor; elsewhere a library can
// be opened by its path only, so the copy lies in a private folder until it is loaded.

import { createHash } from "node:crypto";
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  /** Gives back what is held; to be called once the runner has opened it, or never will. Safe to call twice. */
  release(): void;
  /** Called when the load is over, however it ended. */
  over?(): void;
}

/** The runner finds the library that it inherits under this number. */
export const RUNNER_DESCRIPTOR = 4;
const RUNNER_DESCRIPTOR_PATH = `/proc/self/fd/${RUNNER_DESCRIPTOR}`;

/**
 * Copies a library, provided that its SHA-256 is the given one. Fails with `library_changed` otherwise, and with
 * `install_broken` when it cannot be read or copied.
 *
 * @param scratch a folder of the host's own, made when needed.
 */
export function copyVerified(library: string, sha256: string, scratch: string): PreparedLibrary {
  const bytes = readLibrary(library);
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) {
    throw new HostError("library_changed", `${library} is not the library that was installed: its SHA-256 differs`, {
      hint: "if you changed it yourself, install it again; if not, find out who did",
      details: { library, found, expected: sha256 },
    });
  }
  try {
    makeFolder(scratch);
    const folder = mkdtempSync(join(scratch, "library-"));
    return process.platform === "linux" ? nameless(folder, library, bytes) : named(folder, library, bytes);
  } catch (error) {
    throw new HostError("install_broken", `no copy of ${library} can be made: ${(error as Error).message}`, {
      hint: `look at the room on the disk, and at the owner and mode of ${scratch}`,
      cause: error,
    });
  }
}

function readLibrary(library: string): Buffer {
  let file: number | undefined;
  try {
    file = openSync(library, "r");
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error("it is no file");
    if (stat.size > LIBRARY_BYTES_MAX) throw new Error(`it is larger than ${LIBRARY_BYTES_MAX} bytes`);
    return readFileSync(file);
  } catch (error) {
    throw new HostError("install_broken", `the library ${library} cannot be read: ${(error as Error).message}`, {
      hint: "install the plugin again",
      details: { library },
      cause: error,
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The folder is gone again when this returns: all that is left is an open file that cannot be written. */
function nameless(folder: string, library: string, bytes: Buffer): PreparedLibrary {
  try {
    const descriptor = openSync(write(folder, library, bytes), "r");
    let isOpen = true;
    const release = () => {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    };
    return { path: RUNNER_DESCRIPTOR_PATH, descriptor, release };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function named(folder: string, library: string, bytes: Buffer): PreparedLibrary {
  const release = () => rmSync(folder, { recursive: true, force: true });
  try {
    return { path: write(folder, library, bytes), release };
  } catch (error) {
    release();
    throw error;
  }
}

function write(folder: string, library: string, bytes: Buffer): string {
  const path = join(folder, basename(library));
  writeFileSync(path, bytes, { mode: 0o500, flag: "wx" });
  return path;
}
