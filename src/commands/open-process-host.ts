// The process plugins of whoever runs a command.

import { resolvePaths } from "../base/paths.ts";
import { createProcessHost, type ProcessHost } from "../host/process-host.ts";
import type { CommandIo } from "../terminal/io.ts";

/** A host for the process plugins of this user and of these folders. */
export function openProcessHost(
  io: CommandIo,
  pluginDirs: readonly string[],
  options: { describeTimeoutMs?: number } = {},
): ProcessHost {
  const paths = resolvePaths({ env: io.env, platform: process.platform });
  return createProcessHost({ paths, env: io.env, cwd: io.cwd, pluginDirs, signal: io.signal, ...options });
}
