// One native plugin over its whole life: which runner serves it now, and what happens when that runner ends.
//
// States: idle → loading → loaded ⇄ waiting → ... → stopped; or loading → failed.
//   loaded   a runner takes calls
//   waiting  the runner ended by itself; after a back-off that doubles with every crash the next one is loaded
//   failed   the first load went wrong, or later ones did for good: nothing is tried again until somebody asks
// A runner in which a call is stuck is retired: it takes no new calls, finishes those it has, and is killed then; the
// next runner serves meanwhile. A reload loads the next runner beside the one that serves; when it is up it takes all
// new calls, and the old one is destroyed once its own are done. `stop` ends every runner there is.
// How one runner is brought up is the business of launch-runner.ts.

import { setTimeout as delay } from "node:timers/promises";
import { ERRORS, HostError } from "../../protocol/errors.ts";
import {
  RUNNER_BACKOFF_MS_MAX,
  RUNNER_BACKOFF_MS_MIN,
  RUNNER_STABLE_MS_MIN,
  RUNNER_STOP_GRACE_MS,
} from "../../protocol/limits.ts";
import type { CheckReport } from "./check-report.ts";
import { EntryQueues } from "./entry-queues.ts";
import type { Entry } from "./frames.ts";
import { type LaunchOptions, type LoadedNativePlugin, LoadFailure } from "./launch-runner.ts";
import { CallNeverBegan, type CallOptions, type Runner } from "./runner.ts";
import type { RunnerEnd } from "./runner-end.ts";
import { describeEnd } from "./runner-end.ts";
import { type Launched, RunnerFleet } from "./runner-fleet.ts";

export interface NativePluginEvents extends Pick<LaunchOptions["events"], "onLog" | "onOutput" | "onRunnerGone"> {
  /** A runner ended by itself. The next one is loaded after `restartInMs`; undefined when none is needed any more. */
  onCrash(story: string, end: RunnerEnd, restartInMs: number | undefined): void;
  onLoaded?(plugin: LoadedNativePlugin): void;
  /**
   * A load went wrong. Says whether another one may be tried; it is asked also for the very first, after which nothing
   * is tried by itself anyway. Without it, all failures but those of the installation itself are worth another try.
   */
  onLoadFailed?(failure: LoadFailure): "try again" | "give up";
}

export interface NativePluginOptions extends Omit<LaunchOptions, "events" | "onStuck"> {
  readonly backoffMsMin?: number;
  readonly events: NativePluginEvents;
}

/** What may be another one after a reload. */
export type PluginSource = Pick<NativePluginOptions, "library" | "prepare" | "admit">;

export type NativePluginState = "idle" | "loading" | "loaded" | "waiting" | "failed" | "stopped";

interface PluginCallOptions extends CallOptions {
  /** The call was judged by this manifest: a plugin that has another one by now is not called (`PluginChanged`). */
  readonly onlyWith?: string;
  /** The plugin has the call from now on, and may have begun it; or, with `false`, it had not begun, and has it no more. */
  onHanded?(hasIt: boolean): void;
}

/** Another version of the plugin serves by now. */
export class PluginChanged extends Error {}

/** Calls that come while a restart is further away than this fail at once. */
const RESTART_WAIT_MS_MAX = 1_000;

export class NativePlugin {
  #options: NativePluginOptions;
  readonly #fleet = new RunnerFleet();
  readonly #queues = new EntryQueues();
  readonly #stopping = new AbortController();
  #state: NativePluginState = "idle";
  /** Nothing new is taken: `stop` was called. */
  #isClosing = false;
  #isRetired = false;
  #current: Runner | undefined;
  #loaded: LoadedNativePlugin | undefined;
  /** Settles when the plugin is loaded (again), or when that failed. */
  #ready: Promise<LoadedNativePlugin> | undefined;
  /** Ends the wait for a restart: another start takes its place. */
  #restart: AbortController | undefined;
  #restartAt = 0;
  #crashesInARow = 0;
  #reloading: Promise<unknown> | undefined;
  #nextReload: Promise<LoadedNativePlugin> | undefined;

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
    this.#ready ??= this.#firstStart(loadMs);
    return this.#ready;
  }

  /**
   * What is loaded now; loads the plugin where that has not happened yet. Unlike `load` it does not wait for a restart
   * that is far away, but fails with `plugin_restarting`.
   */
  async ready(): Promise<LoadedNativePlugin> {
    while (this.#loaded === undefined || this.#state !== "loaded") await this.#awaitLoaded();
    return this.#loaded;
  }

  /**
   * Calls an entry of the plugin, loading it first where that is due. A call that had not begun when its runner ended
   * is made once more in the next one; no other call is ever repeated.
   */
  call(
    entry: Entry,
    args: readonly (string | Uint8Array | null)[],
    options: PluginCallOptions,
  ): Promise<string | null> {
    if (this.#isClosing) return Promise.reject(this.#stoppedError());
    return this.#callNow(entry, args, options);
  }

  async #callNow(
    entry: Entry,
    args: readonly (string | Uint8Array | null)[],
    options: PluginCallOptions,
  ): Promise<string | null> {
    for (let attempt = 0; ; attempt++) {
      while (this.#current === undefined || this.#state !== "loaded") await this.#awaitLoaded();
      const runner = this.#current;
      const { onlyWith, signal, onHanded } = options;
      // Nobody waits for it any more, and it has not begun.
      if (signal?.aborted) throw new HostError("interrupted", "interrupted");
      if (onlyWith !== undefined && this.#loaded?.manifestText !== onlyWith) throw new PluginChanged();
      try {
        onHanded?.(true);
        return await runner.call(entry, args, options);
      } catch (error) {
        if (!(error instanceof CallNeverBegan)) throw error;
        onHanded?.(false);
        // The end is dealt with before anybody tries again: only then is it known what comes next.
        await runner.end;
        if (attempt > 0) throw this.#restartingError(Math.max(0, this.#restartAt - performance.now()));
      }
    }
  }

  /** The same, after all calls that were queued under the same name before; `stop` waits for queued calls, too. */
  callInTurn(
    queue: string,
    entry: Entry,
    args: readonly (string | Uint8Array | null)[],
    options: PluginCallOptions,
  ): Promise<string | null> {
    if (this.#isClosing) return Promise.reject(this.#stoppedError());
    return this.#queues.run(queue, () => this.#callNow(entry, args, options));
  }

  /**
   * Loads the plugin again, from another source where one is given. Calls that run finish where they are, new ones go
   * to the new instance once it is up; when it does not come up, this fails and the old one goes on. Requests that come
   * while one is under way are served by one more.
   */
  reload(source: Partial<PluginSource> = {}): Promise<LoadedNativePlugin> {
    if (this.#state === "stopped") return Promise.reject(this.#stoppedError());
    this.#options = { ...this.#options, ...source };
    if (this.#nextReload) return this.#nextReload;
    const before = this.#reloading?.catch(() => undefined) ?? Promise.resolve();
    const turn = before.then(() => {
      this.#nextReload = undefined;
      return this.#reloadNow();
    });
    this.#reloading = turn;
    this.#nextReload = turn;
    return turn;
  }

  /** It was given up for good: nothing that it still asks for is to be served. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Aborted when it is given up or stopped: what its host still does for it is for nobody. */
  get closing(): AbortSignal {
    return this.#stopping.signal;
  }

  /**
   * Gives the plugin up for good: nothing new is taken, calls that run may finish, nothing is started again. Resolves when
   * no process of it is left, which may take as long as its longest call; `stop` ends that.
   */
  async retire(): Promise<void> {
    this.#isRetired = true;
    this.#isClosing = true;
    this.#state = "stopped";
    this.#stopping.abort();
    this.#cancelRestart();
    this.#fleet.close();
    if (this.#current) this.#fleet.drain(this.#current);
    this.#current = undefined;
    await this.#fleet.gone();
  }

  /**
   * Ends every runner and waits until they are gone. Calls that are open get the grace time to finish, or none with
   * `atOnce`; those that do not fail with `plugin_stopped`. Safe to call twice.
   */
  async stop({ atOnce = false } = {}): Promise<void> {
    this.#isClosing = true;
    // What is queued was accepted before: it is still delivered.
    if (!atOnce && this.#state === "loaded") await this.#drainQueues();
    this.#state = "stopped";
    this.#stopping.abort();
    this.#cancelRestart();
    await this.#fleet.stop(atOnce);
  }

  /** What get_manifest returns, also when it is no manifest. For a plugin that is not going to be called. */
  async readManifest(): Promise<string> {
    if (this.#state === "stopped") throw this.#stoppedError();
    return await this.#fleet.readManifest(this.#launchOptions());
  }

  /**
   * What the checked runner noticed of the plugin so far, over all its reloads and restarts; also after `stop`, when texts
   * that are still not released never will be. Nothing with the runner that everybody uses.
   */
  async checkReport(): Promise<CheckReport | undefined> {
    return await this.#fleet.checkReport();
  }

  async #drainQueues(): Promise<void> {
    const grace = new AbortController();
    const timeIsUp = delay(RUNNER_STOP_GRACE_MS, undefined, { signal: grace.signal }).catch(() => undefined);
    await Promise.race([this.#queues.drained(), timeIsUp]);
    grace.abort();
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

  #launchOptions(): LaunchOptions {
    return { ...this.#options, onStuck: (runner) => this.#retireStuck(runner) };
  }

  async #launch(loadMs?: number): Promise<Launched> {
    const launched = await this.#fleet.launch(this.#launchOptions(), loadMs);
    if (!launched) throw this.#stoppedError();
    return launched;
  }

  #firstStart(loadMs?: number): Promise<LoadedNativePlugin> {
    this.#state = "loading";
    const ready: Promise<LoadedNativePlugin> = this.#launch(loadMs).then(
      (launched) => {
        const isWanted = this.#ready === ready && !this.#stopping.signal.aborted;
        return isWanted ? this.#serve(launched) : this.#tooLate(launched);
      },
      (thrown: unknown) => {
        this.#sayLoadFailed(thrown);
        if (this.#state === "loading" && this.#ready === ready) this.#fail();
        throw reasonOf(thrown);
      },
    );
    ready.catch(() => undefined);
    return ready;
  }

  /** Whoever asks again gets a new try. */
  #fail(): void {
    this.#state = "failed";
    this.#ready = undefined;
  }

  /** The runner takes all calls from here on. */
  #serve({ runner, loaded }: Launched): LoadedNativePlugin {
    const startedAt = performance.now();
    this.#cancelRestart();
    this.#loaded = loaded;
    this.#current = runner;
    this.#state = "loaded";
    this.#ready = Promise.resolve(loaded);
    this.#options.events.onLoaded?.(loaded);
    void runner.end.then((end) => this.#onEnd(runner, end, startedAt));
    return loaded;
  }

  /** Another start took the place of this one, or the plugin was stopped meanwhile. */
  async #tooLate({ runner }: Launched): Promise<LoadedNativePlugin> {
    await runner.stop();
    if (this.#stopping.signal.aborted || !this.#ready) throw this.#stoppedError();
    return await this.#ready;
  }

  async #reloadNow(): Promise<LoadedNativePlugin> {
    // A first load that is under way may have seen the old source; what it comes to does not matter.
    if (this.#state === "loading") await this.#ready?.catch(() => undefined);
    if (this.#state === "idle" || this.#state === "failed") return await this.load();
    if (this.#state === "stopped") throw this.#stoppedError();
    let launched: Launched;
    try {
      launched = await this.#launch();
    } catch (thrown) {
      this.#sayLoadFailed(thrown);
      throw reasonOf(thrown);
    }
    if (this.#stopping.signal.aborted) return await this.#tooLate(launched);
    const old = this.#current;
    this.#crashesInARow = 0;
    this.#serve(launched);
    if (old) this.#fleet.drain(old);
    return launched.loaded;
  }

  #onEnd(runner: Runner, end: RunnerEnd, startedAt: number): void {
    const isWanted = this.#current === runner && !this.#stopping.signal.aborted;
    const story = end.closedFor?.message ?? describeEnd(end);
    if (!isWanted) {
      // We asked it to end; that it crashed instead is for its author to know.
      if (end.fault && end.closedFor?.code !== "plugin_stopped") this.#options.events.onCrash(story, end, undefined);
      return;
    }
    if (performance.now() - startedAt >= RUNNER_STABLE_MS_MIN) this.#crashesInARow = 0;
    this.#options.events.onCrash(story, end, this.#restartIn(this.#nextBackoffMs()));
  }

  #nextBackoffMs(): number {
    const backoffMsMin = this.#options.backoffMsMin ?? RUNNER_BACKOFF_MS_MIN;
    return Math.min(backoffMsMin * 2 ** this.#crashesInARow++, RUNNER_BACKOFF_MS_MAX);
  }

  /** Sets the next start; gives the milliseconds until then. */
  #restartIn(restartInMs: number): number {
    this.#cancelRestart();
    const restart = new AbortController();
    this.#restart = restart;
    this.#current = undefined;
    this.#state = "waiting";
    this.#restartAt = performance.now() + restartInMs;
    const ready: Promise<LoadedNativePlugin> = delay(restartInMs, undefined, {
      signal: restart.signal,
      ref: false,
    }).then(
      async () => {
        try {
          const launched = await this.#launch();
          // A reload, or the end of the plugin, came before it.
          return await (this.#restart === restart ? this.#serve(launched) : this.#tooLate(launched));
        } catch (thrown) {
          if (this.#restart === restart) this.#restartFailed(thrown);
          throw reasonOf(thrown);
        }
      },
      // Whoever waited for this start gets what took its place.
      () => (this.#ready === undefined || this.#ready === ready ? Promise.reject(this.#stoppedError()) : this.#ready),
    );
    this.#ready = ready;
    ready.catch(() => undefined);
    return restartInMs;
  }

  /** A restart that fails leads to the next one, later, unless that is hopeless. */
  #restartFailed(thrown: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const restartInMs = this.#restartIn(this.#nextBackoffMs());
    if (this.#sayLoadFailed(thrown, restartInMs) === "try again") return;
    this.#cancelRestart();
    this.#fail();
  }

  #cancelRestart(): void {
    const restart = this.#restart;
    this.#restart = undefined;
    restart?.abort();
  }

  #sayLoadFailed(thrown: unknown, restartInMs?: number): "try again" | "give up" {
    if (!(thrown instanceof LoadFailure) || this.#stopping.signal.aborted) return "give up";
    const failure = restartInMs === undefined ? thrown : thrown.withRestart(restartInMs);
    const said = this.#options.events.onLoadFailed?.(failure);
    return said ?? (ERRORS[thrown.reason.code].fault === "caller" ? "give up" : "try again");
  }

  /**
   * A call is stuck in this runner: the next one takes over at once (a deadline that passed is no crash), this one ends
   * when its other calls are done, or their time is up.
   */
  #retireStuck(runner: Runner): void {
    if (this.#current === runner && this.#state === "loaded") this.#restartIn(0);
    this.#fleet.drain(runner, "kill");
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

function reasonOf(thrown: unknown): unknown {
  return thrown instanceof LoadFailure ? thrown.reason : thrown;
}
