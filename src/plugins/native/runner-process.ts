// The operating-system process of one runner: its start, its socket, what it prints, its end.
//
// States: running, then ended. `end` resolves once the process is reaped and its socket is read to the end, so that no
// answer the plugin gave before it died is lost. Nothing of it is left then: no process of its group, no descriptor.

import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";
import { LineSplitter } from "../../base/line-splitter.ts";
import { ProcessGroup } from "../../base/process-group.ts";
import { OUTPUT_LINE_CHARS_MAX, RUNNER_EXIT_MS_MAX, RUNNER_OUTPUT_CHARS_KEPT_MAX } from "../../protocol/limits.ts";
import { type HostVersion, NEWEST_HOST_VERSION } from "./host-version.ts";
import { RUNNER_DESCRIPTOR } from "./verified-copy.ts";

export interface RunnerProcessOptions {
  readonly runnerPath: string;
  /** What the runner opens. */
  readonly library: string;
  /** An open file for the runner to inherit as `RUNNER_DESCRIPTOR`: `library` is a path to that. */
  readonly descriptor?: number | undefined;
  /** For people who look at the list of processes. */
  readonly label: string;
  /** The version of the host that the plugin gets to see; without it, the newest. */
  readonly hostVersion?: HostVersion | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  onData(chunk: Buffer): void;
  /** What the plugin printed, a line at a time, without the line break. */
  onOutput(stream: "stdout" | "stderr", line: string): void;
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
  /** Undefined when the process could not be started. */
  readonly #group: ProcessGroup | undefined;
  readonly #lineWaiters = new Set<(line: string) => void>();
  #tail = "";

  constructor(options: RunnerProcessOptions) {
    // A session of its own, so that the terminal's Ctrl-C does not hit it and its children can be ended with it.
    const { runnerPath, library, descriptor, label, hostVersion = NEWEST_HOST_VERSION } = options;
    const inherited = descriptor === undefined ? [] : [descriptor];
    const number = descriptor === undefined ? 0 : RUNNER_DESCRIPTOR;
    const version = hostVersion === NEWEST_HOST_VERSION ? [] : ["--host-version", `${hostVersion}`];
    this.#child = spawn(runnerPath, [...version, library, `${number}`, label], {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ["ignore", "pipe", "pipe", "pipe", ...inherited],
      detached: true,
    });
    const exited = exitOf(this.#child);
    this.#group = this.#child.pid === undefined ? undefined : new ProcessGroup(this.#child);
    // When the system has run out of descriptors, there are no streams at all.
    this.socket = (this.#child.stdio?.[3] as Socket | null | undefined) ?? undefined;
    if (this.socket) readOnWhenWritesFail(this.socket);
    this.end = this.#watch(exited, options);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last of what the plugin printed, both streams together. */
  get outputTail(): string {
    return this.#tail;
  }

  /** Resolves when a line with this text is printed, when the process has ended, or after the given time. */
  async printed(text: string, msMax: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (line: string) => line.includes(text) && resolve();
    const timer = setTimeout(resolve, msMax);
    this.#lineWaiters.add(look);
    await Promise.race([promise, this.end]);
    this.#lineWaiters.delete(look);
    clearTimeout(timer);
  }

  /** Ends the process and its children at once. Does nothing when it is gone already. */
  kill(): void {
    this.#group?.signal("SIGKILL");
  }

  async #watch(exited: Promise<Error | undefined>, options: RunnerProcessOptions): Promise<ProcessEnd> {
    const { socket } = this;
    const { stdout, stderr } = this.#child;
    this.#collect("stdout", stdout, options);
    this.#collect("stderr", stderr, options);
    const socketClosed = closed(socket);
    socket?.on("data", options.onData);
    const drained = Promise.all([socketClosed, closed(stdout), closed(stderr)]);

    // The end shows on the socket first, as a rule; a process that closed it and lives on is of no use.
    void socketClosed.then(() => within(exited, RUNNER_EXIT_MS_MAX, () => this.kill()));
    const spawnError = await exited;
    this.#group?.signal("SIGKILL"); // What the plugin started ends with it.
    // A child of the plugin that inherited the socket cannot keep it open for long: it was just ended.
    await within(drained, RUNNER_EXIT_MS_MAX, () => {
      for (const stream of [socket, stdout, stderr]) stream?.destroy();
    });
    this.#group?.release();
    const { exitCode: code, signalCode: signal } = this.#child;
    return { code, signal, ...(spawnError ? { spawnError } : {}) };
  }

  #collect(name: "stdout" | "stderr", stream: Readable | null, options: RunnerProcessOptions): void {
    if (!stream) return;
    const lines = new LineSplitter((line) => {
      options.onOutput(name, line);
      for (const look of this.#lineWaiters) look(line);
    }, OUTPUT_LINE_CHARS_MAX);
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      this.#tail = (this.#tail + text).slice(-RUNNER_OUTPUT_CHARS_KEPT_MAX);
      lines.push(text);
    });
    stream.once("close", () => lines.end());
  }
}

/** Resolves when the process is reaped, or with the error that kept it from starting. */
function exitOf(child: ChildProcess): Promise<Error | undefined> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve(undefined));
    child.on("error", (error) => resolve(child.pid === undefined ? error : undefined));
  });
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
  const { _write: write, _writev: writev } = socket;
  if (!write || !writev) throw new Error("this Node's sockets have no _write and _writev");
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
