// Runs one executable to its end and gives what it printed. Knows nothing of what the output means: the callers turn
// an outcome into an error of their own. Leaves no open pipe and no timer behind, and of a plugin that
// had to be ended no process.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { haltedMs, ProcessGroup } from "../../base/process-group.ts";
import { HostError } from "../../protocol/errors.ts";
import { PROCESS_DRAIN_MS_MAX, PROCESS_STDOUT_BYTES_MAX, PROCESS_STOP_GRACE_MS } from "../../protocol/limits.ts";
import { spawnError } from "./spawn-error.ts";
import { StderrReader } from "./stderr-reader.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ProcessRequest {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Ends the run early; the group gets SIGINT, or SIGTERM when the reason's `details.signal` is another signal. */
  readonly signal: AbortSignal;
  readonly stdoutBytesMax?: number;
  /** Gets what the process prints on stderr, as it comes. */
  readonly onStderr?: ((text: string) => void) | undefined;
}

export interface ProcessOutcome {
  /** `exited` also when a signal from outside ended it; in the other cases the host ended it. */
  readonly ended: "exited" | "timeout" | "stdout_too_large";
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  readonly stdout: Buffer;
  /** What it printed on stderr last. */
  readonly stderrTail: string;
  readonly durationMs: number;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const BUSY_RETRIES_MAX = 5;
const BUSY_RETRY_MS = 10;

/**
 * Runs an executable with an argument array (never a shell) in a process group of its own, with no input.
 * Throws `process_spawn_failed` when it cannot be started and `interrupted` when the signal ended it.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessOutcome> {
  if (request.signal.aborted) throw new HostError("interrupted", "interrupted");
  const startedAt = performance.now();
  const child = await spawnRetrying(request);
  const group = new ProcessGroup(child);
  try {
    const outcome = await follow(child, group, request);
    return {
      ...outcome,
      exitCode: child.exitCode,
      signalCode: child.signalCode,
      durationMs: performance.now() - startedAt,
    };
  } finally {
    group.release();
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref(); // Matters only for a process that even SIGKILL could not end.
  }
}

async function follow(child: Child, group: ProcessGroup, request: ProcessRequest) {
  const exited = new Promise<"exited">((resolve) => child.once("exit", () => resolve("exited")));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stderr = new StderrReader(child.stderr, request.onStderr);
  const stdout = collect(child.stdout, request.stdoutBytesMax ?? PROCESS_STDOUT_BYTES_MAX);

  const ending = await firstEnding(request, exited, stdout.overflowed);
  if (ending === "exited") await drain(group, closed);
  else await stop(group, ending === "aborted" ? passedOnSignal(request.signal) : "SIGTERM", exited, closed);

  const stderrTail = stderr.end();
  if (ending === "aborted") throw new HostError("interrupted", "interrupted");
  const ended = stdout.isTooLarge() ? ("stdout_too_large" as const) : ending;
  return { ended, stdout: stdout.bytes(), stderrTail };
}

async function firstEnding(
  { timeoutMs, signal }: ProcessRequest,
  exited: Promise<"exited">,
  overflowed: Promise<"stdout_too_large">,
) {
  const { promise: aborted, resolve: onAbort } = Promise.withResolvers<"aborted">();
  const { promise: late, resolve: onLate } = Promise.withResolvers<"timeout">();
  const abort = () => onAbort("aborted");
  let allowedFor = haltedMs();
  const onTime = () => {
    // What was halted (Ctrl-Z) had no time to answer.
    const owedMs = haltedMs() - allowedFor;
    allowedFor += owedMs;
    if (owedMs > 0) timer = setTimeout(onTime, owedMs);
    // Not at once: when somebody else halted us, the deadline has passed, but the answer may be there as well.
    else setImmediate(onLate, "timeout");
  };
  let timer = setTimeout(onTime, timeoutMs);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort(); // It may have come while the process was being started.
  try {
    return await Promise.race([exited, overflowed, aborted, late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/**
 * The leader has exited by itself. What it wrote is still on its way through the pipes; a process it left behind may
 * hold them open for ever, so the wait is short and such a process then has to go.
 */
async function drain(group: ProcessGroup, closed: Promise<void>): Promise<void> {
  if (!(await within(closed, PROCESS_DRAIN_MS_MAX))) group.signal("SIGKILL");
}

/** Ends the group: ask, wait, then force. */
async function stop(
  group: ProcessGroup,
  signal: NodeJS.Signals,
  exited: Promise<unknown>,
  closed: Promise<void>,
): Promise<void> {
  const deadline = performance.now() + PROCESS_STOP_GRACE_MS;
  group.signal(signal);
  const isClosed = await within(closed, PROCESS_STOP_GRACE_MS);
  if (isClosed && (await group.gone(deadline - performance.now()))) return;
  group.signal("SIGKILL");
  await within(exited, PROCESS_DRAIN_MS_MAX);
}

function passedOnSignal(signal: AbortSignal): NodeJS.Signals {
  const { reason } = signal;
  const received = reason instanceof HostError ? reason.details?.["signal"] : undefined;
  return received === undefined || received === "SIGINT" ? "SIGINT" : "SIGTERM";
}

/** Whether the promise was kept in time. */
async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, ms, false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Takes all that a pipe brings and keeps it up to a limit; past it, everything is let go. */
function collect(pipe: Readable, bytesMax: number) {
  const { promise: overflowed, resolve } = Promise.withResolvers<"stdout_too_large">();
  let chunks: Buffer[] = [];
  let count = 0;
  pipe.on("error", () => {}); // A broken pipe is no event of its own: the process ends, or the deadline comes.
  pipe.on("data", (chunk: Buffer) => {
    count += chunk.length;
    if (count <= bytesMax) chunks.push(chunk);
    else {
      chunks = [];
      resolve("stdout_too_large");
    }
  });
  return { overflowed, isTooLarge: () => count > bytesMax, bytes: () => Buffer.concat(chunks) };
}

/** A file that somebody is still writing cannot be run for a moment; a freshly copied plugin runs into that. */
async function spawnRetrying(request: ProcessRequest): Promise<Child> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await spawnOnce(request);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ETXTBSY" || attempt === BUSY_RETRIES_MAX) throw spawnError(request.path, request.cwd, error);
      await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
    }
  }
}

/** Some failures are thrown by `spawn` itself, others come as an event. */
async function spawnOnce({ path, args, env, cwd }: ProcessRequest): Promise<Child> {
  const child = spawn(path, args, { env, cwd, detached: true, shell: false, stdio: ["ignore", "pipe", "pipe"] });
  return await new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child));
    child.on("error", (error) => {
      // Whatever the types say: when there is no descriptor left, there are no pipes either.
      (child.stdout as Readable | undefined)?.destroy();
      (child.stderr as Readable | undefined)?.destroy();
      reject(error);
    });
  });
}
