// Which commands of process plugins are tools: those that this user may see and run, and that do something themselves.

import type { DescribedCommand } from "../../protocol/process-plugin.ts";
import { accessOf } from "./access.ts";
import { type ChoiceSettings, offersOf, type Provider } from "./choose-provider.ts";
import { chosenProvider } from "./command-state.ts";
import type { ProcessPlugin } from "./discover.ts";

export interface ToolCommand {
  readonly plugin: ProcessPlugin;
  /** The command and the subcommands to the one that is meant. */
  readonly path: readonly DescribedCommand[];
}

/**
 * The commands by plugin id, in the order in which the plugins describe them. Of several plugins with one command all
 * count that have it on; once somebody chose one of them, only that one.
 */
export function toolCommands(plugins: readonly ProcessPlugin[], settings: ChoiceSettings): ToolCommand[] {
  const sorted = plugins.filter(({ healthy }) => healthy).sort((a, b) => (a.pluginId < b.pluginId ? -1 : 1));
  return sorted.flatMap((plugin) => {
    const paths = plugin.commands.filter((command) => serves(plugins, { plugin, command }, settings)).flatMap(tools);
    return paths.filter((path) => isOpen(path, settings)).map((path) => ({ plugin, path }));
  });
}

function serves(plugins: readonly ProcessPlugin[], { plugin, command }: Provider, settings: ChoiceSettings): boolean {
  const { on } = offersOf(plugins, command.name, settings);
  const stored = chosenProvider(settings.config, command.name);
  const chosen = on.find((offer) => offer.plugin.pluginId === stored);
  return chosen === undefined ? on.some((offer) => offer.plugin === plugin) : chosen.plugin === plugin;
}

/** A command with subcommands does something by itself only where it takes arguments; its flags may be theirs. */
function tools(command: DescribedCommand): DescribedCommand[][] {
  const { subcommands, args } = command;
  const below = subcommands.flatMap(tools).map((path) => [command, ...path]);
  return subcommands.length === 0 || args.length > 0 ? [[command], ...below] : below;
}

function isOpen([command, ...below]: readonly DescribedCommand[], settings: ChoiceSettings): boolean {
  const access = accessOf(
    command!,
    below.map(({ name }) => name),
    settings,
  );
  return access.visible && access.runnable;
}
