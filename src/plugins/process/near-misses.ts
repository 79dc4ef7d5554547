// Files that somebody probably meant as plugins and that are none, each with the reason. Not for `PATH`: there, other
// programs may have such names.

import { readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { findCandidates, type PluginRoot } from "./roots.ts";

export interface NearMiss {
  readonly path: string;
  readonly reason: string;
}

/** What begins with `osp-` in the given folders and is not run. */
export function findNearMisses(roots: readonly PluginRoot[]): NearMiss[] {
  return roots
    .filter(({ source }) => source !== "path")
    .flatMap((root) => {
      const found = new Set(findCandidates([root]).map(({ path }) => path));
      return namesIn(root.dir)
        .filter((name) => name.startsWith("osp-"))
        .map((name) => ({ name, path: join(root.dir, name) }))
        .filter(({ path }) => !found.has(path))
        .map(({ name, path }) => ({ path, reason: reasonFor(name, path) }));
    });
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}

function reasonFor(name: string, path: string): string {
  let stat: Stats | undefined;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return `it cannot be looked at: ${(error as NodeJS.ErrnoException).code}`;
  }
  if (stat === undefined) return "the link leads nowhere";
  if (!stat.isFile()) return "it is no file";
  if (name === "osp-") return "its name ends behind osp-";
  if (name.includes(".")) return "a plugin's name has no extension: rename it";
  if (!/^osp-[a-z0-9-]+$/.test(name)) return "a plugin's name is made of a-z, 0-9 and -: rename it";
  return 'it is not executable: run "chmod +x" on it';
}
