// The door to native plugins: loads installed ones and single libraries, connects each to what it may ask of its host,
// and ends all their runners when the host stops.

import { randomUUID } from "node:crypto";
import { access } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { builtProgram } from "../base/package-root.ts";
import type { Paths } from "../base/paths.ts";
import type { HttpClient } from "../host-api/http-client.ts";
import type { PluginInference } from "../host-api/plugin-inference.ts";
import type { PluginTasks } from "../host-api/plugin-tasks.ts";
import { createWarnings } from "../host-api/warn-once.ts";
import type { HostVersion } from "../plugins/native/host-version.ts";
import type { LoadedNativePlugin } from "../plugins/native/launch-runner.ts";
import { checkLibraryFile } from "../plugins/native/library-file.ts";
import type { NativePlugin } from "../plugins/native/native-plugin.ts";
import { type Handing, offerArtifact } from "../plugins/native/plugin-entries.ts";
import { openPluginLog, type PluginLog } from "../plugins/native/plugin-log.ts";
import { releaseAll } from "../plugins/native/quarantine.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import { HostError, toHostError } from "../protocol/errors.ts";
import { ARTIFACT_HANDLER_MS_MAX } from "../protocol/limits.ts";
import type { Manifest } from "../protocol/manifest.ts";
import type { ToolCall, ToolOutcome } from "../tools/call-tool.ts";
import { definedTools } from "../tools/tool-definition.ts";
import { callPluginTool } from "./call-plugin-tool.ts";
import { ConnectedPlugin, type PluginLine, type PluginSource } from "./connect-plugin.ts";
import { followInstalls, signalReload } from "./follow-installs.ts";
import { followSettings, type SavedElsewhere } from "./follow-settings.ts";
import { InstalledManifests, type ListedManifest } from "./installed-manifests.ts";
import { InstalledPlugins, type NativePluginStatus } from "./installed-plugins.ts";
import { keepCrash } from "./kept-crash.ts";
import type { PermissionsHost } from "./permissions-host.ts";
import { logsFolder } from "./plugin-logs.ts";
import { type RouteJudge, startTimed } from "./plugin-rows.ts";
import type { PluginWatch } from "./plugin-watch.ts";
import { callRoute, type RouteRequest, type TaskNews, tellTaskEvent } from "./recorded-entries.ts";
import type { Stores } from "./stores.ts";
import { TunnelUrls } from "./tunnel-urls.ts";

export type { NativePlugin } from "../plugins/native/native-plugin.ts";
export type { RouteShown } from "./plugin-rows.ts";

export interface NativeHostOptions {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The runner program; without it, the one that set-up built. */
  readonly runnerPath?: string;
  /** See `HostOptions`. */
  readonly hostVersion?: HostVersion;
  /** How long a plugin may take to load; without it, 30 s. */
  readonly loadMs?: number;
  /** Notices what other processes install, remove and want reloaded; for hosts that run on. */
  readonly follow?: boolean;
  readonly stores: Stores;
  readonly http: HttpClient;
  readonly inference?: PluginInference;
  readonly tasks?: PluginTasks;
  /** A plugin was loaded, or loaded again; a library by the id under which its settings are kept. */
  onPluginLoaded?(pluginId: string): void;
  /** Ids of the agents that there are. */
  agentIds?(): Promise<readonly string[]>;
  /** The folder of shared artifacts. */
  readonly artifacts: string;
  /** What was decided about tools, and who can be asked. */
  permissions(): Promise<PermissionsHost>;
  /** The host is stopped when this is aborted: nothing is started any more. */
  readonly signal: AbortSignal;
  /** What plugins log and print, and what happens to them, a line at a time. */
  onPluginLine?(line: PluginLine): void;
  /** Looks on at all that plugins ask and are told. */
  readonly watch?: PluginWatch | undefined;
}

export interface LoadOptions {
  /** Gives loading less time than it has by itself. */
  readonly loadMs?: number | undefined;
}

export class NativeHost {
  readonly #options: NativeHostOptions;
  readonly #tools: string;
  readonly #scratch: string;
  /** Tells this host from others on the same folder. */
  readonly #name = randomUUID();
  readonly #runnerPath: string;
  readonly #stores: Stores;
  readonly #installed: InstalledPlugins;
  readonly #manifests: InstalledManifests;
  readonly #plugins = new Map<NativePlugin, ConnectedPlugin>();
  readonly #logs = new Map<string, PluginLog>();
  readonly #following: ({ stop(): void } | undefined)[] = [];
  /** What plugins were warned of, each thing once. */
  readonly warnings = createWarnings();
  /** Public addresses of agents, as the tunnel has them. */
  readonly #tunnel = new TunnelUrls();
  #permissions: PermissionsHost | undefined;
  #installTurn = 0;
  #runnerIsThere: Promise<void> | undefined;

  constructor(options: NativeHostOptions) {
    const { data } = options.paths;
    this.#options = options;
    this.#tools = toolsFolder(options.paths);
    this.#scratch = join(data, "run");
    this.#runnerPath = options.runnerPath ?? builtProgram("osprey-runner");
    this.#stores = options.stores;
    this.#installed = new InstalledPlugins({
      tools: this.#tools,
      scratch: this.#scratch,
      dropped: (plugin, gone) => void this.#dropped(plugin, gone),
      create: ({ pluginId, version, folder, library }, hooks) => {
        const path = typeof library === "string" ? library : folder;
        const log = { log: this.#logOf(pluginId), version };
        const admit = async (loaded: LoadedNativePlugin) => {
          await hooks.admit(loaded);
          await this.#noticeDefinitions(pluginId, loaded.manifest);
        };
        return this.#create({ library: path, expectedId: pluginId, label: pluginId, log, ...hooks, admit });
      },
    });
    this.#manifests = new InstalledManifests({
      tools: this.#tools,
      opened: (pluginId) => this.#installed.opened(pluginId),
      load: (pluginId) => this.plugin(pluginId),
    });
    if (options.follow) {
      const installs = followInstalls(this.#tools, this.#name, {
        catchUp: () => this.catchUp(),
        reload: (pluginId) => this.#installed.reload(pluginId),
      });
      const settings = followSettings(this.#tools, this.#name, (change) => this.#settingSaved(change));
      this.#following.push(installs, settings);
    }
  }

  /** Loads a library that is not installed. Fails with a `HostError` that says at which step. */
  async loadLibrary(path: string, { loadMs }: LoadOptions = {}): Promise<NativePlugin> {
    const plugin = await this.#openLibrary(path);
    await plugin.load(loadMs);
    return plugin;
  }

  /** What the library's get_manifest returns, unjudged. The plugin is ended again. */
  async readManifest(path: string): Promise<string> {
    const plugin = await this.#openLibrary(path, { isScratch: true });
    try {
      return await plugin.readManifest();
    } finally {
      await plugin.stop();
      this.#plugins.delete(plugin);
    }
  }

  /**
   * Loads a library as far as its first call, to see whether it comes up, and ends it again: what it stores meanwhile is gone
   * with it, and a crash harms nobody. Fails like `loadLibrary`; the stack of a crash is in the details.
   */
  async tryLibrary(path: string): Promise<LoadedNativePlugin> {
    const crash = keepCrash();
    const plugin = await this.#openLibrary(path, { isScratch: true, log: { log: crash.log, version: undefined } });
    try {
      await plugin.load();
      return plugin.loaded!;
    } catch (error) {
      throw await crash.withStack(error);
    } finally {
      await plugin.stop({ atOnce: true });
      this.#plugins.delete(plugin);
    }
  }

  /** An installed plugin, loaded. Fails when it is not installed, or does not load. */
  async plugin(pluginId: string, { loadMs }: LoadOptions = {}): Promise<NativePlugin> {
    await this.#needsRunner();
    return await this.#installed.load(pluginId, loadMs);
  }

  /** An installed plugin that was opened here and takes calls, now or soon: no files are looked at. */
  servingPlugin(pluginId: string): NativePlugin | undefined {
    const plugin = this.#installed.opened(pluginId);
    const isServing = plugin !== undefined && ["loaded", "waiting", "loading"].includes(plugin.state);
    return isServing ? plugin : undefined;
  }

  /** What all installed plugins say of themselves. Only those that never said anything yet are loaded, side by side. */
  manifests(): Promise<ListedManifest[]> {
    return this.#manifests.list();
  }

  /** What an installed plugin says of itself, as far as files tell: nothing of it is loaded. */
  async knownManifest(pluginId: string): Promise<Manifest | undefined> {
    return await this.#manifests.known(pluginId);
  }

  /** Everything that is installed. Plugins that were not loaded yet are, side by side; failures are in the rows. */
  async list(): Promise<NativePluginStatus[]> {
    await this.#needsRunner();
    return await this.#installed.list();
  }

  /** The same, for those who only look: what did not come up is not tried again as long as its files are the same. */
  async look(): Promise<NativePluginStatus[]> {
    await this.#needsRunner();
    return await this.#installed.look();
  }

  /**
   * Loads installed plugins afresh, or one of them; hosts in other processes that follow the same folder do so too.
   * Calls that run finish on the old instances. Failures are in the rows.
   */
  async reload(pluginId?: string): Promise<NativePluginStatus[]> {
    await this.#needsRunner();
    const rows = await this.#installed.reload(pluginId);
    this.#tellOthers(pluginId);
    return rows;
  }

  /**
   * Takes over what was installed, removed and consented to meanwhile: resolves when all that is asked from now on meets it.
   * What was never loaded here is not loaded for it, unless all were asked for before. In the rows are those that were reloaded, and those that did not come up.
   */
  async catchUp(): Promise<NativePluginStatus[]> {
    this.#installTurn++;
    return await this.#installed.catchUp();
  }

  /** Another number after what is installed may be something else. */
  get installTurn(): number {
    return this.#installTurn;
  }

  /** Another text after plugins came, went or fare otherwise. Costs microseconds. */
  get stateMark(): string {
    return `${this.#installTurn} ${this.#installed.stateMark}`;
  }

  /** Releases a plugin that crashed while it was loaded, and loads it once. Fails when that goes wrong again. */
  async retry(pluginId: string): Promise<NativePlugin> {
    await this.#needsRunner();
    try {
      return await this.#installed.retry(pluginId);
    } finally {
      await this.#installed.settled();
      this.#tellOthers(pluginId);
    }
  }

  /** Hosts in other processes reload as well. When they cannot be told, that is a note: here everything is done. */
  #tellOthers(pluginId: string | undefined): void {
    if (signalReload(this.#tools, this.#name, pluginId)) return;
    const text = `other running hosts were not told to reload: nothing can be written to ${this.#tools}`;
    this.#options.onPluginLine?.({ plugin: pluginId ?? "all plugins", level: "warn", text, fromHost: true });
  }

  /** Forgets which plugins crashed while they were loaded; gives how many there were. */
  async resetQuarantine(): Promise<number> {
    return await releaseAll(this.#tools);
  }

  /** Calls a tool of a loaded plugin. Whatever the plugin does is in the outcome; see `callTool`. */
  async callTool(plugin: NativePlugin, call: ToolCall): Promise<ToolOutcome> {
    const timed = startTimed(call.traceId ?? randomUUID());
    this.#permissions ??= await this.#options.permissions();
    const { secrets } = this.#stores;
    return await callPluginTool({ secrets, permissions: this.#permissions }, this.#plugins.get(plugin)!, call, timed);
  }

  /**
   * Hands a request to the plugin's `handle_route`; gives what it answered, unjudged. Undefined: it has no such function.
   * The row shows method, path and body, and what `judge` says that the client gets.
   */
  async callRoute(plugin: NativePlugin, request: RouteRequest, judge?: RouteJudge): Promise<string | null | undefined> {
    const connected = this.#plugins.get(plugin)!;
    await knowsItsSettings(connected, request.agentId);
    return await callRoute(connected, request, judge);
  }

  /** Whoever has tasks under that id, in whatever state: an installed plugin, or a library that somebody loaded. */
  ownerOfTasks(pluginId: string): NativePlugin | undefined {
    const installed = this.#installed.opened(pluginId);
    return installed ?? this.#plugins.values().find(({ ownId }) => ownId === pluginId)?.plugin;
  }

  /**
   * Tells the plugin what happens to a task of its own. One at a time for each task, side by side for several; see
   * `sendTaskEvent`.
   */
  async tellTaskEvent(plugin: NativePlugin, event: TaskNews, handing?: Handing): Promise<void> {
    const connected = this.#plugins.get(plugin)!;
    await knowsItsSettings(connected, event.agentId);
    await tellTaskEvent(connected, event, handing);
  }

  /**
   * Gives a shared file, as JSON text, to the plugins that take such and are loaded, side by side; resolves when they are
   * done with it. Never rejects.
   */
  async offerArtifact(json: string): Promise<void> {
    const loaded = [...this.#plugins.values()].filter(({ plugin }) => plugin.state === "loaded");
    await Promise.all(
      loaded.map(async ({ plugin, shownId }) => {
        try {
          await offerArtifact(plugin, { agentId: undefined, json, deadlineMs: ARTIFACT_HANDLER_MS_MAX });
        } catch (error) {
          const text = `a shared file was not taken: ${toHostError(error).message}`;
          this.#options.onPluginLine?.({ plugin: shownId, level: "warn", text, fromHost: true });
        }
      }),
    );
  }

  /**
   * The agents that the tunnel connects now, with their public addresses: plugins with routes are told what is different.
   * Returns at once.
   */
  tunnelChanged(urls: ReadonlyMap<string, string>): void {
    for (const news of this.#tunnel.update(urls)) {
      for (const { tunnelDeliveries } of this.#plugins.values()) tunnelDeliveries.changed(news);
    }
  }

  /** From now on its tools are known as they are, and those that changed wait for approval. */
  async #noticeDefinitions(pluginId: string, manifest: Manifest): Promise<void> {
    this.#permissions ??= await this.#options.permissions();
    // Calls of those that are held back are told why; all else that the plugin does goes on.
    await this.#permissions.definitions.loaded(pluginId, definedTools(pluginId, manifest));
  }

  /**
   * Somebody saved a setting with this very host, which need not follow others for that: the plugin, when it is loaded, is
   * told of it. Resolves when it was.
   */
  async settingSaved(change: SavedElsewhere): Promise<void> {
    this.#settingSaved(change);
    const told = [...this.#plugins.values()].filter(({ ownId }) => ownId === change.pluginId);
    await Promise.all(told.map(({ deliveries }) => deliveries.delivered()));
  }

  /** Somebody saved a setting elsewhere: those who have the plugin loaded tell it. */
  #settingSaved({ pluginId, agentId, key, savedAt }: SavedElsewhere): void {
    // A plugin that reads the setting while it is told of it finds the new value.
    this.#stores.secrets.lookAgain(pluginId, agentId);
    for (const { ownId, deliveries } of this.#plugins.values()) {
      if (ownId === pluginId) deliveries.savedElsewhere(agentId, key, savedAt);
    }
  }

  /** Its rows and its database are let go of when no process of it is left. */
  async #dropped(plugin: NativePlugin, gone: Promise<void>): Promise<void> {
    const placeId = this.#plugins.get(plugin)?.placeId;
    await gone;
    this.#plugins.delete(plugin);
    if (placeId !== undefined) await this.#stores.databases.close(placeId);
  }

  /**
   * Ends all runners; resolves when no process is left and the logs are written. Nothing may be asked of the host any
   * more; its `signal` must be aborted by now.
   *
   * @param atOnce without the time that open calls get to finish.
   */
  async stop({ atOnce = false } = {}): Promise<void> {
    for (const following of this.#following) following?.stop();
    for (const { tunnelDeliveries } of this.#plugins.values()) tunnelDeliveries.stop();
    await Promise.all([...this.#plugins.values()].map(({ deliveries }) => deliveries.stop({ atOnce })));
    await Promise.all([...this.#plugins.keys()].map((plugin) => plugin.stop({ atOnce })));
    await this.#installed.settled();
    await Promise.all([...this.#logs.values()].map((log) => log.close({ atOnce })));
  }

  async #openLibrary(path: string, how: Pick<PluginSource, "isScratch" | "log"> = {}): Promise<NativePlugin> {
    const library = resolve(this.#options.cwd, path);
    await access(library).catch(() => {
      throw new HostError("library_unknown", `there is no library at ${library}`, { hint: "check the path" });
    });
    const wrong = checkLibraryFile(library);
    if (wrong) throw wrong;
    await this.#needsRunner();
    return this.#create({ library, expectedId: undefined, label: basename(library), ...how });
  }

  /** Fails when the runner is not built. */
  #needsRunner(): Promise<void> {
    this.#runnerIsThere ??= access(this.#runnerPath).catch(() => {
      this.#runnerIsThere = undefined;
      throw new HostError("runner_missing", `the runner is not built: ${this.#runnerPath}`, {
        hint: 'run "make setup"',
      });
    });
    return this.#runnerIsThere;
  }

  #logOf(pluginId: string): PluginLog {
    const known = this.#logs.get(pluginId);
    if (known) return known;
    const log = openPluginLog({
      folder: logsFolder(this.#options.paths),
      pluginId,
      redactions: () => this.#stores.secrets.knownValues(pluginId),
      warn: (text) => this.#options.onPluginLine?.({ plugin: pluginId, level: "warn", text, fromHost: true }),
    });
    this.#logs.set(pluginId, log);
    return log;
  }

  #create(source: PluginSource): NativePlugin {
    const { signal, cwd, env, stores, http, artifacts } = this.#options;
    if (signal.aborted) throw new HostError("plugin_stopped", "the host was stopped");
    const { hostVersion, loadMs, onPluginLine, inference, tasks, agentIds, onPluginLoaded, watch } = this.#options;
    const connected = new ConnectedPlugin(source, {
      runnerPath: this.#runnerPath,
      cwd,
      env,
      stores,
      http,
      artifacts,
      warnings: this.warnings,
      tunnel: this.#tunnel,
      watch,
      ...(inference === undefined ? {} : { inference }),
      ...(tasks === undefined ? {} : { tasks }),
      ...(onPluginLoaded === undefined ? {} : { onPluginLoaded }),
      ...(agentIds === undefined ? {} : { agentIds }),
      ...(hostVersion === undefined ? {} : { hostVersion }),
      ...(loadMs === undefined ? {} : { loadMs }),
      ...(onPluginLine === undefined ? {} : { onPluginLine }),
    });
    this.#plugins.set(connected.plugin, connected);
    return connected.plugin;
  }
}

/** Before anything but a tool is called of it for an agent; what keeps it from being loaded is told by the call itself. */
async function knowsItsSettings({ plugin, deliveries }: ConnectedPlugin, agentId: string | undefined): Promise<void> {
  if (agentId === undefined) return;
  if (plugin.state !== "loaded") await plugin.ready().catch(() => undefined);
  await deliveries.snapshotDelivered(agentId);
}
