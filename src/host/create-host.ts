// The host: everything that runs plugins, behind one function. The terminal program, the daemon, the tests and whoever
// embeds Osprey use this one. Its two sides are loaded when they are first asked for: a terminal command that runs a
// script pays nothing for native plugins.

import type { Paths } from "../base/paths.ts";
import type { DoctorHost } from "./doctor-host.ts";
import type { InstallHost } from "./install-host.ts";
import type { NativeHost, PluginLine } from "./native-host.ts";
import type { ConsentOptions, PermissionsHost } from "./permissions-host.ts";
import type { PluginLogs } from "./plugin-logs.ts";
import type { ProcessHost, ProcessHostOptions } from "./process-host.ts";
import type { RegistryHost } from "./registry-host.ts";

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
  /** How long a native plugin may take to load; without it, 30 s. */
  readonly loadMs?: number;
  /** Notices what other processes do to the installed plugins; for hosts that run on. */
  readonly follow?: boolean;
  /** What native plugins log and print. */
  onPluginLine?(line: PluginLine): void;
  /** How somebody is asked whether a tool may run. */
  readonly consent?: ConsentOptions;
  /** Ends what runs, when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface Host {
  processes(): Promise<ProcessHost>;
  native(): Promise<NativeHost>;
  /** What native plugins logged and printed, and how they crashed. */
  logs(): Promise<PluginLogs>;
  permissions(): Promise<PermissionsHost>;
  /** Installing, removing and packing native plugins. */
  installs(): Promise<InstallHost>;
  /**
   * Where plugins come from.
   *
   * @param note says what the user should know although it went on: one line.
   */
  registries(note?: (text: string) => void): Promise<RegistryHost>;
  /** Looks for problems with native plugins, without loading any into the host. */
  doctor(): Promise<DoctorHost>;
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
  let permissions: Promise<PermissionsHost> | undefined;
  const openNative = (): Promise<NativeHost> => {
    native ??= import("./native-host.ts").then(
      ({ NativeHost }) => new NativeHost({ ...options, signal, permissions: openPermissions }),
    );
    return native;
  };
  const openPermissions = (): Promise<PermissionsHost> => {
    const loadManifest = async (id: string) => (await (await (await openNative()).plugin(id)).load()).manifest;
    permissions ??= import("./permissions-host.ts").then((module) =>
      module.openPermissions({ ...options, signal, loadManifest }),
    );
    return permissions;
  };
  return {
    processes() {
      processes ??= openProcesses({ ...options, signal });
      return processes;
    },
    native: openNative,
    permissions: openPermissions,
    async installs() {
      const { createInstallHost } = await import("./install-host.ts");
      const readManifest = async (library: string) => await (await openNative()).readManifest(library);
      const forget = async (pluginId: string) => await (await openPermissions()).forgetPlugin(pluginId);
      return createInstallHost({ ...options, signal, readManifest, forget });
    },
    async registries(note) {
      return (await import("./registry-host.ts")).openRegistryHost({ ...options, signal }, note);
    },
    async doctor() {
      return (await import("./doctor-host.ts")).openDoctorHost({ ...options, signal });
    },
    async logs() {
      return (await import("./plugin-logs.ts")).openPluginLogs(options.paths);
    },
    async stop(options) {
      stopping.abort();
      try {
        await (await native)?.stop(options);
      } finally {
        (await permissions)?.close();
      }
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
