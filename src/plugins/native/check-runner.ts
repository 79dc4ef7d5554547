// Tries whether the system opens a library: in a process of its own, because opening it runs code of the library. The
// plugin's own functions are not called.

import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod/mini";
import { ProcessGroup } from "../../base/process-group.ts";
import { LOAD_MS_MAX, PROCESS_DRAIN_MS_MAX, RUNNER_EXIT_MS_MAX } from "../../protocol/limits.ts";
import { runnerEnvironment } from "./runner-environment.ts";

/** Of what the process prints, the end is kept: the library may print as well. */
const OUTPUT_CHARS_KEPT_MAX = 64 * 1024;

const Answer = z.object({ dlopen: z.nullable(z.string()), v2: z.boolean(), v1: z.boolean() });

export type OpenedLibrary = z.infer<typeof Answer>;

export interface CheckRunnerOptions {
  readonly runnerPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  readonly msMax?: number;
  /** An open file for the process to inherit as `RUNNER_DESCRIPTOR`. */
  readonly descriptor?: number | undefined;
}

/**
 * What came of opening the library: the loader's answer, or in words how the process ended without one.
 *
 * @param library with a descriptor, the path by which the process finds that.
 */
export async function tryToOpen(
  library: string,
  { runnerPath, env, cwd, signal, descriptor, msMax = LOAD_MS_MAX }: CheckRunnerOptions,
): Promise<OpenedLibrary | { readonly problem: string }> {
  const child = spawn(runnerPath, ["--check", library], {
    cwd,
    env: runnerEnvironment(env),
    // The descriptor is number 4: RUNNER_DESCRIPTOR.
    stdio: ["ignore", "pipe", "ignore", "ignore", descriptor ?? "ignore"],
    detached: true,
  });
  const exited = once(child, "exit").catch((error: Error) => error);
  if (child.pid === undefined) return { problem: `the runner cannot be started: ${String(await exited)}` };
  const group = new ProcessGroup(child);
  const stdout = child.stdout as Readable;
  let output = "";
  stdout.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-OUTPUT_CHARS_KEPT_MAX);
  });
  const closed = once(stdout, "close");
  let isLate = false;
  const stop = () => group.signal("SIGKILL");
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, msMax);
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  try {
    await exited;
    // What the library left running would keep the pipe open; what left the group as well is not waited for.
    stop();
    await group.gone(RUNNER_EXIT_MS_MAX);
    await Promise.race([closed, delay(PROCESS_DRAIN_MS_MAX, undefined, { ref: false })]);
    stdout.destroy();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    group.release();
  }
  if (isLate) return { problem: `it was not open after ${msMax} ms` };
  if (child.signalCode !== null) return { problem: `it crashed with ${child.signalCode} while it was opened` };
  const answer = child.exitCode === 0 ? findAnswer(output) : undefined;
  return answer ?? { problem: `it called exit(${child.exitCode}) while it was opened` };
}

/** The last line that is one. */
function findAnswer(output: string): OpenedLibrary | undefined {
  for (const line of output.split("\n").reverse()) {
    try {
      const parsed = Answer.safeParse(JSON.parse(line));
      if (parsed.success) return parsed.data;
    } catch {
      // Printed by the library.
    }
  }
  return undefined;
}
