// The door to process plugins for commands: finds them, picks a provider, runs it. Loads nothing of the native side and
// as little as it can of its own, because a terminal command pays for every module that it loads.

import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import { type Config, configFlag, configList, configText } from "../config/config.ts";
import { accessOf } from "../plugins/process/access.ts";
import type { DiscoveryProblem } from "../plugins/process/bundles.ts";
import {
  type ChoiceSettings,
  chooseProvider,
  type Provider,
  type ProviderChoice,
} from "../plugins/process/choose-provider.ts";
import type { CatalogCommand } from "../plugins/process/command-catalog.ts";
import type { Remembered } from "../plugins/process/describe-candidate.ts";
import { type Discovery, discoverPlugins, type ProcessPlugin } from "../plugins/process/discover.ts";
import { isSameStamp, readStamp } from "../plugins/process/file-stamp.ts";
import type { RuntimeHints } from "../plugins/process/plugin-environment.ts";
import { runLimits } from "../plugins/process/plugin-limits.ts";
import type { PluginResponse } from "../plugins/process/read-response.ts";
import {
  distinctRoots,
  findCandidates,
  findRootProblems,
  type PluginRoot,
  pluginRoots,
  type RootProblem,
} from "../plugins/process/roots.ts";
import { type CommandRequest, type EndedRun, runCommand, runHelp } from "../plugins/process/run-command.ts";
import type { Environment } from "../plugins/process/run-process.ts";
import type { ToolCommand } from "../plugins/process/tool-commands.ts";
import { HostError } from "../protocol/errors.ts";
import type { ProcessToolSettings } from "./process-tool-settings.ts";

export interface ProcessHostOptions {
  readonly paths: Paths;
  readonly env: Environment;
  readonly cwd: string;
  readonly pluginDirs: readonly string[];
  /** Ends whatever runs. */
  readonly signal: AbortSignal;
  /** Without it, everything is as it is when nobody configured anything. */
  readonly config?: Config | undefined;
  /** A plugin's part of the configuration, ready for its environment. */
  readonly configVariables?: ((pluginId: string) => Readonly<Record<string, string>>) | undefined;
  /** Only the folders that were named for this run: nothing of the user's or of the program's own, and no cache. */
  readonly useDefaults?: boolean | undefined;
  /** Where the program lies, beside which bundled plugins are looked for; without it, `bin` of the package. */
  readonly programDir?: string | undefined;
  readonly describeTimeoutMs?: number | undefined;
  /** No plugin is asked what it offers: only what is remembered of earlier counts. For completion. */
  readonly asksNobody?: boolean | undefined;
  /** Hears of a plugin that takes long to describe itself. */
  readonly onSlowDescribe?: ((path: string) => void) | undefined;
  /** Hears of a folder of `pluginDirs` that cannot be searched, when the plugins are looked for. */
  readonly onPluginDirProblem?: ((problem: RootProblem) => void) | undefined;
}

export interface RunRequest {
  readonly provider: Provider;
  readonly args: readonly string[];
  readonly hints: RuntimeHints;
  /** Whose environment and folder the plugin gets; without it, the host's own. */
  readonly caller?: Pick<ProcessHostOptions, "env" | "cwd"> | undefined;
  /** Without it, what the configuration says. */
  readonly timeoutMs?: number | undefined;
  /** Ends this run; without it, only what ends all of them does. */
  readonly signal?: AbortSignal | undefined;
  readonly onStderr?: (text: string) => void;
  readonly onEnded?: ((run: EndedRun) => void) | undefined;
}

/** What a command may know of an answer. */
export type CommandResponse = PluginResponse;

interface DiscoverOptions {
  /** Also asks the plugins in `PATH`, when they are searched; otherwise those are only listed. */
  readonly active?: boolean;
  /** Asks all again, whatever was kept of earlier. */
  readonly fresh?: boolean;
  /** Looks at all files again; what is unchanged is not asked. */
  readonly again?: boolean;
}

interface Refreshed {
  /** Files of which something had been kept. */
  readonly forgotten: number;
  /** Plugins that described themselves now. */
  readonly described: number;
  readonly plugins: readonly ProcessPlugin[];
}

export interface ProcessHost {
  /** The folders that are searched, in order. */
  readonly pluginDirs: readonly string[];
  /** All plugins, broken ones too; the plugins are asked only once. */
  discover(options?: DiscoverOptions): Promise<readonly ProcessPlugin[]>;
  /** What is wrong and has no plugin to show it at. */
  problems(): Promise<readonly DiscoveryProblem[]>;
  /** Forgets what was kept of all plugins that are found now, and asks them again, those in `PATH` too. */
  refresh(): Promise<Refreshed>;
  /** What the plugins offer to this user, sorted by name. */
  commands(): Promise<readonly CatalogCommand[]>;
  /** Changes when a plugin's file is added, replaced or removed. Nothing is asked. */
  stamp(): string;
  /** The commands that are tools, as the files are now: what changed is asked again. */
  toolCommands(): Promise<readonly ToolCommand[]>;
  /** What the configuration says of a plugin's tools. */
  toolSettings(): Promise<ProcessToolSettings>;
  /**
   * The plugin that serves a command, and the command as it describes it. For one that is not found, the plugins in
   * `PATH` are asked as well, when they are searched.
   */
  provider(command: string, choice: ProviderChoice): Promise<Provider>;
  /** Runs a command; throws `access_denied` before anything is started. */
  run(request: RunRequest): Promise<CommandResponse>;
  /** Passes a request for help on to the plugin. */
  help(request: RunRequest): Promise<{ text: string; exitCode: number }>;
}

/** Opens nothing and starts nothing by itself; what it runs is over when its promise is. */
export function createProcessHost(options: ProcessHostOptions): ProcessHost {
  const finder = createFinder(options);
  const settings = choiceSettings(options.config);
  let toolSettings: Promise<ProcessToolSettings> | undefined;
  const choose = (plugins: readonly ProcessPlugin[], command: string, choice: ProviderChoice) =>
    chooseProvider(plugins, command, { ...choice, ...settings });

  const provider = async (command: string, choice: ProviderChoice): Promise<Provider> => {
    const { plugins } = await finder.find();
    try {
      return choose(plugins, command, choice);
    } catch (error) {
      if (!isMiss(error) || options.asksNobody) throw error;
      if (!plugins.some(({ state }) => state === "passive")) throw await withPathHint(error, options);
      return choose((await finder.find({ active: true })).plugins, command, choice);
    }
  };

  /** The same provider, described again if its file is not the one that was described. */
  const upToDate = async (known: Provider): Promise<Provider> => {
    const stamp = readStamp(known.plugin.path);
    // Of a file that is gone, the attempt to start it says so best.
    if (stamp === undefined || isSameStamp(stamp, known.plugin.stamp)) return known;
    const { plugins } = await finder.findAgain(known.plugin.path);
    return choose(plugins, known.command.name, { override: known.plugin.pluginId });
  };

  const prepare = async (request: RunRequest, needs: "visible" | "runnable"): Promise<CommandRequest> => {
    const { signal, config, configVariables } = options;
    const { env, cwd } = request.caller ?? options;
    const current = await upToDate(request.provider);
    const { pluginId } = current.plugin;
    checkAccess(current, request.args, settings, needs);
    const { timeoutMs, stdoutBytesMax, valuesMax } = runLimits(config, pluginId);
    return {
      ...request,
      provider: current,
      env,
      cwd,
      signal: request.signal === undefined ? signal : AbortSignal.any([signal, request.signal]),
      timeoutMs: request.timeoutMs ?? timeoutMs,
      stdoutBytesMax,
      valuesMax,
      configVariables: configVariables?.(pluginId),
    };
  };

  return {
    get pluginDirs() {
      return finder.roots().map((root) => root.dir);
    },
    discover: async (how) => (await finder.find(how)).plugins,
    async problems() {
      const { problems } = await finder.find();
      const { findNearMisses } = await import("../plugins/process/near-misses.ts");
      const misses = findNearMisses(distinctRoots(finder.roots()));
      const asProblem = ({ path, reason }: (typeof misses)[number]): DiscoveryProblem => {
        return { kind: "not_a_plugin", path, pluginId: null, text: reason };
      };
      return [...problems, ...misses.map(asProblem)];
    },
    refresh: () => finder.refresh(),
    stamp: () => finder.stamp(),
    async toolCommands() {
      const { plugins } = await finder.find({ again: true });
      const { toolCommands } = await import("../plugins/process/tool-commands.ts");
      return toolCommands(plugins, settings);
    },
    toolSettings() {
      toolSettings ??= import("./process-tool-settings.ts").then((module) =>
        module.processToolSettings(options.config),
      );
      return toolSettings;
    },
    async commands() {
      const { plugins } = await finder.find();
      const { commandCatalog } = await import("../plugins/process/command-catalog.ts");
      return commandCatalog(plugins, settings);
    },
    provider,
    run: async (request) => runCommand(await prepare(request, "runnable")),
    help: async (request) => runHelp(await prepare(request, "visible")),
  };
}

/** Finds plugins; each kind of search is made once. */
function createFinder(options: ProcessHostOptions) {
  const { paths, config, onPluginDirProblem } = options;
  const cacheFile = options.useDefaults ? undefined : join(paths.cache, "describe-v1.json");
  const memory = new Map<string, Remembered>();
  let knownRoots: PluginRoot[] | undefined;
  let latest: Promise<Discovery> | undefined;
  let isActive = false;

  const roots = () => {
    const searchPath = config !== undefined && configFlag(config, "extensions.plugins.discovery.path") === true;
    knownRoots ??= pluginRoots({ ...options, searchPath });
    return knownRoots;
  };
  const search = (how: { active: boolean; fresh?: boolean; mayAskPath?: string }) => {
    if (latest === undefined && onPluginDirProblem) findRootProblems(roots()).forEach(onPluginDirProblem);
    isActive = how.active;
    latest = discoverPlugins({ ...options, ...how, roots: roots(), cacheFile, memory });
    return latest;
  };

  return {
    roots,
    stamp() {
      const distinct = distinctRoots(roots());
      const bundles = distinct
        .filter(({ source }) => source === "bundled")
        .map(({ dir }) => join(dir, "manifest.toml"));
      return JSON.stringify([
        findCandidates(distinct).map(({ path, stamp }) => [path, stamp]),
        bundles.map((path) => readStamp(path)),
      ]);
    },
    find({ active = false, fresh = false, again = false }: DiscoverOptions = {}): Promise<Discovery> {
      if (latest === undefined || fresh || (active && !isActive)) return search({ active, fresh });
      return again ? search({ active: isActive }) : latest;
    },
    /** Looks at all files again, before the one at `mayAskPath` is run; what is unchanged is not asked. */
    findAgain: (mayAskPath: string) => search({ active: isActive, mayAskPath }),
    async refresh(): Promise<Refreshed> {
      const { forgetPlugins } = await import("../plugins/process/forget-plugins.ts");
      const forgotten = await forgetPlugins(cacheFile, roots());
      const { plugins, describedCount } = await search({ active: true, fresh: true });
      return { forgotten, described: describedCount, plugins };
    },
  };
}

/** A command that nobody offers may be that of a plugin in `PATH`, where nobody asked us to look. */
async function withPathHint(error: unknown, { config, env, cwd, paths }: ProcessHostOptions): Promise<unknown> {
  const isSearched = config !== undefined && configFlag(config, "extensions.plugins.discovery.path") === true;
  if (isSearched || !(error instanceof HostError) || error.code !== "command_unknown") return error;
  const inPath = pluginRoots({ pluginDirs: [], env, cwd, paths, searchPath: true }).filter(
    (root) => root.source === "path",
  );
  const found = findCandidates(distinctRoots(inPath))[0];
  if (found === undefined) return error;
  const { message, details, hint } = error;
  const key = "extensions.plugins.discovery.path";
  return new HostError(error.code, message, {
    hint: `${hint}; plugins in PATH (there is ${found.path}) are used after "osp config set ${key} true --global"`,
    ...(details === undefined ? {} : { details }),
  });
}

/** Whether an error is about a command or plugin that a plugin which was never asked may have. */
function isMiss(error: unknown): boolean {
  return error instanceof HostError && error.code !== "provider_ambiguous" && error.code !== "command_disabled";
}

function choiceSettings(config: Config | undefined): ChoiceSettings {
  if (config === undefined) return {};
  const key = "auth.visible.plugins";
  return { config, visiblePlugins: configText(config, key) ?? configList(config, key).join(" ") };
}

/** A hidden command does not exist for this user; help is for whoever may see a command. */
function checkAccess(
  { command, plugin }: Provider,
  args: readonly string[],
  settings: ChoiceSettings,
  needs: "visible" | "runnable",
): void {
  const access = accessOf(command, args, settings);
  const typed = access.path.join(" ");
  if (!access.visible) {
    throw new HostError("command_unknown", `unknown command "${typed}"`, { details: { command: typed } });
  }
  if (access.runnable || needs === "visible") return;
  throw new HostError("access_denied", `command "${typed}" cannot be run here: ${access.reason}`, {
    ...(access.remedy === undefined ? {} : { hint: access.remedy }),
    details: { command: typed, plugin: plugin.pluginId, required_capabilities: access.requiredCapabilities },
  });
}
