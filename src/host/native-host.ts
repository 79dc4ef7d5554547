// The door to native plugins: loads installed ones and single libraries, connects each to what it may ask of its host,
// and ends all their runners when the host stops.

import { randomUUID } from "node:crypto";
import { access } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { packageRoot } from "../base/package-root.ts";
import type { Paths } from "../base/paths.ts";
import { redactor } from "../base/redact.ts";
import { createHostApi } from "../host-api/create-host-api.ts";
import type { LoadedNativePlugin } from "../plugins/native/launch-runner.ts";
import { checkLibraryFile } from "../plugins/native/library-file.ts";
import { logEvents } from "../plugins/native/log-events.ts";
import {
  NativePlugin,
  type NativePluginEvents,
  type NativePluginOptions,
  PluginChanged,
} from "../plugins/native/native-plugin.ts";
import { openPluginLog, type PluginLog } from "../plugins/native/plugin-log.ts";
import { releaseAll } from "../plugins/native/quarantine.ts";
import { runnerEnvironment } from "../plugins/native/runner-environment.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { ERRORS, HostError } from "../protocol/errors.ts";
import { PLUGIN_LOG_LINE_CHARS_MAX } from "../protocol/limits.ts";
import { SecretStore } from "../store/secret-store.ts";
import { callTool, type ToolCall, type ToolOutcome } from "../tools/call-tool.ts";
import { toolFailure } from "../tools/envelope.ts";
import type { HostFields } from "../tools/host-fields.ts";
import { LIBRARY_ID_PREFIX } from "../tools/tool-names.ts";
import { followInstalls, signalReload } from "./follow-installs.ts";
import { InstalledPlugins, type NativePluginStatus } from "./installed-plugins.ts";
import type { PermissionsHost } from "./permissions-host.ts";
import { logsFolder } from "./plugin-logs.ts";

export interface NativeHostOptions {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The runner program; without it, the one that set-up built. */
  readonly runnerPath?: string;
  /** How long a plugin may take to load; without it, 30 s. */
  readonly loadMs?: number;
  /** Notices what other processes install, remove and want reloaded; for hosts that run on. */
  readonly follow?: boolean;
  /** What was decided about tools, and who can be asked. */
  permissions(): Promise<PermissionsHost>;
  /** The host is stopped when this is aborted: nothing is started any more. */
  readonly signal: AbortSignal;
  /** What plugins log and print, and what happens to them, a line at a time. */
  onPluginLine?(line: PluginLine): void;
}

export interface PluginLine {
  readonly plugin: string;
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "log" | "output";
  readonly text: string;
  /** The host says this of the plugin; otherwise it is the plugin's own. */
  readonly fromHost?: true;
}

export interface LoadOptions {
  /** Gives loading less time than it has by itself. */
  readonly loadMs?: number | undefined;
}

const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

export class NativeHost {
  readonly #options: NativeHostOptions;
  readonly #tools: string;
  readonly #scratch: string;
  /** Tells this host from others on the same folder. */
  readonly #name = randomUUID();
  readonly #runnerPath: string;
  readonly #secrets: SecretStore;
  readonly #installed: InstalledPlugins;
  readonly #plugins = new Set<NativePlugin>();
  readonly #ownIds = new WeakMap<NativePlugin, () => string | undefined>();
  readonly #logs = new Map<string, PluginLog>();
  readonly #redactors = new Map<string, ReturnType<typeof redactor>>();
  readonly #following: { stop(): void } | undefined;
  #permissions: PermissionsHost | undefined;
  #runnerIsThere: Promise<void> | undefined;

  constructor(options: NativeHostOptions) {
    const { data } = options.paths;
    this.#options = options;
    this.#tools = toolsFolder(options.paths);
    this.#scratch = join(data, "run");
    this.#runnerPath = options.runnerPath ?? join(packageRoot(), "build/native/osprey-runner");
    this.#secrets = new SecretStore(join(data, "Secrets"));
    this.#installed = new InstalledPlugins({
      tools: this.#tools,
      scratch: this.#scratch,
      dropped: (plugin, gone) => void gone.then(() => this.#plugins.delete(plugin)),
      create: ({ pluginId, version, folder, library }, hooks) => {
        const path = typeof library === "string" ? library : folder;
        const log = this.#logOf(pluginId);
        return this.#create({ library: path, expectedId: pluginId, label: pluginId, ...hooks }, (plugin) =>
          logEvents({
            log,
            pluginId,
            library: path,
            version: () => plugin.loaded?.manifest.version ?? version,
            path: options.env["PATH"],
          }),
        );
      },
    });
    if (options.follow) {
      this.#following = followInstalls(this.#tools, this.#name, {
        catchUp: () => this.#installed.catchUp(),
        reload: (pluginId) => this.#installed.reload(pluginId),
      });
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
    const plugin = await this.#openLibrary(path);
    try {
      return await plugin.readManifest();
    } finally {
      await plugin.stop();
      this.#plugins.delete(plugin);
    }
  }

  /** An installed plugin, loaded. Fails when it is not installed, or does not load. */
  async plugin(pluginId: string, { loadMs }: LoadOptions = {}): Promise<NativePlugin> {
    await this.#needsRunner();
    return await this.#installed.load(pluginId, loadMs);
  }

  /** Everything that is installed. Plugins that were not loaded yet are, side by side; failures are in the rows. */
  async list(): Promise<NativePluginStatus[]> {
    await this.#needsRunner();
    return await this.#installed.list();
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
    const startedAt = performance.now();
    this.#permissions ??= await this.#options.permissions();
    for (;;) {
      const loaded = plugin.state === "loaded" ? plugin.loaded : undefined;
      try {
        return await this.#callOnce(plugin, loaded ?? (await readyInTime(plugin, call)), leftOf(call, startedAt));
      } catch (error) {
        // While somebody was asked, another version took over: it judges the call anew.
        if (error instanceof PluginChanged) continue;
        if (!(error instanceof HostError) || ERRORS[error.code].fault === "caller") throw error;
        const { code, message } = error;
        const envelope = toolFailure(call.tool, { kind: "unavailable", code, message });
        return { envelope, breakdown: error, exactResult: () => undefined };
      }
    }
  }

  async #callOnce(plugin: NativePlugin, loaded: LoadedNativePlugin, call: ToolCall): Promise<ToolOutcome> {
    const { manifest, manifestText } = loaded;
    const { grants, ask } = this.#permissions!;
    const pluginId = manifest.plugin_id;
    const ownId = this.#ownIds.get(plugin)?.() ?? pluginId;
    return await callTool(
      {
        manifest,
        grantsId: ownId,
        grants,
        ask,
        hostFields: (agentId) => this.#hostFields(ownId, agentId),
        note: (text) => this.#note(pluginId, ownId, this.#withoutSecrets(ownId, text)),
        invokeTool: (toolId, input, options) =>
          plugin.call("invoke", ["tool", toolId, input], {
            ...options,
            what: `tool "${toolId}"`,
            onlyWith: manifestText,
          }),
      },
      call,
    );
  }

  #hostFields(pluginId: string, agentId: string): HostFields | undefined | Promise<HostFields | undefined> {
    const secrets = this.#secrets.all(pluginId, agentId);
    return secrets instanceof Promise ? secrets.then((all) => ({ secrets: all })) : { secrets };
  }

  /** The text without the values that are kept for the plugin; all of it, or as much of it as is shown of a line. */
  #withoutSecrets(ownId: string | undefined, text: string, charsMax?: number): string {
    if (ownId === undefined) return text; // Nothing is given to what has no id yet.
    let redact = this.#redactors.get(ownId);
    if (!redact) {
      redact = redactor(() => this.#secrets.knownValues(ownId));
      this.#redactors.set(ownId, redact);
    }
    return redact(text, charsMax);
  }

  /** What the host has to say of a plugin goes into its log, and to whoever listens. */
  #note(pluginId: string, ownId: string, text: string): void {
    this.#logs.get(ownId)?.write({ kind: "note", level: "warn", text });
    this.#options.onPluginLine?.({ plugin: pluginId, level: "warn", text, fromHost: true });
  }

  /**
   * Ends all runners; resolves when no process is left and the logs are written. Nothing may be asked of the host any
   * more; its `signal` must be aborted by now.
   *
   * @param atOnce without the time that open calls get to finish.
   */
  async stop({ atOnce = false } = {}): Promise<void> {
    this.#following?.stop();
    await Promise.all([...this.#plugins].map((plugin) => plugin.stop({ atOnce })));
    await this.#installed.settled();
    await Promise.all([...this.#logs.values()].map((log) => log.close({ atOnce })));
  }

  async #openLibrary(path: string): Promise<NativePlugin> {
    const library = resolve(this.#options.cwd, path);
    await access(library).catch(() => {
      throw new HostError("library_unknown", `there is no library at ${library}`, { hint: "check the path" });
    });
    const wrong = checkLibraryFile(library);
    if (wrong) throw wrong;
    await this.#needsRunner();
    return this.#create({ library, expectedId: undefined, label: basename(library) });
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
      redactions: () => this.#secrets.knownValues(pluginId),
      warn: (text) => this.#options.onPluginLine?.({ plugin: pluginId, level: "warn", text, fromHost: true }),
    });
    this.#logs.set(pluginId, log);
    return log;
  }

  #create(
    source: Pick<NativePluginOptions, "library" | "expectedId" | "label" | "prepare" | "admit"> &
      Partial<Pick<NativePluginEvents, "onLoadFailed">> & { onLoaded?(): void },
    logOf?: (plugin: NativePlugin) => ReturnType<typeof logEvents>,
  ): NativePlugin {
    if (this.#options.signal.aborted) throw new HostError("plugin_stopped", "the host was stopped");
    const { expectedId, label, onLoaded, onLoadFailed } = source;
    const name = () => plugin.loaded?.manifest.plugin_id ?? label;
    const ownId = () => {
      const claimed = plugin.loaded?.manifest.plugin_id;
      return expectedId ?? (claimed === undefined ? undefined : `${LIBRARY_ID_PREFIX}${claimed}`);
    };
    const say = (level: PluginLine["level"], text: string) =>
      this.#options.onPluginLine?.({
        plugin: name(),
        level,
        text: cutLine(this.#withoutSecrets(ownId(), text, PLUGIN_LOG_LINE_CHARS_MAX + 1)),
      });
    const remark = (level: PluginLine["level"], text: string) =>
      this.#options.onPluginLine?.({
        plugin: name(),
        level,
        text: this.#withoutSecrets(ownId(), text),
        fromHost: true,
      });
    const plugin: NativePlugin = new NativePlugin({
      ...source,
      ...(this.#options.loadMs === undefined ? {} : { loadMs: this.#options.loadMs }),
      runnerPath: this.#runnerPath,
      cwd: this.#options.cwd,
      env: runnerEnvironment(this.#options.env),
      probeAgentId: DEFAULT_AGENT_ID,
      ...(expectedId === undefined ? {} : { whereToLook: `"osaurus tools logs ${expectedId}" says where and why` }),
      onHostCall: createHostApi({
        // What still runs of a plugin that was removed gets nothing more, and leaves nothing to the next one of its id.
        pluginId: () => (plugin.isRetired ? undefined : ownId()),
        secrets: this.#secrets,
        warn: (text) => remark("warn", text),
      }),
      events: {
        onLog(line) {
          const { level, message, payload } = line;
          log?.onLog(line);
          say(LEVELS[level] ?? "log", payload === null ? message : `${message} ${payload}`);
        },
        onOutput(stream, line) {
          if (log?.onOutput(stream, line) ?? true) say("output", line);
        },
        onCrash(story, end, restartInMs) {
          log?.onCrash(story, end, restartInMs);
          const next = restartInMs === undefined ? "" : `; it starts again in ${restartInMs} ms`;
          remark("error", `${story}${next}`);
        },
        onLoaded({ abi }) {
          onLoaded?.();
          log?.onLoaded({ abi, pid: plugin.pid });
        },
        onLoadFailed(failure) {
          const { reason, restartInMs } = failure;
          log?.onLoadFailed(failure);
          if (restartInMs !== undefined) remark("error", `${reason.message}; it starts again in ${restartInMs} ms`);
          return onLoadFailed?.(failure) ?? "give up";
        },
      },
    });
    const log = logOf?.(plugin);
    this.#plugins.add(plugin);
    this.#ownIds.set(plugin, ownId);
    return plugin;
  }
}

/** The plugin as it is loaded now, or once it is; within the caller's time. */
async function readyInTime(plugin: NativePlugin, { timeoutMs, signal }: ToolCall): Promise<LoadedNativePlugin> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new HostError("interrupted", "interrupted"));
  const onTimeout = () =>
    reject(
      new HostError("load_timeout", `the plugin was not up after ${timeoutMs} ms`, {
        hint: "give the call more time, or try again later",
      }),
    );
  const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    return await Promise.race([plugin.ready(), tooLate]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The same call with what is left of its time. */
function leftOf(call: ToolCall, startedAt: number): ToolCall {
  if (call.timeoutMs === undefined) return call;
  return { ...call, timeoutMs: Math.max(1, call.timeoutMs - (performance.now() - startedAt)) };
}

function cutLine(text: string): string {
  return text.length > PLUGIN_LOG_LINE_CHARS_MAX ? `${text.slice(0, PLUGIN_LOG_LINE_CHARS_MAX)}…` : text;
}
