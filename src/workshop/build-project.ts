// Builds a project as its file says, for those who need it built: what the compiler found wrong is in the failure, and so
// is a program that the build needs and that is not there.

import type { Project } from "../projects/project.ts";
import { HostError } from "../protocol/errors.ts";
import { type BuildMistake, findMistakes } from "./build-mistakes.ts";
import { type BuildOutcome, runBuild } from "./run-build.ts";
import { isToolName, missingTools, missingToolText } from "./toolchains.ts";

/** How much of a build's output is shown: its end is where it says why it failed. */
const TAIL_CHARS_MAX = 4_000;

type Environment = Readonly<Record<string, string | undefined>>;

export interface BuildIo {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Throws `build_failed`, `toolchain_missing`, `interrupted`. Where there is nothing to build, nothing is done. */
export async function buildProject({ build, folder }: Project, { env, signal }: BuildIo): Promise<void> {
  if (build === undefined) return;
  const built = await runBuild({ command: build, folder, env, signal });
  const failure = failureOf(built, findMistakes(built.output, folder), env);
  if (failure !== undefined) throw failure;
}

/**
 * What to tell of a build that went wrong; nothing when it went well.
 *
 * @param goesOn what holds in spite of it, for the hint.
 */
export function failureOf(
  { ended, exitCode, signalCode, output, ms }: BuildOutcome,
  mistakes: readonly BuildMistake[],
  env: Environment,
  goesOn?: string,
): HostError | undefined {
  if (ended === "exited" && exitCode === 0) return undefined;
  const tail = output.slice(-TAIL_CHARS_MAX).toWellFormed();
  const missing = missingProgram(tail, env);
  if (missing !== undefined) return missing;
  const how =
    ended === "timeout"
      ? `did not end in ${Math.round(ms)} ms`
      : signalCode === null
        ? `exited with status ${exitCode}`
        : `was ended by ${signalCode}`;
  const [first] = mistakes.filter(({ severity }) => severity === "error");
  const mend =
    first === undefined
      ? 'what was run is "dev"."build" of the project\'s file'
      : `mend ${first.file}:${first.line} first`;
  return new HostError("build_failed", `the build ${how}`, {
    hint: goesOn === undefined ? mend : `${mend}; ${goesOn}`,
    details: { mistakes, output: tail },
  });
}

/** Shells and make say which program they did not find. */
const NOT_FOUND = /(?:^|[\s:])([\w.+-]+): (?:command not found|not found|No such file or directory)\s*$/gm;

/** Builds look for programs that they can do without, too: the first that we know and that is not there. */
function missingProgram(output: string, env: Environment): HostError | undefined {
  const programs = [...output.matchAll(NOT_FOUND)].map(([, program]) => program!).filter(isToolName);
  const [missing] = missingTools(programs, env);
  if (missing === undefined) return undefined;
  const { program, install } = missing;
  return new HostError("toolchain_missing", `the build needs ${program}, which is not on this machine`, {
    hint: `install ${missingToolText(missing)}`,
    details: { program, install },
  });
}
