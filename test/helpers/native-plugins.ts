// Real runners with the fixture plugins of test/fixtures/native, ended when the test ends.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { NativePlugin, type NativePluginOptions } from "../../src/plugins/native/native-plugin.ts";
import { Runner, type RunnerOptions } from "../../src/plugins/native/runner.ts";
import { RUNNER_PATH } from "./runner-path.ts";

const ROOT = join(import.meta.dirname, "../..");
const SUFFIX = process.platform === "darwin" ? "dylib" : "so";

/** The library of a fixture, given its name. */
export function nativeFixture(name: string): string {
  return join(ROOT, "build/test/fixtures", `${name}.${SUFFIX}`);
}

/** A deadline that no call of a test is meant to reach. */
const FAR_MS = 60_000;
export const FAR = { deadlineMs: FAR_MS, what: "the call" };

/** Starts a runner with a fixture. Its host knows nothing and answers NULL, unless told otherwise. */
export function startRunner(fixture: string, options: Partial<RunnerOptions> = {}): Runner {
  const runner = new Runner({
    runnerPath: RUNNER_PATH,
    library: nativeFixture(fixture),
    label: fixture,
    cwd: "/",
    env: {},
    onHostCall: () => null,
    onLog() {},
    onOutput() {},
    ...options,
  });
  onTestFinished(async () => void (await runner.stop()));
  return runner;
}

export interface WatchedPlugin {
  readonly plugin: NativePlugin;
  /** What the plugin's crashes were reported as. */
  readonly crashes: { story: string; restartInMs: number | undefined }[];
}

export function openPlugin(fixture: string, options: Partial<NativePluginOptions> = {}): WatchedPlugin {
  const crashes: WatchedPlugin["crashes"] = [];
  const plugin = new NativePlugin({
    runnerPath: RUNNER_PATH,
    library: nativeFixture(fixture),
    expectedId: undefined,
    label: fixture,
    cwd: "/",
    env: {},
    backoffMsMin: 1,
    onHostCall: () => null,
    events: {
      onLog() {},
      onOutput() {},
      onCrash: (story, _end, restartInMs) => crashes.push({ story, restartInMs }),
      onLoadFailed: ({ reason, restartInMs }) => {
        if (restartInMs !== undefined) crashes.push({ story: reason.message, restartInMs });
        return "try again";
      },
    },
    ...options,
  });
  onTestFinished(() => plugin.stop());
  return { plugin, crashes };
}

/** How many descriptors this process has open. */
export function openDescriptors(): number {
  return readdirSync(process.platform === "linux" ? "/proc/self/fd" : "/dev/fd").length;
}
