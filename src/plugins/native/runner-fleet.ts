// All runners of one plugin: the one that serves, those that finish their last calls, those that are being brought up.
// Whoever stops the fleet waits for every one of them, also for those that nobody knows of yet.

import { RUNNER_RETIRED_MS_MAX } from "../../protocol/limits.ts";
import { type CheckReport, mergeCheckReports } from "./check-report.ts";
import { type LaunchOptions, type LoadedNativePlugin, launchRunner, readManifest } from "./launch-runner.ts";
import type { Runner } from "./runner.ts";

export interface Launched {
  readonly runner: Runner;
  readonly loaded: LoadedNativePlugin;
}

export class RunnerFleet {
  readonly #runners = new Set<Runner>();
  /** Starts that are under way; none of them fails. */
  readonly #launches = new Set<Promise<void>>();
  #isClosed = false;
  /** What runners noticed that have ended by now. */
  #noticed: CheckReport | undefined;

  /** Brings up one more runner; see `launchRunner`. Gives nothing when the fleet was closed meanwhile. */
  launch(options: LaunchOptions, loadMs?: number): Promise<Launched | undefined> {
    const launch = launchRunner(options, (runner) => this.#own(runner), loadMs).then(async (launched) => {
      if (!this.#isClosed) return launched;
      await launched.runner.stop();
      return undefined;
    });
    const over = launch.then(
      () => undefined,
      () => undefined,
    );
    this.#launches.add(over);
    void over.then(() => this.#launches.delete(over));
    return launch;
  }

  /** What get_manifest returns; the runner stays until the fleet is stopped. */
  async readManifest(options: LaunchOptions): Promise<string> {
    return await readManifest(options, (runner) => this.#own(runner));
  }

  /** Lets a runner that takes no more calls finish those that it has, but not for ever. */
  drain(runner: Runner, then: "stop" | "kill" = "stop"): void {
    const timeIsUp = setTimeout(() => void runner.kill(), RUNNER_RETIRED_MS_MAX);
    timeIsUp.unref();
    void runner.idle().then(() => runner[then]());
    void runner.end.then(() => clearTimeout(timeIsUp));
  }

  /** What checked runners noticed of the plugin so far, all of them together; nothing when there was none. */
  async checkReport(): Promise<CheckReport | undefined> {
    const noticed = this.#noticed; // Before others end while they are asked, and would count twice.
    const asked = await Promise.all([...this.#runners].map((runner) => runner.checkReport()));
    return mergeCheckReports([noticed, ...asked]);
  }

  /** None comes any more: those that are being brought up are ended when they are up. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves when none is left, of those there are now. */
  async gone(): Promise<void> {
    await Promise.all([...[...this.#runners].map((runner) => runner.end), ...this.#launches]);
  }

  /** Ends all runners; resolves when they are gone, and none can come any more. */
  async stop(atOnce: boolean): Promise<void> {
    this.#isClosed = true;
    const ends = [...this.#runners].map((runner) => (atOnce ? runner.kill() : runner.stop()));
    await Promise.all([...ends, ...this.#launches]);
  }

  #own(runner: Runner): void {
    this.#runners.add(runner);
    // It comes too late: while its library was being checked, the fleet was stopped.
    if (this.#isClosed) void runner.kill();
    void runner.end.then(() => {
      this.#runners.delete(runner);
      this.#noticed = mergeCheckReports([this.#noticed, runner.lastCheckReport]);
    });
  }
}
