// One round of `tools dev`: build, and when that went well, have the new code serve in place of the old.

import { existsSync } from "node:fs";
import { relative } from "node:path";
import type { Project } from "../projects/project.ts";
import { HostError } from "../protocol/errors.ts";
import { DEV_BUILDING_MS } from "../protocol/limits.ts";
import { type BuildMistake, findMistakes } from "./build-mistakes.ts";
import { failureOf } from "./build-project.ts";
import { type BuildOutcome, type BuildRequest, runBuild } from "./run-build.ts";

/** What is done with a build of one kind of plugin. */
export interface DevTarget {
  /** Has the build serve in place of what served. Fails with what is wrong with it; then the old one goes on. */
  serve(project: Project, signal: AbortSignal): Promise<ServedBuild>;
  /** Takes the build away; gives the version that serves again, if there was one before. */
  end(project: Pick<Project, "pluginId">): Promise<EndedBuild | undefined>;
}

export interface ServedBuild {
  readonly version: string;
  readonly tools: readonly string[];
  /** What the author should know although it serves: one line each. */
  readonly notes: readonly string[];
}

export interface EndedBuild {
  readonly from: string;
  readonly to: string | undefined;
}

export interface DevRound extends ServedBuild {
  readonly pluginId: string;
  /** Undefined: there is nothing to build. */
  readonly builtMs: number | undefined;
  readonly warnings: readonly BuildMistake[];
  readonly loadedMs: number;
}

export interface RoundOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly target: DevTarget;
  /** See `BuildRequest`. */
  readonly onStarted?: BuildRequest["onStarted"];
  /** The build takes its time. */
  onSlow?(): void;
}

/** Throws `build_failed`, `toolchain_missing`, what keeps the plugin from being loaded, and `interrupted`. */
export async function runDevRound(project: Project, options: RoundOptions): Promise<DevRound> {
  const { env, signal, target } = options;
  const { build, folder, pluginId } = project;
  const built = build === undefined ? undefined : await runNoted(build, folder, options);
  const mistakes = built === undefined ? [] : findMistakes(built.output, folder);
  const failure = built && failureOf(built, mistakes, env, "what served before goes on");
  if (failure !== undefined) throw failure;
  if (!existsSync(project.output)) throw noOutput(project);
  const startedAt = performance.now();
  const served = await target.serve(project, signal);
  const warnings = mistakes.filter(({ severity }) => severity === "warning");
  return { pluginId, builtMs: built?.ms, warnings, loadedMs: performance.now() - startedAt, ...served };
}

async function runNoted(command: string, folder: string, options: RoundOptions): Promise<BuildOutcome> {
  const { env, signal, onSlow, onStarted } = options;
  const timer = setTimeout(() => onSlow?.(), DEV_BUILDING_MS);
  try {
    return await runBuild({ command, folder, env, signal, ...(onStarted && { onStarted }) });
  } finally {
    clearTimeout(timer);
  }
}

function noOutput({ kind, folder, output, build }: Project): HostError {
  const name = relative(folder, output);
  const member = kind === "native" ? "library" : "executable";
  return new HostError("build_failed", `there is no ${name}${build === undefined ? "" : " after the build"}`, {
    hint: `the project's file names it as "dev"."${member}": let the build make it, or correct the name`,
    details: { mistakes: [], output: "" },
  });
}
