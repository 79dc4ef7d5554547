// Opens a host for one command and closes it again, whatever happens in between.

import { resolvePaths } from "../base/paths.ts";
import { createHost, type Host } from "../host/create-host.ts";
import type { PluginLine } from "../host/native-host.ts";
import type { CommandIo } from "../terminal/io.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { GlobalOptions } from "./command.ts";

/**
 * Runs `use` with a host. When it is over, or the user interrupts it, everything that the host started is ended before
 * this resolves. What native plugins log and print goes to stderr.
 */
export async function withHost<T>(io: CommandIo, global: GlobalOptions, use: (host: Host) => Promise<T>): Promise<T> {
  const host = createHost({
    paths: resolvePaths({ env: io.env, platform: process.platform }),
    env: io.env,
    cwd: io.cwd,
    pluginDirs: global.pluginDirs,
    signal: io.signal,
    onPluginLine: (line) => printPluginLine(io, line),
  });
  const onAbort = () => void host.stop();
  io.signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await use(host);
  } finally {
    io.signal.removeEventListener("abort", onAbort);
    await host.stop();
  }
}

function printPluginLine(io: CommandIo, { plugin, level, text }: PluginLine): void {
  const mark = level === "output" ? `[Plugin:${plugin}]` : `[Plugin:${plugin}] [${level.toUpperCase()}]`;
  const lines = text.replace(/\n$/, "").split("\n");
  for (const line of lines) io.stderr.write(`${neutralise(`${mark} ${line}`)}\n`);
}
