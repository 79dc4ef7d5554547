// The door to process plugins for commands: finds them once, picks a provider, runs it. Loads nothing of the native
// side, because a terminal command pays for every module that it loads.

import type { Paths } from "../base/paths.ts";
import { chooseProvider, type Provider, type ProviderChoice } from "../plugins/process/choose-provider.ts";
import { discoverPlugins, type ProcessPlugin } from "../plugins/process/discover.ts";
import type { RuntimeHints } from "../plugins/process/plugin-environment.ts";
import type { PluginResponse } from "../plugins/process/read-response.ts";
import { findRootProblems, pluginRoots, type RootProblem } from "../plugins/process/roots.ts";
import { type EndedRun, runCommand, runHelp } from "../plugins/process/run-command.ts";
import type { Environment } from "../plugins/process/run-process.ts";

export interface ProcessHostOptions {
  readonly paths: Paths;
  readonly env: Environment;
  readonly cwd: string;
  readonly pluginDirs: readonly string[];
  /** Ends whatever runs. */
  readonly signal: AbortSignal;
  readonly describeTimeoutMs?: number | undefined;
  /** Hears of a plugin that takes long to describe itself. */
  readonly onSlowDescribe?: ((path: string) => void) | undefined;
  /** Hears of a folder of `pluginDirs` that cannot be searched, when the plugins are looked for. */
  readonly onPluginDirProblem?: ((problem: RootProblem) => void) | undefined;
}

export interface RunRequest {
  readonly provider: Provider;
  readonly args: readonly string[];
  readonly hints: RuntimeHints;
  readonly timeoutMs?: number | undefined;
  readonly onStderr?: (text: string) => void;
  readonly onEnded?: ((run: EndedRun) => void) | undefined;
}

/** What a command may know of an answer. */
export type CommandResponse = PluginResponse;

export interface ProcessHost {
  /** The folders that are searched, in order. */
  readonly pluginDirs: readonly string[];
  /** All plugins, broken ones too; the plugins are asked only once. */
  discover(): Promise<readonly ProcessPlugin[]>;
  /** The plugin that serves a command, and the command as it describes it. */
  provider(command: string, choice: ProviderChoice): Promise<Provider>;
  run(request: RunRequest): Promise<CommandResponse>;
  /** Passes a request for help on to the plugin. */
  help(request: RunRequest): Promise<{ text: string; exitCode: number }>;
}

/** Opens nothing and starts nothing by itself; what it runs is over when its promise is. */
export function createProcessHost(options: ProcessHostOptions): ProcessHost {
  const { env, cwd, signal, describeTimeoutMs, onSlowDescribe, onPluginDirProblem } = options;
  const roots = pluginRoots(options);
  let plugins: Promise<readonly ProcessPlugin[]> | undefined;
  const discover = () => {
    if (plugins === undefined && onPluginDirProblem) findRootProblems(roots).forEach(onPluginDirProblem);
    plugins ??= discoverPlugins({ roots, env, cwd, signal, describeTimeoutMs, onSlowDescribe });
    return plugins;
  };
  return {
    pluginDirs: roots.map((root) => root.dir),
    discover,
    provider: async (command, choice) => chooseProvider(await discover(), command, choice),
    run: (request) => runCommand({ ...request, env, cwd, signal }),
    help: (request) => runHelp({ ...request, env, cwd, signal }),
  };
}
