// The operating-system process of one runner: its start, its socket, what it prints, its end.
//
// States: running, then ended. `end` resolves once the process is reaped and its socket is read to the end, so that no
// answer the plugin gave before it died is lost. Nothing of it is left then: no process of its group, no descriptor.

import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";
import { RUNNER_EXIT_MS_MAX, RUNNER_OUTPUT_BYTES_KEPT_MAX } from "../../protocol/limits.ts";

export interface RunnerProcessOptions {
  readonly runnerPath: string;
  readonly library: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  onData(chunk: Buffer): void;
  /** What the plugin printed, as it comes. */
  onOutput(stream: "stdout" | "stderr", text: string): void;
}

export interface ProcessEnd {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started at all. */
  readonly spawnError?: Error;
}

export class RunnerProcess {
  readonly socket: Socket | undefined;
  readonly end: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  #tail = "";
  #hasEnded = false;

  constructor(options: RunnerProcessOptions) {
    // A session of its own, so that the terminal's Ctrl-C does not hit it and its children can be ended with it.
    this.#child = spawn(options.runnerPath, [options.library], {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      detached: true,
    });
    this.socket = (this.#child.stdio[3] as Socket | null) ?? undefined;
    this.end = this.#watch(options);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The last of what the plugin printed, both streams together. */
  get outputTail(): string {
    return this.#tail;
  }

  /** Ends the process and its children at once. Does nothing when it is gone already. */
  kill(): void {
    if (this.#hasEnded || this.#child.pid === undefined) return;
    signalGroup(this.#child.pid);
    this.#child.kill("SIGKILL");
  }

  async #watch(options: RunnerProcessOptions): Promise<ProcessEnd> {
    const { socket } = this;
    for (const name of ["stdout", "stderr"] as const) this.#collect(name, options);
    let spawnError: Error | undefined;
    const exited = new Promise<void>((resolve) => {
      this.#child.once("exit", resolve);
      this.#child.once("error", (error) => {
        spawnError = error;
        resolve();
      });
    });
    const socketClosed = closed(socket);
    if (socket) readOnWhenWritesFail(socket);
    socket?.on("data", options.onData);
    const drained = Promise.all([socketClosed, closed(this.#child.stdout), closed(this.#child.stderr)]);

    // The end shows on the socket first, as a rule; a process that closed it and lives on is of no use.
    void socketClosed.then(() => within(exited, RUNNER_EXIT_MS_MAX, () => this.kill()));
    await exited;
    if (this.#child.pid !== undefined) signalGroup(this.#child.pid);
    // A child of the plugin that inherited the socket cannot keep it open for long: it was just ended.
    await within(drained, RUNNER_EXIT_MS_MAX, () => {
      for (const stream of [socket, this.#child.stdout, this.#child.stderr]) stream?.destroy();
    });
    this.#hasEnded = true;
    const { exitCode: code, signalCode: signal } = this.#child;
    return { code, signal, ...(spawnError ? { spawnError } : {}) };
  }

  #collect(name: "stdout" | "stderr", options: RunnerProcessOptions): void {
    const stream = this.#child[name];
    if (!stream) return;
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      this.#tail = (this.#tail + text).slice(-RUNNER_OUTPUT_BYTES_KEPT_MAX);
      options.onOutput(name, text);
    });
  }
}

/** Resolves when the stream is closed; an error on it is the other side's end, which shows elsewhere. */
function closed(stream: Duplex | Readable | null | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!stream) return resolve();
    stream.on("error", () => stream.destroy());
    stream.once("close", () => resolve());
  });
}

/**
 * A write that finds the runner gone must not close our end: its last answers may still wait to be read. That it is
 * gone shows once they have been.
 */
function readOnWhenWritesFail(socket: Socket): void {
  const write = socket._write;
  const writev = socket._writev!;
  const past = (done: (error?: Error | null) => void) => (error?: Error | null) => {
    const { code } = (error ?? {}) as NodeJS.ErrnoException;
    done(code === "EPIPE" || code === "ECONNRESET" ? null : error);
  };
  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, past(done));
  socket._writev = (chunks, done) => writev.call(socket, chunks, past(done));
}

/** Waits for `done`; when it takes longer than `ms`, calls `hurry` and goes on waiting. */
async function within(done: Promise<unknown>, ms: number, hurry: () => void): Promise<void> {
  const timer = setTimeout(hurry, ms);
  try {
    await done;
  } finally {
    clearTimeout(timer);
  }
}

function signalGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in the group.
  }
}
