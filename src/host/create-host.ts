// The host: everything that runs plugins, behind one function. The terminal program, the daemon, the tests and whoever
// embeds Osprey use this one. Its two sides are loaded when they are first asked for: a terminal command that runs a
// script pays nothing for native plugins.

import type { Paths } from "../base/paths.ts";
import type { NativeHost, PluginLine } from "./native-host.ts";
import type { ProcessHost, ProcessHostOptions } from "./process-host.ts";

export interface HostOptions
  extends Pick<
    ProcessHostOptions,
    "config" | "useDefaults" | "describeTimeoutMs" | "onSlowDescribe" | "onPluginDirProblem"
  > {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Folders to look for process plugins in before all others. */
  readonly pluginDirs?: readonly string[];
  /** The runner for native plugins; without it, the one that set-up built. */
  readonly runnerPath?: string;
  /** What native plugins log and print. */
  onPluginLine?(line: PluginLine): void;
  /** Ends what runs, when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface Host {
  processes(): Promise<ProcessHost>;
  native(): Promise<NativeHost>;
  /**
   * Ends everything that the host started; resolves when it is gone. Safe to call twice.
   *
   * @param options `atOnce`: without the time that open calls of native plugins get to finish.
   */
  stop(options?: { atOnce?: boolean }): Promise<void>;
}

/** Builds a host. Nothing is started, opened or written before something is asked of it. */
export function createHost(options: HostOptions): Host {
  const stopping = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal;
  let processes: Promise<ProcessHost> | undefined;
  let native: Promise<NativeHost> | undefined;
  return {
    processes() {
      processes ??= openProcesses({ ...options, signal });
      return processes;
    },
    native() {
      native ??= import("./native-host.ts").then(({ NativeHost }) => new NativeHost({ ...options, signal }));
      return native;
    },
    async stop(options) {
      stopping.abort();
      await (await native)?.stop(options);
    },
  };
}

async function openProcesses(options: HostOptions & { readonly signal: AbortSignal }): Promise<ProcessHost> {
  const { config, pluginDirs = [] } = options;
  const { createProcessHost } = await import("./process-host.ts");
  if (config === undefined) return createProcessHost({ ...options, pluginDirs });
  const { configVariables } = await import("./config-variables.ts");
  return createProcessHost({ ...options, pluginDirs, configVariables: (id) => configVariables(config, id) });
}
