// Runs the command line that builds a project: in a process group of its own, of which nothing is left when it is over.
// What it prints is kept as far as there is room, the end of it always.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { ProcessGroup } from "../base/process-group.ts";
import { HostError } from "../protocol/errors.ts";
import {
  BUILD_MS_MAX,
  BUILD_OUTPUT_BYTES_MAX,
  PROCESS_DRAIN_MS_MAX,
  PROCESS_STOP_GRACE_MS,
} from "../protocol/limits.ts";

export interface BuildRequest {
  /** For a shell. */
  readonly command: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the build. */
  readonly signal: AbortSignal;
  /** The build runs and leads the process group of that id; what it returns is called when nothing of it runs any more. */
  onStarted?(groupId: number): () => void;
  /** Less time than there is by itself, for tests. */
  readonly msMax?: number;
}

export interface BuildOutcome {
  /** `exited` also when a signal from outside ended it. */
  readonly ended: "exited" | "timeout";
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  /** What it printed on both outputs, in order; of too much, the end. */
  readonly output: string;
  readonly isCut: boolean;
  readonly ms: number;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Throws `interrupted` when the signal ended it, and `build_failed` when no shell can be started. */
export async function runBuild(request: BuildRequest): Promise<BuildOutcome> {
  const { command, folder, env, signal, msMax = BUILD_MS_MAX } = request;
  if (signal.aborted) throw new HostError("interrupted", "interrupted");
  const startedAt = performance.now();
  const child: Child = spawn("/bin/sh", ["-c", command], {
    cwd: folder,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { promise: exited, resolve, reject } = Promise.withResolvers<"exited">();
  child.once("error", (error) => reject(notStarted(error)));
  child.once("exit", () => resolve("exited"));
  const output = new BuildOutput(child);
  const closed = new Promise<void>((done) => child.once("close", () => done()));
  // A process that never started leads no group, and its error is on the way.
  const group = child.pid === undefined ? undefined : new ProcessGroup(child);
  const onOver = group && request.onStarted?.(group.id);
  try {
    const ending = await firstOf(exited, signal, msMax);
    if (ending === "exited") await within(closed, PROCESS_DRAIN_MS_MAX);
    if (group !== undefined) await endGroup(group, ending === "exited");
    if (ending !== "exited") await within(exited, PROCESS_DRAIN_MS_MAX);
    if (ending === "aborted") throw new HostError("interrupted", "interrupted");
    const { exitCode, signalCode } = child;
    const ms = performance.now() - startedAt;
    return { ended: ending, exitCode, signalCode, output: output.text(), isCut: output.isCut, ms };
  } finally {
    group?.release();
    onOver?.();
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
  }
}

/** What is left of the build ends as well: it would write into the next one. */
async function endGroup(group: ProcessGroup, leaderIsGone: boolean): Promise<void> {
  if (!group.isAlive) return;
  group.signal("SIGTERM");
  if (await group.gone(leaderIsGone ? PROCESS_DRAIN_MS_MAX : PROCESS_STOP_GRACE_MS)) return;
  group.signal("SIGKILL");
  await group.gone(PROCESS_DRAIN_MS_MAX);
}

async function firstOf(exited: Promise<"exited">, signal: AbortSignal, msMax: number) {
  const { promise: aborted, resolve: onAbort } = Promise.withResolvers<"aborted">();
  const { promise: late, resolve: onLate } = Promise.withResolvers<"timeout">();
  const abort = () => onAbort("aborted");
  const timer = setTimeout(onLate, msMax, "timeout");
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([exited, aborted, late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

/** Takes all that both pipes bring and keeps the end of it. */
class BuildOutput {
  #pieces: string[] = [];
  #chars = 0;
  isCut = false;

  constructor({ stdout, stderr }: Child) {
    for (const pipe of [stdout, stderr]) {
      const decoder = new StringDecoder("utf8");
      pipe.on("error", () => {}); // The end of the process says enough.
      pipe.on("data", (chunk: Buffer) => this.#take(decoder.write(chunk)));
      pipe.on("end", () => this.#take(decoder.end()));
    }
  }

  text(): string {
    return this.#pieces.join("");
  }

  #take(text: string): void {
    if (text === "") return;
    this.#pieces.push(text);
    this.#chars += text.length;
    while (this.#chars > BUILD_OUTPUT_BYTES_MAX) {
      this.isCut = true;
      const first = this.#pieces[0]!;
      const over = this.#chars - BUILD_OUTPUT_BYTES_MAX;
      if (first.length <= over) this.#pieces.shift();
      else this.#pieces[0] = first.slice(over);
      this.#chars -= Math.min(first.length, over);
    }
  }
}

function notStarted(error: Error): HostError {
  return new HostError("build_failed", `no shell can be started for the build: ${error.message}`, { cause: error });
}
