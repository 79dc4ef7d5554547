// What an archive is, for whoever passes it on and does not install it: it may be for another system than this one.

import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { makeOwnedFolder } from "../../base/owned-folder.ts";
import { HostError } from "../../protocol/errors.ts";
import { ARCHIVE_BYTES_MAX } from "../../protocol/limits.ts";
import { copyFile } from "./download.ts";
import { readLibraryHeader } from "./library-file.ts";
import { type PackageFacts, readPackageFacts } from "./package-identity.ts";
import type { PackageIdentity } from "./package-source.ts";
import { findLibrary, unwrap } from "./stage-package.ts";
import { unpackZip } from "./zip-read.ts";

/** One for each processor that the library has code for, in the words of registries. */
interface PackageSystem {
  readonly os: string;
  readonly arch: string;
}

export interface InspectedPackage extends PackageFacts {
  /** A copy that nobody else changes; it is gone when `use` is over. */
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly systems: readonly PackageSystem[];
}

interface InspectOptions {
  readonly signal: AbortSignal;
  /** What a registry says it is; without it, the package itself or its file name has to say. */
  readonly identity?: PackageIdentity;
}

/**
 * Copies the archive into a folder of its own, unpacks it and says what it is; the folder is removed when `use` is over, and
 * by the next one when this process is killed.
 * Throws `download_failed` when there is no such file, `package_invalid`, `archive_invalid` and `archive_too_large`.
 */
export async function withPackage<T>(
  path: string,
  { signal, identity }: InspectOptions,
  use: (inspected: InspectedPackage) => Promise<T>,
): Promise<T> {
  const { path: folder, remove } = makeOwnedFolder(tmpdir(), "osprey-package-");
  try {
    const copy = await copyFile(path, { folder, bytesMax: ARCHIVE_BYTES_MAX });
    const unpacked = join(folder, "unpacked");
    await mkdir(unpacked, { mode: 0o700 });
    await unpackZip(copy.path, unpacked, { signal });
    const root = await unwrap(unpacked);
    const facts = await readPackageFacts(
      root,
      identity === undefined ? { fileName: basename(path) } : { registry: identity },
    );
    const systems = systemsOf((await findLibrary(root)).path);
    return await use({ ...facts, path: copy.path, sha256: copy.sha256, size: copy.size, systems });
  } finally {
    remove();
  }
}

function systemsOf(library: string): PackageSystem[] {
  const header = readLibraryHeader(library);
  if (header !== undefined && !("problem" in header) && header.kind === "library") {
    return header.arch.map((arch) => ({ os: header.os, arch }));
  }
  const problem = header !== undefined && "problem" in header ? header.problem : "it is a program or an object file";
  throw new HostError("package_invalid", `${basename(library)} in the package is no library: ${problem}`, {
    hint: 'pack it again with "osaurus tools package"',
  });
}
