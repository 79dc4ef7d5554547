// Where process plugins are looked for, and which files in there are plugins.

import { opendirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { packageRoot } from "../../base/package-root.ts";
import type { Paths } from "../../base/paths.ts";
import { type FileStamp, stampOf } from "./file-stamp.ts";
import type { Environment } from "./run-process.ts";

/** How a plugin folder came to be searched; shown to the user. */
export type PluginSource = "explicit" | "env" | "bundled" | "user" | "path";

export interface PluginRoot {
  readonly dir: string;
  readonly source: PluginSource;
}

export interface Candidate {
  readonly path: string;
  /** The folder it was found in, as that folder was named. */
  readonly dir: string;
  readonly source: PluginSource;
  /** What it is called until it has described itself. */
  readonly fallbackId: string;
  /** As it was when it was found, so that a later change shows. */
  readonly stamp: FileStamp;
}

const PLUGIN_FILE = /^osp-([a-z0-9-]+)$/;
const ANY_EXECUTE_BIT = 0o111n;

export interface RootsInput {
  readonly pluginDirs: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  readonly paths: Paths;
  /** Where the program itself lies; without it, `bin` of the package. */
  readonly programDir?: string | undefined;
  /** Whether the folders of `PATH` are searched, too. */
  readonly searchPath?: boolean | undefined;
  /** Leaves out what came with the program and what the user installed. */
  readonly useDefaults?: boolean | undefined;
}

/**
 * The folders in the order in which they win: `--plugin-dir`, `OSP_PLUGIN_PATH`, those that came with the program, the
 * user's own, and those of `PATH` when they are wanted. Empty names are nobody's wish and are passed over.
 */
export function pluginRoots(input: RootsInput): PluginRoot[] {
  const { pluginDirs, env, cwd, paths, searchPath = false, useDefaults = false } = input;
  const roots = (source: PluginSource, dirs: readonly (string | undefined)[]) =>
    dirs.flatMap((dir) => (dir ? [{ dir: resolve(cwd, dir), source }] : []));
  return [
    ...roots("explicit", pluginDirs),
    ...roots("env", (env["OSP_PLUGIN_PATH"] ?? "").split(delimiter)),
    ...(useDefaults ? [] : roots("bundled", bundledDirs(input))),
    ...(useDefaults ? [] : roots("user", [join(paths.config, "plugins")])),
    ...(searchPath ? roots("path", (env["PATH"] ?? "").split(delimiter)) : []),
  ];
}

function bundledDirs({ env, programDir = join(packageRoot(), "bin") }: RootsInput): (string | undefined)[] {
  return [env["OSP_BUNDLED_PLUGIN_DIR"], join(programDir, "plugins"), join(programDir, "..", "lib", "osp", "plugins")];
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

/** The folders without those that are missing, and without those that were reached before under another name. */
export function distinctRoots(roots: readonly PluginRoot[]): PluginRoot[] {
  const seen = new Set<string>();
  return roots.filter(({ dir }) => {
    const real = realDir(dir);
    if (real === undefined || seen.has(real)) return false;
    seen.add(real);
    return true;
  });
}

/**
 * All plugin files of folders that are distinct, in their order and sorted by name in each. A folder that cannot be read has no
 * plugins. Nothing is opened: only what the file system says of a file counts.
 */
export function findCandidates(roots: readonly PluginRoot[]): Candidate[] {
  return roots.flatMap(candidatesIn);
}

function candidatesIn({ dir, source }: PluginRoot): Candidate[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    return [];
  }
  const ids = names.flatMap((name) => PLUGIN_FILE.exec(name)?.[1] ?? []).sort();
  const start = join(dir, "osp-"); // Once: the names hold nothing that would have to be resolved.
  return ids.flatMap((fallbackId) => {
    const path = `${start}${fallbackId}`;
    const stamp = executableStamp(path);
    return stamp === undefined ? [] : [{ path, dir, source, fallbackId, stamp }];
  });
}

/** The stamp of a file that may be run; undefined for anything else, also for what vanished since it was listed. */
function executableStamp(path: string): FileStamp | undefined {
  try {
    const stat = statSync(path, { bigint: true });
    return stat.isFile() && (stat.mode & ANY_EXECUTE_BIT) !== 0n ? stampOf(stat) : undefined;
  } catch {
    return undefined;
  }
}

function realDir(dir: string): string | undefined {
  try {
    return realpathSync.native(dir);
  } catch {
    return undefined;
  }
}
