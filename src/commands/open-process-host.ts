// The process plugins of whoever runs a command.

import { resolvePaths } from "../base/paths.ts";
import type { Config } from "../config/config.ts";
import { createHost } from "../host/create-host.ts";
import type { ProcessHost } from "../host/process-host.ts";
import type { CommandIo } from "../terminal/io.ts";
import { printLabelled } from "../terminal/labelled.ts";

export interface OpenOptions {
  readonly config: Config;
  readonly pluginDirs: readonly string[];
  /** Without the plugins and descriptions that are installed or remembered. */
  readonly defaultsOnly?: boolean;
  readonly describeTimeoutMs?: number;
  /** What was warned about already; more is added. */
  readonly warned?: Set<string>;
}

/**
 * The process side of a host, for the plugins of this user and of these folders. Warns on stderr of a folder that cannot
 * be searched, and tells a person at a terminal which plugin is waited for.
 */
export async function openProcessHost(io: CommandIo, options: OpenOptions): Promise<ProcessHost> {
  const { config, pluginDirs, defaultsOnly, describeTimeoutMs, warned = new Set() } = options;
  const warn = (text: string) => {
    if (!warned.has(text)) printLabelled(io.stderr, "warning", text);
    warned.add(text);
  };
  // Not stopped in the end: of this side, nothing outlives the promise of what was asked of it.
  const host = createHost({
    paths: resolvePaths({ env: io.env, platform: process.platform }),
    env: io.env,
    cwd: io.cwd,
    config,
    pluginDirs,
    useDefaults: defaultsOnly,
    signal: io.signal,
    describeTimeoutMs,
    onSlowDescribe: (path) => {
      if (io.stderr.isTerminal) printLabelled(io.stderr, "info", `waiting for ${path} --describe`);
    },
    onPluginDirProblem: ({ dir, reason }) => warn(`--plugin-dir ${dir}: ${reason}`),
  });
  return await host.processes();
}
