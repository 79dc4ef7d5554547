// One runner, brought up: from the library on the disk to a plugin that may be called. Each step may refuse; nothing of
// the runner is left then.
//
//   prepare   checks the library and gives what the runner opens
//   runner    dlopen, entry, init, get_manifest
//   manifest  is parsed and compared with the id that the plugin is installed under
//   admit     the last look before the plugin may serve
//   probe     a first, meaningless call that shows whether the plugin's idea of the host's functions is right

import { randomUUID } from "node:crypto";
import { macosVersion } from "../../base/macos-version.ts";
import { HostError } from "../../protocol/errors.ts";
import type { HostCallHandler, PluginLogLine } from "../../protocol/host-slots.ts";
import { CONFIG_CHANGED_MS_MAX, LOAD_MS_MAX } from "../../protocol/limits.ts";
import { type Manifest, parseManifest } from "../../protocol/manifest.ts";
import { requireSystem } from "../../protocol/manifest-system.ts";
import type { HostVersion } from "./host-version.ts";
import type { LoadedPlugin } from "./load-result.ts";
import { CallNeverBegan, Runner } from "./runner.ts";
import type { RunnerEnd } from "./runner-end.ts";
import { endedLoadError } from "./runner-errors.ts";
import type { PreparedLibrary } from "./verified-copy.ts";

/** The key of the probe ("Osaurus: ABI versions"): it has no meaning, and no plugin keeps a setting of that name. */
const ABI_PROBE_KEY = "__osaurus_abi_probe__";

/** A plugin that is ready for calls. */
export interface LoadedNativePlugin extends LoadedPlugin {
  readonly manifest: Manifest;
  /** Of an installed plugin: the folder of its version. */
  readonly folder: string | undefined;
  /** How long it took from the first check to here. */
  readonly loadMs: number;
}

export interface LaunchOptions {
  readonly runnerPath: string;
  readonly library: string;
  /** The id that the manifest must bear; undefined for a library that is called without being installed. */
  readonly expectedId: string | undefined;
  readonly label: string;
  /** See `RunnerProcessOptions`. */
  readonly hostVersion?: HostVersion | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly loadMs?: number;
  /** See `RunnerOptions`. */
  readonly whereToLook?: string;
  /** Checks the library; without it, `library` is opened as it is. */
  prepare?(): Promise<PreparedLibrary>;
  /** Throws a `HostError` when the plugin may not serve after all. */
  admit?(loaded: LoadedNativePlugin): Promise<void>;
  /** The agent that the probe is made for; without it there is no probe. */
  readonly probeAgentId?: string;
  readonly onHostCall: HostCallHandler;
  /** A call passed its deadline in this runner. */
  onStuck(runner: Runner): void;
  readonly events: {
    onLog(line: PluginLogLine): void;
    /** What the plugin printed, a line at a time. */
    onOutput(stream: "stdout" | "stderr", line: string): void;
    /** A runner has ended, whatever it was used for. */
    onRunnerGone?(runner: object): void;
  };
}

/** A load that went wrong: the error for callers, and how the runner ended when that was the reason. */
export class LoadFailure extends Error {
  readonly reason: HostError;
  /** Set when the plugin crashed or called exit(). */
  readonly end: RunnerEnd | undefined;
  /** When the next try is made; undefined when none is planned. */
  readonly restartInMs: number | undefined;
  /** How long it took until it went wrong. */
  readonly loadMs: number;

  constructor(reason: HostError, loadMs: number, end?: RunnerEnd, restartInMs?: number) {
    super(reason.message);
    this.reason = reason;
    this.loadMs = loadMs;
    this.end = end;
    this.restartInMs = restartInMs;
  }

  withRestart(restartInMs: number): LoadFailure {
    return new LoadFailure(this.reason, this.loadMs, this.end, restartInMs);
  }
}

/**
 * Starts a runner and waits until its plugin may be called. Fails with a `LoadFailure`; the runner is gone then.
 *
 * @param own is told of the runner as soon as there is one, so that it can be ended from outside.
 * @param loadMs less time than there is by itself.
 */
export async function launchRunner(
  options: LaunchOptions,
  own: (runner: Runner) => void,
  loadMs?: number,
): Promise<{ runner: Runner; loaded: LoadedNativePlugin }> {
  const startedAt = performance.now();
  let runner: Runner | undefined;
  let prepared: PreparedLibrary | undefined;
  try {
    prepared = await options.prepare?.();
    runner = startRunner(options, prepared, own, loadMs);
    const plugin = await runner.ready;
    const manifest = parseManifest(plugin.manifestText, options.label);
    requireSystem(manifest, { platform: process.platform, macosVersion: macosVersion() });
    const { expectedId } = options;
    if (expectedId !== undefined && manifest.plugin_id !== expectedId) throw idMismatch(manifest.plugin_id, expectedId);
    runner.label = manifest.plugin_id;
    const loaded = { ...plugin, manifest, folder: prepared?.folder, loadMs: performance.now() - startedAt };
    await options.admit?.(loaded);
    await probe(runner, loaded, options);
    return { runner, loaded: { ...loaded, loadMs: performance.now() - startedAt } };
  } catch (error) {
    const end = await runner?.stop();
    // It ended by itself between its load and its first call.
    const reason =
      error instanceof CallNeverBegan && end ? endedLoadError(options.label, end, options.whereToLook) : error;
    if (!(reason instanceof HostError)) throw reason;
    throw new LoadFailure(reason, performance.now() - startedAt, end !== undefined && isCrash(end) ? end : undefined);
  } finally {
    prepared?.release();
    prepared?.over?.();
  }
}

/** What get_manifest returns, unjudged; the runner is left to its owner. */
export async function readManifest(options: LaunchOptions, own: (runner: Runner) => void): Promise<string> {
  return (await startRunner(options, undefined, own).ready).manifestText;
}

function startRunner(
  options: LaunchOptions,
  prepared: PreparedLibrary | undefined,
  own: (runner: Runner) => void,
  loadMs = LOAD_MS_MAX,
): Runner {
  const { events } = options;
  const runner: Runner = new Runner({
    runnerPath: options.runnerPath,
    library: prepared?.path ?? options.library,
    shownLibrary: options.library,
    descriptor: prepared?.descriptor,
    label: options.label,
    hostVersion: options.hostVersion,
    whereToLook: options.whereToLook,
    cwd: options.cwd,
    env: options.env,
    onHostCall: options.onHostCall,
    loadMs: Math.min(loadMs, options.loadMs ?? LOAD_MS_MAX),
    onLog: (line) => events.onLog(line),
    // People know the library by its own path, not by that of the copy that was loaded.
    onOutput: (stream, line) =>
      events.onOutput(stream, prepared ? line.replaceAll(prepared.path, options.library) : line),
    onStuck: () => options.onStuck(runner),
  });
  own(runner);
  void runner.end.then(() => events.onRunnerGone?.(runner));
  return runner;
}

/** A plugin that opts out compares the key and returns. */
async function probe(runner: Runner, { abi, features }: LoadedPlugin, { probeAgentId, label }: LaunchOptions) {
  if (probeAgentId === undefined || abi < 2 || !features.config) return;
  const options = { agentId: probeAgentId, deadlineMs: CONFIG_CHANGED_MS_MAX, what: "the first on_config_changed" };
  try {
    await runner.call("config", [ABI_PROBE_KEY, randomUUID()], options);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const isTimeout = error.code === "plugin_timeout";
    throw new HostError(
      isTimeout ? "load_timeout" : "load_crashed",
      `plugin "${label}" failed its first call: ${error.message}`,
      {
        hint: isTimeout
          ? `on_config_changed does not return for the key ${ABI_PROBE_KEY}, which it does not know`
          : "its idea of the host's functions may be wrong: compare its struct with the header, slot by slot",
        details: { entry: "on_config_changed", ...error.details },
      },
    );
  }
}

function isCrash({ fault, process, closedFor }: RunnerEnd): boolean {
  return fault !== undefined || (closedFor === undefined && process.spawnError === undefined);
}

function idMismatch(found: string, expected: string): HostError {
  return new HostError("plugin_id_mismatch", `the library in "${expected}" says that it is "${found}"`, {
    hint: `install it as "${found}", or correct plugin_id in its manifest`,
    details: { found, expected },
  });
}
