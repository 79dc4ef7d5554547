// One runner: a native plugin in a process of its own, and the calls to it.
//
// States: loading, ready, stopping, ended; from each also straight to ended. A call made in any but `ready` is refused.
// Whatever ends it (a crash, exit(), a broken line, `stop`) goes through one place, `#settle`, which fails every open
// call with its reason. Restarting is the business of NativePlugin.

import { FrameError, getU32 } from "../../base/frame-layout.ts";
import { FrameReader, type FrameView } from "../../base/frame-reader.ts";
import { FrameWriter } from "../../base/frame-writer.ts";
import { HostError } from "../../protocol/errors.ts";
import type { HostCallHandler, PluginLogLine } from "../../protocol/host-slots.ts";
import { LOAD_MS_MAX, RUNNER_STOP_GRACE_MS, STACK_MS_MAX } from "../../protocol/limits.ts";
import { CheckDesk } from "./check-desk.ts";
import type { CheckReport } from "./check-report.ts";
import { CHECKS_ARE_MADE, ENTRY, type Entry, KIND, PROTOCOL_VERSION, STATUS } from "./frames.ts";
import { HostCallDesk } from "./host-call-desk.ts";
import type { HostVersion } from "./host-version.ts";
import { type LoadedPlugin, readReady } from "./load-result.ts";
import { type PendingCall, PendingCalls } from "./pending-calls.ts";
import { endedCallError, type Fault, type RunnerEnd, readFault } from "./runner-end.ts";
import {
  endedLoadError,
  inputError,
  loadTimeoutError,
  overloadedError,
  protocolError,
  stoppedError,
  timeoutError,
  tooLargeError,
  versionError,
} from "./runner-errors.ts";
import { RunnerProcess } from "./runner-process.ts";

export interface RunnerOptions {
  readonly runnerPath: string;
  /** What the runner opens. */
  readonly library: string;
  /** What errors call it, when that is another path. */
  readonly shownLibrary?: string;
  /** What somebody whose call ended in a crash can do to find out more. */
  readonly whereToLook?: string | undefined;
  /** See `RunnerProcessOptions`. */
  readonly descriptor?: number | undefined;
  /** See `RunnerProcessOptions`. */
  readonly hostVersion?: HostVersion | undefined;
  /** What messages call the plugin: its id, or the library's file name while the id is not known. */
  readonly label: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly loadMs?: number;
  readonly stopGraceMs?: number;
  readonly onHostCall: HostCallHandler;
  onLog(line: PluginLogLine): void;
  /** What the plugin printed, a line at a time. */
  onOutput(stream: "stdout" | "stderr", line: string): void;
  /** A call passed its deadline; its thread cannot be stopped, so this runner should take no more calls. */
  onStuck?(): void;
}

export interface CallOptions {
  /** The agent that the call works for. */
  readonly agentId?: string | undefined;
  /** What is asked while the call runs belongs to this trace. */
  readonly traceId?: string | undefined;
  readonly deadlineMs: number;
  /** Whether time that the plugin waits for its host counts too. */
  readonly countsHostCalls?: boolean;
  /** For messages: `tool "inspect"`. */
  readonly what: string;
  /** Aborted when the caller waits no longer: what the plugin asked for in the call ends, the call itself goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** What the runner prints behind the stack of a stuck call. */
const STACK_END = "[osprey-runner] the end of the stack";

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
  readonly #checks: CheckDesk;
  #state: "loading" | "ready" | "stopping" | "ended" = "loading";
  #greeted = false;
  #stopped: Promise<RunnerEnd> | undefined;
  /** Set once a call is stuck: its thread cannot be stopped, so the plugin cannot be asked to clean up. */
  #stackPrinted: Promise<void> | undefined;
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
    this.#writer = new FrameWriter(socket ?? nowhere, KIND.call);
    this.#checks = new CheckDesk(this.#writer);
    this.#desk = new HostCallDesk(this.#writer, this.#pending, {
      handler: options.onHostCall,
      runner: this,
      isLoading: () => this.#state === "loading",
      unsentBytes: () => socket?.writableLength ?? 0,
    });
    socket?.on("drain", () => this.#desk.drained());
    this.ready = this.#loaded.promise;
    this.ready.catch(() => undefined);
    const loadMs = options.loadMs ?? LOAD_MS_MAX;
    const loadTimer = setTimeout(() => this.#close(loadTimeoutError(this.label, loadMs)), loadMs);
    void this.ready.then(
      () => clearTimeout(loadTimer),
      () => clearTimeout(loadTimer),
    );
    this.end = this.#process.end.then((process) => this.#settle(process));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Calls an entry of the plugin; gives its text, or `null` where it returned none. Fails with a `HostError`. */
  call(entry: Entry, args: readonly (string | Uint8Array | null)[], options: CallOptions): Promise<string | null> {
    if (this.#state !== "ready") return Promise.reject(new CallNeverBegan());
    return this.#send(entry, args, options);
  }

  #send(entry: Entry, args: readonly (string | Uint8Array | null)[], options: CallOptions): Promise<string | null> {
    // Nobody would answer any more.
    if (this.#state === "ended") return Promise.reject(new CallNeverBegan());
    const id = this.#pending.nextId();
    return new Promise((resolve, reject) => {
      try {
        const mayWait = this.#pending.size > 0;
        this.#writer.write(KIND.call, ENTRY[entry], id, 0, [options.agentId ?? null, ...args], mayWait);
      } catch (error) {
        return reject(inputError(error));
      }
      this.#pending.add({
        id,
        agentId: options.agentId,
        traceId: options.traceId,
        what: options.what,
        deadlineMs: options.deadlineMs,
        countsHostCalls: options.countsHostCalls ?? false,
        resolve,
        reject,
        signal: options.signal,
        deadlineAt: performance.now() + options.deadlineMs,
        hostCallsOpen: 0,
        hostCallsSince: 0,
        abandonment: undefined,
      });
    });
  }

  /** What a checked runner noticed of its plugin so far; once it has ended, up to then. Nothing from any other runner. */
  checkReport(): Promise<CheckReport | undefined> {
    return this.#checks.ask();
  }

  /** The same, as it was known last. */
  get lastCheckReport(): CheckReport | undefined {
    return this.#checks.last;
  }

  /** Resolves when no call is open. */
  idle(): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /**
   * Ends the runner: takes no more calls, waits for those that are open, lets the plugin clean up, asks the process to
   * leave. What takes longer than the grace time is ended by force. Later callers get the same end.
   */
  stop(): Promise<RunnerEnd> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Ends the process without the plugin's `destroy`; a stack that is being printed comes out first. */
  async kill(): Promise<RunnerEnd> {
    await this.#stackPrinted;
    this.#close(stoppedError(this.label));
    return await this.end;
  }

  async #stop(): Promise<RunnerEnd> {
    if (this.#state === "loading" || this.#stackPrinted) return await this.kill();
    const graceMs = this.#options.stopGraceMs ?? RUNNER_STOP_GRACE_MS;
    const force = setTimeout(() => this.#close(stoppedError(this.label)), graceMs);
    try {
      if (this.#state === "ready") {
        this.#state = "stopping";
        await this.idle();
        await this.#send("destroy", [], { deadlineMs: graceMs, what: "destroy" }).catch(() => undefined);
        // Whatever asks from now on is a thread that the plugin did not end.
        this.#desk.refuseAll();
        await this.#checks.ask();
      }
      this.#closedFor ??= stoppedError(this.label);
      this.#process.socket?.end();
      return await this.end;
    } finally {
      clearTimeout(force);
    }
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
      this.#close(protocolError(this.label, error.message));
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
        return this.#onHello(frame);
      case KIND.pong:
        return;
      case KIND.ready:
        return this.#onReady(frame);
      case KIND.report:
        return this.#checks.take(frame);
      case KIND.fault:
        this.#fault = readFault(frame);
        return;
      default:
        throw new FrameError(`a frame of kind ${frame.kind}`);
    }
  }

  #onReturn(frame: FrameView): void {
    // Read first: a frame that is broken fails every call that is still open, and this is one of them.
    const text = frame.text();
    const call = this.#pending.take(frame.id);
    // Nothing waits any more for an answer that comes after its deadline.
    if (!call) return;
    if (frame.op === STATUS.text) call.resolve(text);
    else if (frame.op === STATUS.null) call.resolve(null);
    else if (frame.op === STATUS.tooLarge) call.reject(tooLargeError(this.label, call.what));
    else call.reject(overloadedError(this.label, call.what, text ?? ""));
    this.#noteIdle();
  }

  #onLog(frame: FrameView): void {
    const { agentId, traceId } = this.#pending.get(frame.parent) ?? {};
    this.#options.onLog({ level: frame.op, message: frame.text() ?? "", payload: frame.text(), agentId, traceId });
  }

  #onHello(frame: FrameView): void {
    const version = frame.bytes();
    if (this.#greeted || version?.length !== 4) throw new FrameError("a HELLO that is none");
    this.#greeted = true;
    if (frame.op === CHECKS_ARE_MADE) this.#checks.opened();
    if (getU32(version, 0) !== PROTOCOL_VERSION) this.#close(versionError(getU32(version, 0), PROTOCOL_VERSION));
  }

  #onReady(frame: FrameView): void {
    if (this.#state !== "loading" || !this.#greeted) throw new FrameError("a READY out of turn");
    const loaded = this.#readReady(frame);
    if (loaded instanceof HostError) return this.#close(loaded);
    this.#state = "ready";
    this.#loaded.resolve(loaded);
  }

  #readReady(frame: FrameView): LoadedPlugin | HostError {
    const { library, shownLibrary = library } = this.#options;
    return readReady(frame, this.label, shownLibrary, library);
  }

  #onExpired(call: PendingCall): void {
    // The thread's stack goes to the plugin's output, for its author.
    this.#writer.write(KIND.dump, 0, call.id, 0, []);
    this.#stackPrinted ??= this.#process.printed(STACK_END, STACK_MS_MAX);
    call.reject(timeoutError(this.label, call.what, call.deadlineMs));
    this.#options.onStuck?.();
    this.#noteIdle();
  }

  #noteIdle(): void {
    if (this.#pending.size === 0) for (const done of this.#idle.splice(0)) done();
  }

  #settle(process: RunnerEnd["process"]): RunnerEnd {
    const wasLoading = this.#state === "loading";
    this.#state = "ended";
    this.#desk.close();
    this.#checks.close();
    const end: RunnerEnd = {
      process,
      fault: this.#fault,
      closedFor: this.#closedFor,
      outputTail: this.#process.outputTail,
    };
    for (const call of this.#pending.takeAll()) {
      // Without a list, or when answers may have got lost, every call may have begun.
      const began = this.#fault === undefined || this.#fault.answersLost || this.#fault.runningIds.has(call.id);
      call.reject(
        began ? endedCallError(this.label, call.what, call.id, end, this.#options.whereToLook) : new CallNeverBegan(),
      );
    }
    this.#noteIdle();
    if (wasLoading) this.#loaded.reject(endedLoadError(this.label, end, this.#options.whereToLook));
    return end;
  }
}
