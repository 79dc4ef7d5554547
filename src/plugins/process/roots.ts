// Where process plugins are looked for, and which files in there are plugins.

import { opendirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { Paths } from "../../base/paths.ts";
import type { Environment } from "./run-process.ts";

/** How a plugin folder came to be searched; shown to the user. */
export type PluginSource = "explicit" | "env" | "user";

export interface PluginRoot {
  readonly dir: string;
  readonly source: PluginSource;
}

export interface Candidate {
  readonly path: string;
  readonly source: PluginSource;
  /** What it is called until it has described itself. */
  readonly fallbackId: string;
}

const PLUGIN_FILE = /^osp-([a-z0-9-]+)$/;
const ANY_EXECUTE_BIT = 0o111;

export interface RootsInput {
  readonly pluginDirs: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  readonly paths: Paths;
}

/** The folders in the order in which they win: `--plugin-dir`, `OSP_PLUGIN_PATH`, the user's own. */
export function pluginRoots({ pluginDirs, env, cwd, paths }: RootsInput): PluginRoot[] {
  const fromEnv = (env["OSP_PLUGIN_PATH"] ?? "").split(delimiter);
  const root = (source: PluginSource) => (dir: string) => ({ dir: resolve(cwd, dir), source });
  return [
    ...pluginDirs.filter(Boolean).map(root("explicit")),
    ...fromEnv.filter(Boolean).map(root("env")),
    { dir: join(paths.config, "plugins"), source: "user" },
  ];
}

export interface RootProblem {
  readonly dir: string;
  readonly reason: string;
}

/** The folders that the user named for this run and that cannot be searched. */
export function findRootProblems(roots: readonly PluginRoot[]): RootProblem[] {
  return roots.flatMap(({ dir, source }) => {
    const reason = source === "explicit" ? whyUnreadable(dir) : undefined;
    return reason === undefined ? [] : [{ dir, reason }];
  });
}

function whyUnreadable(dir: string): string | undefined {
  try {
    opendirSync(dir).closeSync();
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "there is no such folder";
    if (code === "ENOTDIR") return "it is not a folder";
    return code === "EACCES" ? "permission denied" : String(code);
  }
}

/**
 * All plugin files of the folders, in their order and sorted by name in each. A folder that is reached twice counts
 * once, under its first source; one that is missing or cannot be read has no plugins.
 */
export function findCandidates(roots: readonly PluginRoot[]): Candidate[] {
  const seen = new Set<string>();
  return roots.flatMap((root) => {
    const real = realDir(root.dir);
    if (real === undefined || seen.has(real)) return [];
    seen.add(real);
    return candidatesIn(root);
  });
}

function candidatesIn({ dir, source }: PluginRoot): Candidate[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    return [];
  }
  return names.sort().flatMap((name) => {
    const fallbackId = PLUGIN_FILE.exec(name)?.[1];
    const path = join(dir, name);
    return fallbackId !== undefined && isExecutableFile(path) ? [{ path, source, fallbackId }] : [];
  });
}

function isExecutableFile(path: string): boolean {
  try {
    const stat = statSync(path);
    return stat.isFile() && (stat.mode & ANY_EXECUTE_BIT) !== 0;
  } catch {
    return false;
  }
}

function realDir(dir: string): string | undefined {
  try {
    return realpathSync(dir);
  } catch {
    return undefined;
  }
}
