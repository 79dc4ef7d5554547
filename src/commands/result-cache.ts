// `--cache` in the interactive shell: a line that asks for the same as an earlier one gets that one's result again.

import { statSync } from "node:fs";
import type { RunRequest } from "../host/process-host.ts";
import { EXIT } from "../protocol/errors.ts";
import type { PluginCommandInput } from "./plugin-command.ts";
import { type PrintInput, printData } from "./print-data.ts";
import type { CommandResult, KeptResult } from "./session.ts";
import type { Settings } from "./settings.ts";

interface ResultCache {
  /** Prints the earlier line's result through the stages of this one; undefined when there was none. */
  readonly show: ((input: PrintInput, settings: Settings) => Promise<number>) | undefined;
  remember(result: CommandResult): void;
}

/** @param args what is the command's own: flags of the host and stages do not count. */
export function resultCache(
  { config, flags }: PluginCommandInput,
  { plugin, command }: RunRequest["provider"],
  args: readonly string[],
): ResultCache {
  const { provider, pluginDirs, useEnv, useFile, defaultsOnly, session } = flags;
  const overrides = [...(session?.overrides ?? []), ...flags.overrides].map(({ key, value, scope }) => [
    key,
    String(value),
    scope,
  ]);
  // Any change of the configuration or the plugin may change the answer.
  const revision = [Object.values(config.files).map(stampOf), overrides, useEnv, useFile, defaultsOnly];
  const key = JSON.stringify([
    plugin.path,
    stampOf(plugin.path),
    command.name,
    args,
    provider ?? null,
    config.profile,
    pluginDirs,
    revision,
  ]);
  const show = async (result: KeptResult, input: PrintInput, settings: Settings) => {
    await printData(input, settings, result);
    return EXIT.done;
  };
  const kept = session?.results.get(key);
  return {
    show: kept && ((input, settings) => show(kept, input, settings)),
    remember: ({ data, meta }) => session?.results.set(key, { data, meta, pipeline: "" }),
  };
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? "" : `${stat.mtimeNs} ${stat.size} ${stat.ino}`;
}
