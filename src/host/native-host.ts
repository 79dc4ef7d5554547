// The door to native plugins: loads installed ones and single libraries, connects each to what it may ask of its host,
// and ends all their runners when the host stops.

import { access } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { mapLimit } from "../base/map-limit.ts";
import { packageRoot } from "../base/package-root.ts";
import type { Paths } from "../base/paths.ts";
import { createHostApi } from "../host-api/create-host-api.ts";
import { findInstalled, type InstalledPlugin, listInstalled } from "../plugins/native/installed.ts";
import { type LoadedNativePlugin, NativePlugin, type NativePluginState } from "../plugins/native/native-plugin.ts";
import { runnerEnvironment } from "../plugins/native/runner-environment.ts";
import { HostError, toHostError } from "../protocol/errors.ts";
import { LOAD_PARALLEL_MAX } from "../protocol/limits.ts";
import { SecretStore } from "../store/secret-store.ts";
import { callTool, type ToolCall, type ToolOutcome } from "../tools/call-tool.ts";

export interface NativeHostOptions {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The runner program; without it, the one that set-up built. */
  readonly runnerPath?: string;
  /** The host is stopped when this is aborted: nothing is started any more. */
  readonly signal: AbortSignal;
  /** What plugins log and print, and what happens to them, a line at a time. */
  onPluginLine?(line: PluginLine): void;
}

export interface PluginLine {
  readonly plugin: string;
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "log" | "output";
  readonly text: string;
}

/** An installed plugin and how it fares. */
export interface NativePluginStatus {
  readonly pluginId: string;
  readonly version: string;
  readonly state: NativePluginState;
  readonly loaded: LoadedNativePlugin | undefined;
  readonly pid: number | undefined;
  readonly error: HostError | undefined;
}

export interface LoadOptions {
  /** Gives loading less time than it has by itself. */
  readonly loadMs?: number | undefined;
}

const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

export class NativeHost {
  readonly #options: NativeHostOptions;
  readonly #toolsFolder: string;
  readonly #runnerPath: string;
  readonly #secrets: SecretStore;
  readonly #installed = new Map<string, NativePlugin>();
  #runnerIsThere: Promise<void> | undefined;
  readonly #plugins = new Set<NativePlugin>();

  constructor(options: NativeHostOptions) {
    this.#options = options;
    this.#toolsFolder = join(options.paths.data, "Tools");
    this.#runnerPath = options.runnerPath ?? join(packageRoot(), "build/native/osprey-runner");
    this.#secrets = new SecretStore(join(options.paths.data, "Secrets"));
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
    const found = await findInstalled(this.#toolsFolder, pluginId);
    if (!found) {
      const others = (await listInstalled(this.#toolsFolder)).map((plugin) => plugin.pluginId);
      throw new HostError("plugin_unknown", `no plugin "${pluginId}" is installed`, {
        hint:
          others.length > 0 ? `installed: ${others.join(", ")}` : 'to call a library directly, use "--library PATH"',
      });
    }
    const plugin = await this.#open(found);
    await plugin.load(loadMs);
    return plugin;
  }

  /** Everything that is installed. Plugins that were not loaded yet are, side by side; failures are in the rows. */
  async list(): Promise<NativePluginStatus[]> {
    const installed = await listInstalled(this.#toolsFolder);
    return await mapLimit(installed, LOAD_PARALLEL_MAX, (plugin) => this.#status(plugin));
  }

  /** Calls a tool of a loaded plugin. Whatever the plugin does is in the outcome; see `callTool`. */
  async callTool(plugin: NativePlugin, call: ToolCall): Promise<ToolOutcome> {
    const { manifest } = await plugin.load();
    return await callTool(
      {
        manifest,
        invokeTool: (toolId, input, options) =>
          plugin.call("invoke", ["tool", toolId, input], { ...options, what: `tool "${toolId}"` }),
      },
      call,
    );
  }

  /**
   * Ends all runners; resolves when no process is left. Nothing may be asked of the host any more; its `signal` must be
   * aborted by now.
   *
   * @param atOnce without the time that open calls get to finish.
   */
  async stop({ atOnce = false } = {}): Promise<void> {
    await Promise.all([...this.#plugins].map((plugin) => plugin.stop({ atOnce })));
  }

  async #openLibrary(path: string): Promise<NativePlugin> {
    const library = resolve(this.#options.cwd, path);
    await access(library).catch(() => {
      throw new HostError("library_unknown", `there is no library at ${library}`, { hint: "check the path" });
    });
    await this.#needsRunner();
    return this.#create(library, undefined, basename(library));
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

  async #status(installed: InstalledPlugin): Promise<NativePluginStatus> {
    const { pluginId, version } = installed;
    let plugin: NativePlugin | undefined;
    let error: HostError | undefined;
    try {
      plugin = await this.#open(installed);
      await plugin.load();
    } catch (thrown) {
      error = toHostError(thrown);
    }
    return {
      pluginId,
      version,
      state: plugin?.state ?? "failed",
      loaded: plugin?.loaded,
      pid: plugin?.pid,
      error,
    };
  }

  async #open({ pluginId, library }: InstalledPlugin): Promise<NativePlugin> {
    if (library instanceof HostError) throw library;
    await this.#needsRunner();
    // From here on nothing is awaited: two callers must never get two runners of one plugin.
    const open = this.#installed.get(pluginId);
    if (open) return open;
    const plugin = this.#create(library, pluginId, pluginId);
    this.#installed.set(pluginId, plugin);
    return plugin;
  }

  #create(library: string, pluginId: string | undefined, label: string): NativePlugin {
    if (this.#options.signal.aborted) throw new HostError("plugin_stopped", "the host was stopped");
    const say = (level: PluginLine["level"], text: string) =>
      this.#options.onPluginLine?.({ plugin: plugin.loaded?.manifest.plugin_id ?? label, level, text });
    const plugin: NativePlugin = new NativePlugin({
      runnerPath: this.#runnerPath,
      library,
      expectedId: pluginId,
      label,
      cwd: this.#options.cwd,
      env: runnerEnvironment(this.#options.env),
      onHostCall: createHostApi({
        pluginId: () => pluginId ?? plugin.loaded?.manifest.plugin_id,
        secrets: this.#secrets,
        warn: (text) => say("warn", text),
      }),
      events: {
        onLog: ({ level, message, payload }) =>
          say(LEVELS[level] ?? "log", payload === null ? message : `${message} ${payload}`),
        onOutput: (_stream, line) => say("output", line),
        onCrash: (story, _end, restartInMs) => say("error", `${story}; it starts again in ${restartInMs} ms`),
      },
    });
    this.#plugins.add(plugin);
    return plugin;
  }
}
