// One round of `tools dev`: build, and when that went well, have the new code serve in place of the old.

import { existsSync } from "node:fs";
import { relative } from "node:path";
import type { Project } from "../projects/project.ts";
import { HostError } from "../protocol/errors.ts";
import { type BuildMistake, findMistakes } from "./build-mistakes.ts";
import { type BuildOutcome, runBuild } from "./run-build.ts";
import { isToolName, missingTools, missingToolText } from "./toolchains.ts";

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
  onBuilt?(): void;
}

/** How much of a build's output is shown: its end is where it says why it failed. */
const TAIL_CHARS_MAX = 4_000;

/** Throws `build_failed`, `toolchain_missing`, what keeps the plugin from being loaded, and `interrupted`. */
export async function runDevRound(project: Project, options: RoundOptions): Promise<DevRound> {
  const { env, signal, target } = options;
  const { build, folder, pluginId } = project;
  const built = build === undefined ? undefined : await runBuild({ command: build, folder, env, signal });
  options.onBuilt?.();
  const mistakes = built === undefined ? [] : findMistakes(built.output, folder);
  if (built !== undefined && !isDone(built)) throw buildFailed(built, mistakes, options);
  if (!existsSync(project.output)) throw noOutput(project);
  const startedAt = performance.now();
  const served = await target.serve(project, signal);
  const warnings = mistakes.filter(({ severity }) => severity === "warning");
  return { pluginId, builtMs: built?.ms, warnings, loadedMs: performance.now() - startedAt, ...served };
}

function isDone({ ended, exitCode }: BuildOutcome): boolean {
  return ended === "exited" && exitCode === 0;
}

function buildFailed(built: BuildOutcome, mistakes: readonly BuildMistake[], { env }: RoundOptions): HostError {
  const { ended, exitCode, signalCode, output, ms } = built;
  const missing = missingProgram(output, env);
  if (missing !== undefined) return missing;
  const how =
    ended === "timeout"
      ? `did not end in ${Math.round(ms)} ms`
      : signalCode === null
        ? `exited with status ${exitCode}`
        : `was ended by ${signalCode}`;
  return new HostError("build_failed", `the build ${how}`, {
    details: { mistakes, output: output.slice(-TAIL_CHARS_MAX).toWellFormed() },
  });
}

/** Shells and make say which program they did not find. */
const NOT_FOUND = /(?:^|[\s:])([\w.+-]+): (?:command not found|not found|No such file or directory)\s*$/m;

function missingProgram(output: string, env: RoundOptions["env"]): HostError | undefined {
  const program = NOT_FOUND.exec(output.slice(-TAIL_CHARS_MAX))?.[1];
  if (program === undefined || !isToolName(program)) return undefined;
  const [missing] = missingTools([program], env);
  if (missing === undefined) return undefined;
  return new HostError("toolchain_missing", `the build needs ${program}, which is not on this machine`, {
    hint: `install ${missingToolText(missing)}`,
    details: { program, install: missing.install },
  });
}

function noOutput({ kind, folder, output, build }: Project): HostError {
  const name = relative(folder, output);
  const member = kind === "native" ? "library" : "executable";
  return new HostError("build_failed", `there is no ${name}${build === undefined ? "" : " after the build"}`, {
    hint: `the project's file names it as "dev"."${member}": let the build make it, or correct the name`,
    details: { mistakes: [], output: "" },
  });
}
