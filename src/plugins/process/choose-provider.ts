// Which plugin serves a command. Osprey does not guess: of several providers the user names one, for a call or for good.

import type { Config } from "../../config/config.ts";
import { scopeFlags } from "../../config/scope-flags.ts";
import type { DescribedCommand } from "../../protocol/process-plugin.ts";
import { accessOf } from "./access.ts";
import { chosenProvider, isCommandOn } from "./command-state.ts";
import type { ProcessPlugin } from "./discover.ts";
import { ambiguousProvider, disabledCommand, unknownCommand, unknownProvider } from "./provider-errors.ts";

export interface Provider {
  readonly plugin: ProcessPlugin;
  readonly command: DescribedCommand;
  /** What the user should hear of the choice. */
  readonly warnings?: readonly string[];
}

export interface ProviderChoice {
  /** The plugin id that the user chose for this call. */
  readonly override?: string | undefined;
  /** Other words that may have been meant when nobody offers the command. */
  readonly otherNames?: readonly string[];
}

/** What the choice depends on besides the plugins. */
export interface ChoiceSettings {
  readonly config?: Config | undefined;
  readonly visiblePlugins?: string | undefined;
}

export interface Offers {
  /** All healthy plugins that offer the command to this user. */
  readonly all: readonly Provider[];
  /** Those of them for which it is on. */
  readonly on: readonly Provider[];
}

/** Who offers a command, whose name is in lower case; a hidden command is offered by nobody. */
export function offersOf(plugins: readonly ProcessPlugin[], name: string, settings: ChoiceSettings = {}): Offers {
  const all = plugins.flatMap((plugin) => {
    const command = plugin.healthy ? plugin.commands.find((one) => one.name === name) : undefined;
    return command && accessOf(command, [], settings).visible ? [{ plugin, command }] : [];
  });
  return { all, on: all.filter(({ plugin }) => isCommandOn(settings.config, name, plugin.enabledByDefault)) };
}

/**
 * The provider of a command, whose name is looked up in any letter case.
 *
 * Throws `provider_unknown`, `provider_ambiguous` and `command_disabled`; for a command that nobody offers, the describe
 * error of the plugin that was probably meant to offer it, else `command_unknown`.
 */
export function chooseProvider(
  plugins: readonly ProcessPlugin[],
  typed: string,
  { override, otherNames = [], ...settings }: ProviderChoice & ChoiceSettings = {},
): Provider {
  const name = typed.toLowerCase();
  const { all, on } = offersOf(plugins, name, settings);
  if (on.length === 0) {
    if (all.length > 0) throw disabledCommand(settings.config, all, name);
    throw unknownCommand(plugins, typed, { override: override?.trim(), otherNames, ...settings });
  }
  if (override !== undefined) {
    const chosen = on.find(({ plugin }) => plugin.pluginId === override.trim());
    if (chosen === undefined) throw unknownProvider(plugins, { all, on }, name, override.trim());
    return chosen;
  }
  const stored = chosenProvider(settings.config, name);
  const chosen = on.find(({ plugin }) => plugin.pluginId === stored);
  if (chosen !== undefined) return chosen;
  if (on.length > 1) throw ambiguousProvider(on, name, stored);
  return stored === undefined ? on[0]! : { ...on[0]!, warnings: [staleProvider(settings.config, name, stored)] };
}

/** Says that the chosen provider of a command does not offer it any more. */
export function staleProvider(config: Config | undefined, name: string, stored: string): string {
  const scope = config?.find(`plugins.${name}.provider`)?.scope;
  const clear = `osp plugins clear-provider ${name}${scope === undefined ? "" : scopeFlags(scope)}`;
  return `the chosen provider "${stored}" does not offer "${name}" any more: "${clear}" takes the choice back`;
}
