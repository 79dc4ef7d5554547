// Copies of a project what its executable may need to run: all of it but what only the building and the versioning need.

import { existsSync } from "node:fs";
import { copyFile, lstat, mkdir, readdir, readlink, realpath, rm, symlink } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { HostError } from "../protocol/errors.ts";
import { DEV_COPY_BYTES_MAX, DEV_COPY_FILES_MAX } from "../protocol/limits.ts";

/** Large, and nothing that is written by hand: the copy uses the project's own. */
const LINKED: ReadonlySet<string> = new Set(["node_modules", ".venv", "venv"]);
const LEFT_OUT: ReadonlySet<string> = new Set(["target", "zig-out", "zig-cache", "__pycache__", ".git", ".github"]);

export interface CopyOptions {
  /** The executable: it is copied wherever it lies. */
  readonly output: string;
  readonly signal: AbortSignal;
  /** Less than there may be by itself, for tests. */
  readonly bytesMax?: number;
  readonly filesMax?: number;
}

/** Makes the folder `to`. Throws `project_invalid` for a project that is too large, and `interrupted`. */
export async function copyProject(from: string, to: string, options: CopyOptions): Promise<void> {
  const { output, signal } = options;
  let bytesLeft = options.bytesMax ?? DEV_COPY_BYTES_MAX;
  let filesLeft = options.filesMax ?? DEV_COPY_FILES_MAX;
  // The folder for the copies may lie in the project: copies would hold copies.
  const place = join(from, relative(await realpath(from), await realpath(dirname(to))), basename(to));
  const copy = async (path: string, target: string): Promise<void> => {
    if (signal.aborted) throw new HostError("interrupted", "interrupted");
    filesLeft -= 1;
    if (filesLeft < 0) throw tooLarge("files");
    const stat = await lstat(path);
    if (stat.isDirectory()) {
      await mkdir(target, { mode: 0o700 });
      for (const name of await readdir(path)) await take(join(path, name), join(target, name), name);
    } else if (stat.isSymbolicLink()) {
      await symlink(movedTarget(await readlink(path), path, from), target);
    } else if (stat.isFile()) {
      bytesLeft -= stat.size;
      if (bytesLeft < 0) throw tooLarge("bytes");
      await copyFile(path, target);
    } // Pipes and sockets are nothing that a plugin brings along.
  };
  const take = async (path: string, target: string, name: string): Promise<void> => {
    if (LINKED.has(name)) return await symlink(path, target);
    const holdsOutput = output.startsWith(join(path, sep));
    const holdsCopy = `${place}${sep}`.startsWith(join(path, sep));
    if (!LEFT_OUT.has(name) && !holdsCopy) return await copy(path, target);
    if (!holdsOutput) return;
    // Of such a folder, only the executable and the way to it.
    await mkdir(join(to, relative(from, output), ".."), { recursive: true, mode: 0o700 });
    await copy(output, join(to, relative(from, output)));
  };
  await copy(from, to);
  // It may be a link to where the compiler put it, which is left out.
  const real = await realpath(output);
  const moved = join(to, relative(from, output));
  if (isIn(await realpath(from), real) && !existsSync(moved)) {
    await rm(moved, { force: true });
    await copy(real, moved);
  }
}

function isIn(folder: string, path: string): boolean {
  return path.startsWith(join(folder, sep));
}

/** A link that leads out of the project leads to the same place; one within it leads to the copy. */
function movedTarget(target: string, path: string, root: string): string {
  const leadsTo = resolve(path, "..", target);
  const way = relative(root, leadsTo);
  const isInside = way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  if (!isInside) return leadsTo;
  return isAbsolute(target) ? relative(resolve(path, ".."), leadsTo) : target;
}

function tooLarge(what: "files" | "bytes"): HostError {
  const max = what === "files" ? DEV_COPY_FILES_MAX : DEV_COPY_BYTES_MAX;
  return new HostError("project_invalid", `the project has more than ${max} ${what}`, {
    hint: 'keep what the plugin does not need to run out of its folder, or in one named "target"',
  });
}
