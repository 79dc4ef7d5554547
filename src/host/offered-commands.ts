// The commands of process plugins as completion offers them: what is remembered of the plugins, and none of them is asked.

import type { Paths } from "../base/paths.ts";
import type { Config } from "../config/config.ts";
import { accessOf } from "../plugins/process/access.ts";
import type { CatalogCommand } from "../plugins/process/command-catalog.ts";
import type { DescribedCommand } from "../protocol/process-plugin.ts";
import { createProcessHost } from "./process-host.ts";

export interface OfferedCommandsInput {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly config: Config;
  readonly pluginDirs: readonly string[];
  readonly useDefaults: boolean;
}

export interface OfferedCommands {
  /** All that this user may see, by name; those that are off among them. */
  all(): Promise<readonly CatalogCommand[]>;
  /** The ids of all plugins that are remembered and can be used. */
  pluginIds(): Promise<readonly string[]>;
  /**
   * The command of the plugin that would run, without the subcommands that this user may not see. Throws when no plugin
   * would: the command is unknown, off, or several offer it.
   *
   * @param provider the plugin that the line asks for.
   */
  described(name: string, provider: string | undefined): Promise<DescribedCommand>;
}

/** Looks at the files once, when it is first asked. */
export function offeredCommands(input: OfferedCommandsInput): OfferedCommands {
  const host = createProcessHost({ ...input, signal: new AbortController().signal, asksNobody: true });
  return {
    all: () => host.commands(),
    async pluginIds() {
      const plugins = await host.discover();
      return [...new Set(plugins.flatMap(({ healthy, pluginId }) => (healthy ? [pluginId] : [])))].sort();
    },
    async described(name, provider) {
      const { command } = await host.provider(name, { override: provider });
      return withoutHidden(command);
    },
  };
}

function withoutHidden(command: DescribedCommand): DescribedCommand {
  const visible = command.subcommands.filter((child) => accessOf(child, []).visible);
  return { ...command, subcommands: visible.map(withoutHidden) };
}
