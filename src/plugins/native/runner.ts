// One runner: a native plugin in a process of its own, and the calls to it.
//
// States: loading, then ready, then ended; or loading, then ended. A call made in any state but `ready` is refused.
// Whatever ends it (a crash, exit(), a broken line, `stop`) goes through one place, `#settle`, which fails every open
// call with its reason. Restarting is the business of NativePlugin.

import { HostError } from "../../protocol/errors.ts";
import type { HostCallHandler, PluginLogLine } from "../../protocol/host-slots.ts";
import { LOAD_MS_MAX, RUNNER_STOP_GRACE_MS } from "../../protocol/limits.ts";
import { FrameReader, type FrameView } from "./frame-reader.ts";
import { FrameWriter } from "./frame-writer.ts";
import { ENTRY, type Entry, FrameError, KIND, STATUS } from "./frames.ts";
import { HostCallDesk } from "./host-call-desk.ts";
import { type LoadedPlugin, readReady } from "./load-result.ts";
import { type PendingCall, PendingCalls } from "./pending-calls.ts";
import { describeEnd, endedCallError, type Fault, type RunnerEnd, readFault } from "./runner-end.ts";
import { RunnerProcess } from "./runner-process.ts";

export interface RunnerOptions {
  readonly runnerPath: string;
  readonly library: string;
  /** What messages call the plugin: its id, or the library's file name while the id is not known. */
  readonly label: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly loadMs?: number;
  readonly stopGraceMs?: number;
  readonly onHostCall: HostCallHandler;
  onLog(line: PluginLogLine): void;
  onOutput(stream: "stdout" | "stderr", text: string): void;
  /** A call passed its deadline; its thread cannot be stopped, so this runner should take no more calls. */
  onStuck?(): void;
}

export interface CallOptions {
  /** The agent that the call works for. */
  readonly agentId?: string | undefined;
  readonly deadlineMs: number;
  /** Whether time that the plugin waits for its host counts too. */
  readonly countsHostCalls?: boolean;
  /** For messages: `tool "inspect"`. */
  readonly what: string;
}

/** A call that is known not to have begun when the runner ended: it may be made again elsewhere. */
export class CallNeverBegan extends Error {}

export class Runner {
  /** What was loaded; rejects with a `HostError` when loading failed. */
  readonly ready: Promise<LoadedPlugin>;
  readonly end: Promise<RunnerEnd>;
  /** What messages call the plugin; its id, once that is known. */
  label: string;
  readonly #options: RunnerOptions;
  readonly #process: RunnerProcess;
  readonly #writer: FrameWriter;
  readonly #reader = new FrameReader((frame) => this.#onFrame(frame));
  readonly #pending = new PendingCalls((call) => this.#onExpired(call));
  readonly #desk: HostCallDesk;
  #state: "loading" | "ready" | "ended" = "loading";
  #fault: Fault | undefined;
  #closedFor: HostError | undefined;
  #loaded = Promise.withResolvers<LoadedPlugin>();
  #idle: (() => void)[] = [];

  constructor(options: RunnerOptions) {
    this.label = options.label;
    this.#options = options;
    this.#process = new RunnerProcess({ ...options, onData: (chunk) => this.#onData(chunk) });
    const { socket } = this.#process;
    const nowhere = { write() {}, cork() {}, uncork() {} };
    this.#writer = new FrameWriter(socket ?? nowhere);
    this.#desk = new HostCallDesk(this.#writer, this.#pending, options.onHostCall);
    this.ready = this.#loaded.promise;
    this.ready.catch(() => undefined);
    const loadTimer = setTimeout(() => this.#close(this.#loadTimeout()), options.loadMs ?? LOAD_MS_MAX);
    void this.ready.then(
      () => clearTimeout(loadTimer),
      () => clearTimeout(loadTimer),
    );
    this.end = this.#process.end.then((process) => this.#settle(process));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get callsOpen(): number {
    return this.#pending.size;
  }

  /** Calls an entry of the plugin; gives its text, or `null` where it returned none. Fails with a `HostError`. */
  call(entry: Entry, args: readonly (string | Uint8Array | null)[], options: CallOptions): Promise<string | null> {
    if (this.#state !== "ready") return Promise.reject(new CallNeverBegan());
    const id = this.#pending.nextId();
    return new Promise((resolve, reject) => {
      try {
        this.#writer.write(KIND.call, ENTRY[entry], id, 0, [options.agentId ?? null, ...args]);
      } catch (error) {
        return reject(inputError(error));
      }
      this.#pending.add({
        id,
        agentId: options.agentId,
        what: options.what,
        deadlineMs: options.deadlineMs,
        countsHostCalls: options.countsHostCalls ?? false,
        resolve,
        reject,
        deadlineAt: performance.now() + options.deadlineMs,
        hostCallsOpen: 0,
        hostCallsSince: 0,
      });
    });
  }

  /** Resolves when no call is open. */
  idle(): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Ends the runner: lets the plugin clean up, asks the process to leave, then forces it. Safe to call twice. */
  async stop(): Promise<RunnerEnd> {
    const graceMs = this.#options.stopGraceMs ?? RUNNER_STOP_GRACE_MS;
    const force = setTimeout(() => this.#process.kill(), graceMs);
    try {
      if (this.#state === "ready") {
        await this.call("destroy", [], { deadlineMs: graceMs, what: "destroy" }).catch(() => undefined);
      }
      this.#closedFor ??= new HostError("plugin_stopped", `plugin "${this.label}" was stopped`);
      if (this.#state === "loading") this.#process.kill();
      this.#process.socket?.end();
      return await this.end;
    } finally {
      clearTimeout(force);
    }
  }

  /** Ends the process at once, without the plugin's `destroy`: for one that no longer reacts. */
  kill(): void {
    this.#close(new HostError("plugin_stopped", `plugin "${this.label}" was stopped`));
  }

  /** Ends the runner at once. Open calls fail with `reason`. */
  #close(reason: HostError): void {
    this.#closedFor ??= reason;
    this.#process.kill();
  }

  #onData(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#close(
        new HostError(
          "plugin_protocol",
          `plugin "${this.label}" broke its line to the host: ${error.message}`,
          {
            hint: "the plugin wrote over the runner's memory or onto its socket",
          },
        ),
      );
      this.#process.socket?.destroy();
    }
  }

  #onFrame(frame: FrameView): void {
    switch (frame.kind) {
      case KIND.return:
        return this.#onReturn(frame);
      case KIND.hostCall:
        return this.#desk.serve(frame);
      case KIND.log:
        return this.#onLog(frame);
      case KIND.credit:
        return this.#desk.credit(frame);
      case KIND.hello:
      case KIND.pong:
        return;
      case KIND.ready:
        return this.#onReady(frame);
      case KIND.fault:
        this.#fault = readFault(frame);
        return;
      default:
        throw new FrameError(`a frame of kind ${frame.kind}`);
    }
  }

  #onReturn(frame: FrameView): void {
    const call = this.#pending.take(frame.id);
    // Nothing waits any more for an answer that comes after its deadline.
    if (!call) return;
    const text = frame.text();
    if (frame.op === STATUS.text) call.resolve(text);
    else if (frame.op === STATUS.null) call.resolve(null);
    else if (frame.op === STATUS.tooLarge) call.reject(this.#tooLarge(call));
    else call.reject(this.#refused(call, text ?? ""));
    this.#noteIdle();
  }

  #refused(call: PendingCall, reason: string): HostError {
    return new HostError("plugin_overloaded", `plugin "${this.label}" could not run ${call.what}: ${reason}`, {
      hint: "try again when fewer calls are open",
    });
  }

  #tooLarge(call: PendingCall): HostError {
    return new HostError(
      "output_too_large",
      `the answer of plugin "${this.label}" to ${call.what} is over 64 MiB`,
      {
        hint: "let the tool give a part of it, or write it to a file",
      },
    );
  }

  #onLog(frame: FrameView): void {
    const agentId = this.#pending.get(frame.parent)?.agentId;
    this.#options.onLog({ level: frame.op, message: frame.text() ?? "", payload: frame.text(), agentId });
  }

  #onReady(frame: FrameView): void {
    if (this.#state !== "loading") throw new FrameError("a second READY");
    const loaded = readReady(frame, this.label, this.#options.library);
    if (loaded instanceof HostError) return this.#close(loaded);
    this.#state = "ready";
    this.#loaded.resolve(loaded);
  }

  #onExpired(call: PendingCall): void {
    // The thread's stack goes to the plugin's output, for its author.
    this.#writer.write(KIND.dump, 0, call.id, 0, []);
    call.reject(
      new HostError(
        "plugin_timeout",
        `plugin "${this.label}" gave no answer to ${call.what} in ${call.deadlineMs} ms`,
        {
          hint: "what the plugin printed last shows where it was",
          details: { plugin: this.label, waited_ms: call.deadlineMs },
        },
      ),
    );
    this.#options.onStuck?.();
    this.#noteIdle();
  }

  #noteIdle(): void {
    if (this.#pending.size === 0) for (const done of this.#idle.splice(0)) done();
  }

  #loadTimeout(): HostError {
    const ms = this.#options.loadMs ?? LOAD_MS_MAX;
    return new HostError("load_timeout", `plugin "${this.label}" was not loaded after ${ms} ms`, {
      hint: "its constructor, init or get_manifest does not return",
      details: { waited_ms: ms },
    });
  }

  #settle(process: RunnerEnd["process"]): RunnerEnd {
    const wasLoading = this.#state === "loading";
    this.#state = "ended";
    this.#desk.close();
    const end: RunnerEnd = {
      process,
      fault: this.#fault,
      closedFor: this.#closedFor,
      outputTail: this.#process.outputTail,
    };
    for (const call of this.#pending.takeAll()) {
      const began = this.#fault === undefined || this.#fault.runningIds.has(call.id);
      call.reject(began ? endedCallError(this.label, call.what, call.id, end) : new CallNeverBegan());
    }
    this.#noteIdle();
    if (wasLoading) this.#loaded.reject(this.#loadError(end));
    return end;
  }

  #loadError(end: RunnerEnd): HostError {
    if (end.closedFor) return end.closedFor;
    const { label } = this.#options;
    if (end.process.spawnError) {
      return new HostError(
        "runner_start_failed",
        `the runner for "${label}" did not start: ${end.process.spawnError.message}`,
        {
          hint: 'run "make setup" to build it',
        },
      );
    }
    return new HostError("load_crashed", `plugin "${label}" ${describeEnd(end)} while it was loaded`, {
      hint: "see what it printed last; its author can debug the library with any tool that loads it",
      details: { signal: end.fault?.signal ?? end.process.signal, entry: end.fault?.entry ?? null },
    });
  }
}

/** A text that cannot be put into a frame is the caller's mistake. */
function inputError(error: unknown): unknown {
  if (!(error instanceof FrameError)) return error;
  return new HostError("input_too_large", `the input cannot be handed to the plugin: ${error.message}`);
}
