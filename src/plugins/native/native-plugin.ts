// One native plugin over its whole life: which runner serves it now, and what happens when that runner ends.
//
// States: idle → loading → loaded ⇄ waiting → ... → stopped; or loading → failed.
//   loaded   a runner takes calls
//   waiting  the runner ended by itself; after a back-off that doubles with every crash the next one is loaded
//   failed   the very first load went wrong: nothing is tried again until somebody asks
// A runner in which a call is stuck is retired: it takes no new calls, finishes those it has, and is killed then; the
// next runner serves meanwhile. `stop` ends every runner there is.

import { setTimeout as delay } from "node:timers/promises";
import { HostError, toHostError } from "../../protocol/errors.ts";
import type { HostCallHandler, PluginLogLine } from "../../protocol/host-slots.ts";
import {
  LOAD_MS_MAX,
  RUNNER_BACKOFF_MS_MAX,
  RUNNER_BACKOFF_MS_MIN,
  RUNNER_RETIRED_MS_MAX,
  RUNNER_STABLE_MS_MIN,
} from "../../protocol/limits.ts";
import { type Manifest, parseManifest } from "../../protocol/manifest.ts";
import type { Entry } from "./frames.ts";
import type { LoadedPlugin } from "./load-result.ts";
import { CallNeverBegan, type CallOptions, Runner } from "./runner.ts";
import { describeEnd, type RunnerEnd } from "./runner-end.ts";

/** A plugin that is ready for calls. */
export interface LoadedNativePlugin extends LoadedPlugin {
  readonly manifest: Manifest;
}

interface NativePluginEvents {
  onLog(line: PluginLogLine): void;
  onOutput(stream: "stdout" | "stderr", line: string): void;
  /** A runner ended by itself; the next one is loaded after `restartInMs`. */
  onCrash(story: string, end: RunnerEnd, restartInMs: number): void;
}

export interface NativePluginOptions {
  readonly runnerPath: string;
  readonly library: string;
  /** The id that the manifest must bear; undefined for a library that is called without being installed. */
  readonly expectedId: string | undefined;
  readonly label: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly loadMs?: number;
  readonly backoffMsMin?: number;
  readonly onHostCall: HostCallHandler;
  readonly events: NativePluginEvents;
}

export type NativePluginState = "idle" | "loading" | "loaded" | "waiting" | "failed" | "stopped";

/** Calls that come while a restart is further away than this fail at once. */
const RESTART_WAIT_MS_MAX = 1_000;

export class NativePlugin {
  readonly #options: NativePluginOptions;
  readonly #runners = new Set<Runner>();
  readonly #stopping = new AbortController();
  #state: NativePluginState = "idle";
  #current: Runner | undefined;
  #loaded: LoadedNativePlugin | undefined;
  /** Settles when the plugin is loaded (again), or when that failed. */
  #ready: Promise<LoadedNativePlugin> | undefined;
  #restartAt = 0;
  #crashesInARow = 0;

  constructor(options: NativePluginOptions) {
    this.#options = options;
  }

  get state(): NativePluginState {
    return this.#state;
  }

  /** Process id of the runner that serves now. */
  get pid(): number | undefined {
    return this.#state === "loaded" ? this.#current?.pid : undefined;
  }

  /** What was loaded last; known also while a restart is under way. */
  get loaded(): LoadedNativePlugin | undefined {
    return this.#loaded;
  }

  /**
   * Loads the plugin, once: later callers get the same result. Fails with a `HostError`.
   *
   * @param loadMs less time than there is by itself, for a caller that has no more.
   */
  load(loadMs?: number): Promise<LoadedNativePlugin> {
    if (this.#state === "stopped") return Promise.reject(this.#stoppedError());
    if (!this.#ready) {
      this.#ready = this.#start(loadMs);
      this.#ready.catch(() => {
        if (this.#state !== "loading") return;
        this.#state = "failed";
        this.#ready = undefined; // Whoever asks again gets a new try.
      });
    }
    return this.#ready;
  }

  /**
   * Calls an entry of the plugin, loading it first where that is due. A call that had not begun when its runner ended
   * is made once more in the next one; no other call is ever repeated.
   */
  async call(
    entry: Entry,
    args: readonly (string | Uint8Array | null)[],
    options: CallOptions,
  ): Promise<string | null> {
    for (let attempt = 0; ; attempt++) {
      if (this.#state !== "loaded") await this.#awaitLoaded();
      const runner = this.#current!;
      try {
        return await runner.call(entry, args, options);
      } catch (error) {
        if (!(error instanceof CallNeverBegan)) throw error;
        // The end is dealt with before anybody tries again: only then is it known what comes next.
        await runner.end;
        if (attempt > 0) throw this.#restartingError(Math.max(0, this.#restartAt - performance.now()));
      }
    }
  }

  /**
   * Ends every runner and waits until they are gone. Calls that are open get the grace time to finish, or none with
   * `atOnce`; those that do not fail with `plugin_stopped`. Safe to call twice.
   */
  async stop({ atOnce = false } = {}): Promise<void> {
    this.#state = "stopped";
    this.#stopping.abort();
    await Promise.all([...this.#runners].map((runner) => (atOnce ? runner.kill() : runner.stop())));
  }

  async #awaitLoaded(): Promise<void> {
    const waitMs = this.#restartAt - performance.now();
    if (this.#state === "waiting" && waitMs > RESTART_WAIT_MS_MAX) throw this.#restartingError(waitMs);
    // The restart's own timer lets the program end; while somebody waits for it, it must not.
    const keepAlive = setInterval(() => undefined, RUNNER_BACKOFF_MS_MAX);
    try {
      await this.load();
    } finally {
      clearInterval(keepAlive);
    }
  }

  /** What get_manifest returns, also when it is no manifest. For a plugin that is not going to be called. */
  async readManifest(): Promise<string> {
    if (this.#state === "stopped") throw this.#stoppedError();
    return (await this.#spawn().ready).manifestText;
  }

  #spawn(loadMs = LOAD_MS_MAX): Runner {
    const { events } = this.#options;
    const runner = new Runner({
      ...this.#options,
      loadMs: Math.min(loadMs, this.#options.loadMs ?? LOAD_MS_MAX),
      onLog: (line) => events.onLog(line),
      onOutput: (stream, line) => events.onOutput(stream, line),
      onStuck: () => this.#retire(runner),
    });
    this.#runners.add(runner);
    void runner.end.then(() => this.#runners.delete(runner));
    return runner;
  }

  /** Starts a runner and makes it the current one when it has loaded. */
  async #start(loadMs?: number): Promise<LoadedNativePlugin> {
    this.#state = "loading";
    const { expectedId, label } = this.#options;
    const startedAt = performance.now();
    const runner = this.#spawn(loadMs);
    const plugin = await runner.ready;
    try {
      const manifest = parseManifest(plugin.manifestText, label);
      if (expectedId !== undefined && manifest.plugin_id !== expectedId)
        throw idMismatch(manifest.plugin_id, expectedId);
      if (this.#stopping.signal.aborted) throw this.#stoppedError();
      runner.label = manifest.plugin_id;
      this.#loaded = { ...plugin, manifest };
    } catch (error) {
      await runner.stop();
      throw error;
    }
    this.#current = runner;
    this.#state = "loaded";
    void runner.end.then((end) => this.#onEnd(runner, end, startedAt));
    return this.#loaded;
  }

  #onEnd(runner: Runner, end: RunnerEnd, startedAt: number): void {
    if (this.#current !== runner || this.#stopping.signal.aborted) return;
    if (performance.now() - startedAt >= RUNNER_STABLE_MS_MIN) this.#crashesInARow = 0;
    const restartInMs = this.#restart(this.#nextBackoffMs());
    this.#options.events.onCrash(end.closedFor?.message ?? describeEnd(end), end, restartInMs);
  }

  #nextBackoffMs(): number {
    const backoffMsMin = this.#options.backoffMsMin ?? RUNNER_BACKOFF_MS_MIN;
    return Math.min(backoffMsMin * 2 ** this.#crashesInARow++, RUNNER_BACKOFF_MS_MAX);
  }

  /** Sets the next start; gives the milliseconds until then. */
  #restart(restartInMs: number): number {
    this.#current = undefined;
    this.#state = "waiting";
    this.#restartAt = performance.now() + restartInMs;
    this.#ready = delay(restartInMs, undefined, { signal: this.#stopping.signal, ref: false }).then(
      () => this.#start(),
      () => Promise.reject(this.#stoppedError()),
    );
    // A restart that fails leads to the next one, later. Whoever waits for it gets the reason.
    this.#ready.catch((error: unknown) => {
      if (this.#stopping.signal.aborted) return;
      const story = toHostError(error).message;
      const end: RunnerEnd = {
        process: { code: null, signal: null },
        fault: undefined,
        closedFor: undefined,
        outputTail: "",
      };
      this.#options.events.onCrash(story, end, this.#restart(this.#nextBackoffMs()));
    });
    return restartInMs;
  }

  /**
   * A call is stuck in this runner: the next one takes over at once (a deadline that passed is no crash), this one ends
   * when its other calls are done, or their time is up.
   */
  #retire(runner: Runner): void {
    if (this.#current === runner && this.#state === "loaded") this.#restart(0);
    const timeIsUp = setTimeout(() => void runner.kill(), RUNNER_RETIRED_MS_MAX);
    timeIsUp.unref();
    void runner.idle().then(() => runner.kill());
    void runner.end.then(() => clearTimeout(timeIsUp));
  }

  /** What messages call the plugin. */
  get #name(): string {
    return this.#loaded?.manifest.plugin_id ?? this.#options.label;
  }

  #restartingError(waitMs: number): HostError {
    return new HostError("plugin_restarting", `plugin "${this.#name}" crashed and is not up again yet`, {
      hint: `it starts again in ${Math.ceil(waitMs / 1000)} s`,
      details: { plugin: this.#name, restart_in_ms: Math.ceil(waitMs) },
    });
  }

  #stoppedError(): HostError {
    return new HostError("plugin_stopped", `plugin "${this.#name}" was stopped`);
  }
}

function idMismatch(found: string, expected: string): HostError {
  return new HostError("plugin_id_mismatch", `the library in "${expected}" says that it is "${found}"`, {
    hint: `install it as "${found}", or correct plugin_id in its manifest`,
    details: { found, expected },
  });
}
