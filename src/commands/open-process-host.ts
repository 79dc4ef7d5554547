// The process plugins of whoever runs a command.

import { resolvePaths } from "../base/paths.ts";
import { createHost } from "../host/create-host.ts";
import type { ProcessHost } from "../host/process-host.ts";
import type { CommandIo } from "../terminal/io.ts";
import { labelled } from "../terminal/labelled.ts";

export interface OpenOptions {
  readonly describeTimeoutMs?: number;
  /** Folders that were warned about already; more are added. */
  readonly warned?: Set<string>;
}

/**
 * The process side of a host, for the plugins of this user and of these folders. Warns on stderr of a folder that cannot
 * be searched, and tells a person at a terminal which plugin is waited for.
 */
export async function openProcessHost(
  io: CommandIo,
  pluginDirs: readonly string[],
  { describeTimeoutMs, warned = new Set() }: OpenOptions = {},
): Promise<ProcessHost> {
  // Not stopped in the end: of this side, nothing outlives the promise of what was asked of it.
  const host = createHost({
    paths: resolvePaths({ env: io.env, platform: process.platform }),
    env: io.env,
    cwd: io.cwd,
    pluginDirs,
    signal: io.signal,
    describeTimeoutMs,
    onSlowDescribe: (path) => {
      if (io.stderr.isTerminal) io.stderr.write(labelled("info", `waiting for ${path} --describe`));
    },
    onPluginDirProblem: ({ dir, reason }) => {
      if (!warned.has(dir)) io.stderr.write(labelled("warning", `--plugin-dir ${dir}: ${reason}`));
      warned.add(dir);
    },
  });
  return await host.processes();
}
