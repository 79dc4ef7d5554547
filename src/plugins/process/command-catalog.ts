// All commands that the plugins offer to this user, with who serves each: for lists, help and completion.

import type { DescribedCommand } from "../../protocol/process-plugin.ts";
import { type Access, accessOf } from "./access.ts";
import { type ChoiceSettings, offersOf, staleProvider } from "./choose-provider.ts";
import { type CommandState, chosenProvider } from "./command-state.ts";
import type { ProcessPlugin } from "./discover.ts";
import type { PluginSource } from "./roots.ts";

interface OfferingPlugin {
  readonly pluginId: string;
  readonly source: PluginSource;
  /** Whether the command is on for it. */
  readonly isOn: boolean;
}

export interface CatalogCommand {
  readonly name: string;
  /** What it does; while a provider has to be chosen, how to choose. */
  readonly about: string;
  /** All that offer it, those for which it is off among them. */
  readonly providers: readonly OfferingPlugin[];
  /** The plugin that serves it; null while the user has to choose. */
  readonly provider: ProcessPlugin | null;
  /** As the serving plugin describes it; null while the user has to choose. */
  readonly command: DescribedCommand | null;
  readonly state: CommandState;
  /** Several plugins offer it. */
  readonly conflict: boolean;
  readonly requiresSelection: boolean;
  /** The configuration names the serving plugin. */
  readonly selectedExplicitly: boolean;
  /** What the user should hear: the configuration names a plugin that does not offer it. */
  readonly warnings: readonly string[];
  /** Of the serving plugin; while the user has to choose, of the first that offers it. */
  readonly access: Access;
}

/** The commands, sorted by name; hidden ones are left out. */
export function commandCatalog(plugins: readonly ProcessPlugin[], settings: ChoiceSettings): CatalogCommand[] {
  const byName = new Map<string, ProcessPlugin[]>();
  for (const plugin of plugins) {
    for (const { name } of plugin.healthy ? plugin.commands : []) {
      const others = byName.get(name);
      if (others === undefined) byName.set(name, [plugin]);
      else others.push(plugin);
    }
  }
  return [...byName.keys()].sort().flatMap((name) => catalogCommand(byName.get(name)!, name, settings) ?? []);
}

function catalogCommand(
  plugins: readonly ProcessPlugin[],
  name: string,
  settings: ChoiceSettings,
): CatalogCommand | undefined {
  const { all, on } = offersOf(plugins, name, settings);
  // A command that is off everywhere is shown with the plugin that would serve it.
  const candidates = on.length > 0 ? on : all;
  if (candidates.length === 0) return undefined;
  const stored = chosenProvider(settings.config, name);
  const selected = candidates.find(({ plugin }) => plugin.pluginId === stored);
  const serving = selected ?? (candidates.length === 1 ? candidates[0] : undefined);
  const shown = serving ?? candidates[0]!;
  return {
    name,
    about:
      serving?.command.about ?? `choose a provider: osp plugins select-provider ${name} ID, or --plugin-provider ID`,
    providers: all.map(({ plugin, command }) => ({
      pluginId: plugin.pluginId,
      source: plugin.source,
      isOn: on.some((one) => one.command === command),
    })),
    provider: serving?.plugin ?? null,
    command: serving?.command ?? null,
    state: on.length > 0 ? "enabled" : "disabled",
    conflict: candidates.length > 1,
    requiresSelection: serving === undefined,
    selectedExplicitly: selected !== undefined,
    warnings: stored !== undefined && selected === undefined ? [staleProvider(settings.config, name, stored)] : [],
    access: accessOf(shown.command, [], settings),
  };
}
