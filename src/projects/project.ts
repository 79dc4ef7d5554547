// What a plugin's project folder says of itself: who the plugin is, how it is built, and what comes out of that. It is
// written by `tools create` and `plugins create`, and read by whatever builds, tests or packs the project.

import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import * as z from "zod/mini";
import { LIBRARY_SUFFIX } from "../base/library-suffix.ts";
import { readSmallFile } from "../base/read-small-file.ts";
import { parseVersion } from "../base/semver.ts";
import { HostError } from "../protocol/errors.ts";
import { describeIssues } from "../protocol/issue-text.ts";
import { PROJECT_FILE_BYTES_MAX } from "../protocol/limits.ts";

export type ProjectKind = "native" | "process";

/** One folder in which a plugin is made. */
export interface Project {
  readonly kind: ProjectKind;
  /** Absolute. */
  readonly folder: string;
  readonly pluginId: string;
  readonly version: string;
  /** The command line that builds it, for a shell, run in the folder; nothing when nothing has to be built. */
  readonly build: string | undefined;
  /** What the build makes, absolute: the library with its suffix, or the executable. */
  readonly output: string;
  /** A call that shows whether new code works; nothing when the author named none. */
  readonly call: ProjectCall | undefined;
}

interface ProjectCall {
  /** A tool's id; for a process plugin, a command. */
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export const NATIVE_PROJECT_FILE = "osaurus-plugin.json";
const PROCESS_PROJECT_FILE = "osp-plugin.json";

const hasNoNul = z.regex(/^[^\0]*$/, "must not have a NUL in it");
const hasNoControl = z.regex(/^\P{Cc}*$/u, "must not have control characters in it");

const Call = z.object({ tool: z.string(), args: z._default(z.record(z.string(), z.unknown()), {}) });
const Dev = z.object({
  build: z.optional(z.string().check(hasNoNul)),
  /** Relative to the folder; may leave the suffix out, which is another one on each system. */
  library: z.optional(z.string().check(hasNoControl)),
  executable: z.optional(z.string().check(hasNoControl)),
  call: z.optional(Call),
});
const ProjectFile = z.object({
  plugin_id: z.string().check(z.minLength(1)),
  version: z.string().check(z.refine((text) => parseVersion(text) !== undefined, "must be a version, like 1.0.0")),
  dev: z.optional(Dev),
});

/**
 * Reads the project in a folder. Throws `project_unknown` when there is none, and `project_invalid` when what it says
 * cannot be used.
 */
export function readProject(folder: string): Project {
  const found = findProject(folder);
  if (found !== undefined) return found;
  throw new HostError("project_unknown", `there is no plugin project in ${folder}: it has no ${NATIVE_PROJECT_FILE}`, {
    hint: '"osaurus tools create NAME" makes one; or name its folder',
    details: { folder },
  });
}

/** The same; nothing when there is no project file, or it does not say what the build makes. */
export function findProject(folder: string): Project | undefined {
  const kinds: readonly [ProjectKind, string][] = [
    ["native", NATIVE_PROJECT_FILE],
    ["process", PROCESS_PROJECT_FILE],
  ];
  for (const [kind, name] of kinds) {
    const path = join(folder, name);
    if (existsSync(path)) return parse(kind, resolve(folder), path);
  }
  return undefined;
}

function parse(kind: ProjectKind, folder: string, path: string): Project | undefined {
  const invalid = (problem: string) =>
    new HostError("project_invalid", `${path} is not usable: ${problem}`, {
      hint: "docs/projects.md has its members",
      details: { path },
    });
  const file = readSmallFile(path, PROJECT_FILE_BYTES_MAX);
  if (file === undefined || file.problem !== undefined) throw invalid(file?.problem ?? "it vanished");
  let json: unknown;
  try {
    json = JSON.parse(file.text);
  } catch (error) {
    throw invalid(`it is not JSON: ${(error as Error).message}`);
  }
  const parsed = ProjectFile.safeParse(json);
  if (!parsed.success) throw invalid(describeIssues(parsed.error, json));
  const { plugin_id: pluginId, version, dev } = parsed.data;
  const named = kind === "native" ? dev?.library : dev?.executable;
  if (named === undefined) return undefined;
  const hasSuffix = kind === "process" || /\.(so|dylib)$/.test(named);
  const output = resolve(folder, hasSuffix ? named : `${named}${LIBRARY_SUFFIX}`);
  if (!isBelow(folder, output)) throw invalid(`"${named}" is outside of the project`);
  return { kind, folder, pluginId, version, build: dev?.build, output, call: dev?.call };
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith("../");
}
