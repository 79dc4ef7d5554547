// Builds a project as its file says, for those who need it built: what the compiler found wrong is in the failure.

import type { Project } from "../projects/project.ts";
import { HostError } from "../protocol/errors.ts";
import { findMistakes } from "./build-mistakes.ts";
import { runBuild } from "./run-build.ts";

/** How much of a build's output is shown: its end is where it says why it failed. */
const TAIL_CHARS_MAX = 4_000;

export interface BuildIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Throws `build_failed`, `interrupted`. Where there is nothing to build, nothing is done. */
export async function buildProject({ build, folder }: Project, { env, signal }: BuildIo): Promise<void> {
  if (build === undefined) return;
  const { ended, exitCode, signalCode, output } = await runBuild({ command: build, folder, env, signal });
  if (ended === "exited" && exitCode === 0) return;
  const how = ended === "timeout" ? "did not end in time" : `ended with ${signalCode ?? `status ${exitCode}`}`;
  throw new HostError("build_failed", `the build ${how}`, {
    details: { mistakes: findMistakes(output, folder), output: output.slice(-TAIL_CHARS_MAX).toWellFormed() },
  });
}
