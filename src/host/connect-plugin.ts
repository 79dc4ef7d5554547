// One native plugin, connected to everything around it: what it may ask of its host, its log, its rows in Insights, what
// people see of it. Who opens plugins and ends them is others' business.

import { createHash, randomUUID } from "node:crypto";
import { hideCredentials } from "../base/hide-credentials.ts";
import { createHostApi } from "../host-api/create-host-api.ts";
import type { HttpClient } from "../host-api/http-client.ts";
import type { PluginInference } from "../host-api/plugin-inference.ts";
import type { PluginTasks } from "../host-api/plugin-tasks.ts";
import type { Warnings } from "../host-api/warn-once.ts";
import type { HostVersion } from "../plugins/native/host-version.ts";
import { type LogEvents, logEvents } from "../plugins/native/log-events.ts";
import { NativePlugin, type NativePluginEvents, type NativePluginOptions } from "../plugins/native/native-plugin.ts";
import type { PluginLog } from "../plugins/native/plugin-log.ts";
import { runnerEnvironment } from "../plugins/native/runner-environment.ts";
import type { Recorder } from "../protocol/activity.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import type { HostCallHandler } from "../protocol/host-slots.ts";
import { PLUGIN_LOG_LINE_CHARS_MAX } from "../protocol/limits.ts";
import { LIBRARY_ID_PREFIX } from "../tools/tool-names.ts";
import { withoutCaller } from "./caller-scope.ts";
import { ConfigDeliveries } from "./config-deliveries.ts";
import { HeldRows } from "./held-rows.ts";
import { recordCrash, recordLoad, recordLog } from "./plugin-rows.ts";
import { type PluginWatch, watchHostCalls } from "./plugin-watch.ts";
import { tellConfig } from "./recorded-entries.ts";
import { LIBRARY_PLACE_PREFIX, SCRATCH_PLACE_PREFIX, type Stores } from "./stores.ts";
import { TunnelDeliveries } from "./tunnel-deliveries.ts";
import type { TunnelUrls } from "./tunnel-urls.ts";

export interface PluginLine {
  readonly plugin: string;
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "log" | "output";
  readonly text: string;
  /** The host says this of the plugin; otherwise it is the plugin's own. */
  readonly fromHost?: true;
}

export interface Surroundings {
  readonly runnerPath: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly loadMs?: number;
  /** See `HostOptions`. */
  readonly hostVersion?: HostVersion;
  readonly stores: Stores;
  readonly http: HttpClient;
  readonly inference?: PluginInference;
  readonly tasks?: PluginTasks;
  /** It was loaded, or loaded again; a library by the id under which its settings are kept. */
  onPluginLoaded?(pluginId: string): void;
  /** Ids of the agents that there are. */
  agentIds?(): Promise<readonly string[]>;
  /** The folder of shared artifacts. */
  readonly artifacts: string;
  /** What plugins were warned of. */
  readonly warnings: Warnings;
  /** Public addresses of agents. */
  readonly tunnel: TunnelUrls;
  onPluginLine?(line: PluginLine): void;
  readonly watch?: PluginWatch | undefined;
}

export interface PluginSource
  extends Pick<NativePluginOptions, "library" | "expectedId" | "label" | "prepare" | "admit">,
    Partial<Pick<NativePluginEvents, "onLoadFailed">> {
  /** It is only looked at: what it stores meanwhile is kept in memory, and gone with it. */
  readonly isScratch?: boolean;
  /** Of an installed plugin: where what happens to it is written, and as which version. */
  readonly log?: { readonly log: PluginLog; readonly version: string | undefined };
  onLoaded?(): void;
}

const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

export class ConnectedPlugin {
  /** Nothing of it is started yet. */
  readonly plugin: NativePlugin;
  /** Takes rows about it, and its secrets out of them. */
  readonly recorder: Recorder;
  /** Tells it of its settings. */
  readonly deliveries: ConfigDeliveries;
  /** Tells it where its routes are reached. */
  readonly tunnelDeliveries: TunnelDeliveries;
  /** Names its database and its limits; there from the first call on. */
  readonly placeId: string;
  readonly #source: PluginSource;
  readonly #around: Surroundings;
  readonly #log: LogEvents | undefined;
  readonly #rows: HeldRows;

  constructor(source: PluginSource, around: Surroundings) {
    const { expectedId, library } = source;
    this.#source = source;
    this.#around = around;
    this.placeId = source.isScratch
      ? `${SCRATCH_PLACE_PREFIX}${randomUUID()}`
      : (expectedId ?? placeOfLibrary(library));
    const redact = (text: string, charsMax: number) => this.withoutSecrets(text, charsMax);
    this.#rows = new HeldRows(
      () => this.ownId === undefined && this.plugin.state === "loading",
      (row) => around.stores.insights.record(row, redact),
    );
    this.recorder = this.#rows;
    this.deliveries = new ConfigDeliveries({
      pluginId: () => this.ownId,
      secrets: around.stores.secrets,
      agents: () => this.#agents(),
      changeConfig: (change) => tellConfig(this, change),
      isServed: () => !this.plugin.isRetired,
      warn: (text) => this.note(text),
    });
    this.tunnelDeliveries = new TunnelDeliveries({
      connected: () => around.tunnel.connected,
      settings: this.deliveries,
      changeConfig: (change) => tellConfig(this, change),
      isServed: () => !this.plugin.isRetired,
      warn: (text) => this.note(text),
    });
    this.#log = source.log && this.#logEvents(source.log);
    this.plugin = new NativePlugin({
      ...source,
      ...(source.prepare && { prepare: () => this.#prepared(source.prepare!) }),
      ...(around.loadMs === undefined ? {} : { loadMs: around.loadMs }),
      hostVersion: around.hostVersion,
      runnerPath: around.runnerPath,
      cwd: around.cwd,
      env: runnerEnvironment(around.env),
      probeAgentId: DEFAULT_AGENT_ID,
      ...(expectedId === undefined ? {} : { whereToLook: `"osaurus tools logs ${expectedId}" says where and why` }),
      onHostCall: this.#hostApi(),
      events: this.#events(),
    });
  }

  /** Under which its settings and grants are kept; undefined while a library has not said who it is. */
  get ownId(): string | undefined {
    const claimed = this.plugin.loaded?.manifest.plugin_id;
    return this.#source.expectedId ?? (claimed === undefined ? undefined : `${LIBRARY_ID_PREFIX}${claimed}`);
  }

  /** Otherwise it is a library that somebody named by its file. */
  get isInstalled(): boolean {
    return this.#source.expectedId !== undefined;
  }

  /** What people know it by. */
  get shownId(): string {
    return this.plugin.loaded?.manifest.plugin_id ?? this.#source.label;
  }

  /** The text without the values that are kept for the plugin; all of it, or as much of it as is shown. */
  withoutSecrets(text: string, charsMax?: number): string {
    return this.#around.stores.withoutSecrets(this.ownId, text, charsMax);
  }

  /** Who looks on at all that it asks and is told. */
  get watch(): PluginWatch | undefined {
    return this.#around.watch;
  }

  /** What the host has to say of the plugin goes into its log, and to whoever listens. */
  note(text: string): void {
    const clean = hideCredentials(this.withoutSecrets(text));
    this.#source.log?.log.write({ kind: "note", level: "warn", text: clean });
    this.#around.onPluginLine?.({ plugin: this.shownId, level: "warn", text: clean, fromHost: true });
  }

  /** While the library is checked, its secrets are read, so that they are known before it says anything. */
  #prepared<T>(prepare: () => Promise<T>): Promise<T> {
    this.#noteSecrets();
    return prepare();
  }

  /** It may know values from before, which this process has not read yet. */
  #noteSecrets(): void {
    const { ownId } = this;
    if (ownId !== undefined) void this.#around.stores.secrets.noteAll(ownId);
  }

  /** Who may have settings of it. */
  async #agents(): Promise<string[]> {
    const { ownId } = this;
    const { secrets } = this.#around.stores;
    const stored = ownId === undefined ? [] : await secrets.agentsOf(ownId).catch(noneWhenBroken);
    const known = (await this.#around.agentIds?.()) ?? [];
    return [...new Set([DEFAULT_AGENT_ID, ...known, ...stored])];
  }

  #hostApi(): HostCallHandler {
    const { stores, http, inference, tasks, artifacts, warnings, tunnel, watch } = this.#around;
    const serve = createHostApi({
      ...(inference === undefined ? {} : { inference }),
      ...(tasks === undefined ? {} : { tasks }),
      toolIds: () => (this.plugin.loaded?.manifest.capabilities.tools ?? []).map(({ id }) => id),
      instructions: () => this.plugin.loaded?.manifest.instructions,
      pluginId: () => this.ownId,
      placeId: () => this.placeId,
      shownId: () => this.shownId,
      // What still runs of a plugin that was removed gets nothing more, and leaves nothing to the next one of its id.
      isServed: () => !this.plugin.isRetired,
      closing: () => this.plugin.closing,
      secrets: stores.secrets,
      databases: stores.databases,
      http,
      artifacts,
      recorder: this.recorder,
      warnings,
      tunnelUrl: (agentId) => tunnel.valueOf(agentId),
      onOwnChange: (agentId, key) => this.deliveries.ownChange(agentId, key),
      warn: (text) => this.note(text),
    });
    const watched = watch === undefined ? serve : watchHostCalls(serve, watch);
    // A runner's messages come on behalf of whoever happened to have it started.
    return (...call) => withoutCaller(() => watched(...call));
  }

  #events(): NativePluginEvents {
    const { recorder } = this;
    return {
      onLog: (line) => {
        const { level, message, payload } = line;
        this.#log?.onLog(line);
        this.#around.watch?.log(line);
        recordLog(recorder, this.shownId, line);
        this.#say(LEVELS[level] ?? "log", payload === null ? message : `${message} ${payload}`);
      },
      onOutput: (stream, line) => {
        if (this.#log?.onOutput(stream, line) ?? true) this.#say("output", line);
      },
      onCrash: (story, end, restartInMs) => {
        this.#log?.onCrash(story, end, restartInMs);
        this.#around.watch?.crash(story, end);
        recordCrash(recorder, this.shownId, story, end);
        this.#remark("error", `${story}${restartInMs === undefined ? "" : `; it starts again in ${restartInMs} ms`}`);
      },
      onLoaded: (loaded) => {
        const { abi, manifest, loadMs } = loaded;
        this.#source.onLoaded?.();
        this.#noteSecrets();
        this.#rows.release(this.shownId);
        this.#log?.onLoaded({ abi, pid: this.plugin.pid });
        recordLoad(recorder, this.shownId, { ...this.#file(), version: manifest.version, durationMs: loadMs });
        this.deliveries.loaded(loaded);
        this.tunnelDeliveries.loaded(loaded);
        if (this.ownId !== undefined) this.#around.onPluginLoaded?.(this.ownId);
      },
      onLoadFailed: (failure) => {
        const { reason, restartInMs, loadMs } = failure;
        this.#log?.onLoadFailed(failure);
        recordLoad(recorder, this.shownId, { ...this.#file(), durationMs: loadMs, error: reason });
        this.#rows.release(this.shownId);
        if (restartInMs !== undefined) this.#remark("error", `${reason.message}; it starts again in ${restartInMs} ms`);
        return this.#source.onLoadFailed?.(failure) ?? "give up";
      },
      onRunnerGone: (runner) => {
        this.#rows.release(this.shownId);
        void this.#around.stores.databases.runnerGone(this.placeId, runner);
      },
    };
  }

  /** Which file a library is that is not installed. */
  #file(): { readonly library?: string } {
    const { expectedId, library } = this.#source;
    return expectedId === undefined ? { library } : {};
  }

  #logEvents({ log, version }: NonNullable<PluginSource["log"]>): LogEvents {
    return logEvents({
      log,
      pluginId: this.placeId,
      library: this.#source.library,
      version: () => this.plugin.loaded?.manifest.version ?? version,
      path: this.#around.env["PATH"],
    });
  }

  /** What the plugin itself says. */
  #say(level: PluginLine["level"], text: string): void {
    const shown = hideCredentials(this.withoutSecrets(text, PLUGIN_LOG_LINE_CHARS_MAX + 1));
    this.#around.onPluginLine?.({ plugin: this.shownId, level, text: cutLine(shown) });
  }

  /** What the host says of it. */
  #remark(level: PluginLine["level"], text: string): void {
    this.#around.onPluginLine?.({
      plugin: this.shownId,
      level,
      text: hideCredentials(this.withoutSecrets(text)),
      fromHost: true,
    });
  }
}

/** A value that cannot be read is told of when it is its turn. */
function noneWhenBroken(error: unknown): string[] {
  if (error instanceof HostError && error.code === "store_broken") return [];
  throw error;
}

/** The same for the same file: who it is shows only once it is loaded, and it may ask before. */
function placeOfLibrary(library: string): string {
  return `${LIBRARY_PLACE_PREFIX}${createHash("sha256").update(library).digest("hex").slice(0, 32)}`;
}

function cutLine(text: string): string {
  return text.length > PLUGIN_LOG_LINE_CHARS_MAX ? `${text.slice(0, PLUGIN_LOG_LINE_CHARS_MAX)}…` : text;
}
