// Which plugin serves a command. Osprey does not guess: of several providers the user names one.

import { nearest } from "../../base/nearest.ts";
import { HostError } from "../../protocol/errors.ts";
import type { DescribedCommand } from "../../protocol/process-plugin.ts";
import type { ProcessPlugin } from "./discover.ts";

export interface Provider {
  readonly plugin: ProcessPlugin;
  readonly command: DescribedCommand;
}

export interface ProviderChoice {
  /** The plugin id that the user chose for this call. */
  readonly override?: string | undefined;
  /** Other words that may have been meant when nobody offers the command. */
  readonly otherNames?: readonly string[];
}

/**
 * The provider of a command, whose name is looked up in any letter case.
 *
 * Throws `provider_unknown` and `provider_ambiguous`; for a command that nobody offers, the describe error of the plugin
 * that was probably meant to offer it, else `command_unknown`.
 */
export function chooseProvider(
  plugins: readonly ProcessPlugin[],
  typed: string,
  { override, otherNames = [] }: ProviderChoice = {},
): Provider {
  const name = typed.toLowerCase();
  const providers = plugins.flatMap((plugin) => {
    const command = plugin.healthy ? plugin.commands.find((one) => one.name === name) : undefined;
    return command ? [{ plugin, command }] : [];
  });
  if (providers.length === 0) throw unknownCommand(plugins, typed, name, otherNames);
  if (override !== undefined) {
    const chosen = providers.find(({ plugin }) => plugin.pluginId === override);
    if (chosen === undefined) throw unknownProvider(plugins, providers, name, override);
    return chosen;
  }
  if (providers.length === 1) return providers[0]!;
  throw new HostError("provider_ambiguous", `"${name}" is offered by several plugins: ${listText(providers)}`, {
    hint: `choose one for this call: --plugin-provider ${providers[0]!.plugin.pluginId}`,
    details: { command: name, providers: providers.map(({ plugin }) => plugin.pluginId) },
  });
}

function unknownCommand(
  plugins: readonly ProcessPlugin[],
  typed: string,
  name: string,
  otherNames: readonly string[],
): HostError {
  const broken = plugins.filter((plugin) => plugin.error !== null);
  const meant =
    broken.find((plugin) => plugin.pluginId === name || plugin.commands.some((command) => command.name === name)) ??
    (broken.length === plugins.length ? broken[0] : undefined);
  if (meant) return brokenPlugin(meant, broken.length - 1);
  const known = plugins.filter((plugin) => plugin.healthy).flatMap(({ commands }) => commands.map((one) => one.name));
  const close = nearest(typed, [...known, ...otherNames]);
  return new HostError("command_unknown", `unknown command "${typed}"`, {
    hint: close ? `did you mean "${close}"?` : unknownHint(plugins, broken.length),
    details: { command: typed },
  });
}

function unknownHint(plugins: readonly ProcessPlugin[], broken: number): string {
  if (plugins.length === 0) return 'no process plugin was found; name a folder with --plugin-dir, or run "osp --help"';
  const seeAll = 'run "osp --help" to see all commands';
  return broken === 0 ? seeAll : `${seeAll}, and "osp plugins list" for what is wrong with ${broken} of the plugins`;
}

/** The describe error of a plugin, with the plugin named. */
function brokenPlugin({ pluginId, path, error }: ProcessPlugin, others: number): HostError {
  const more = others > 0 ? ` (${others} more ${others === 1 ? "plugin is" : "plugins are"} broken)` : "";
  const hint = error!.hint ?? `run "${path} --describe" to see its answer, or "osp plugins list" for all plugins`;
  return new HostError(error!.code, `plugin "${pluginId}" cannot be used: ${error!.message}`, {
    hint: `${hint}${more}`,
    details: { plugin: pluginId, path },
    cause: error,
  });
}

function unknownProvider(
  plugins: readonly ProcessPlugin[],
  providers: readonly Provider[],
  name: string,
  override: string,
): HostError {
  const issue = plugins.find((plugin) => plugin.pluginId === override)?.issue;
  const reason = issue ? `: ${issue}` : "";
  return new HostError("provider_unknown", `plugin "${override}" does not offer "${name}"${reason}`, {
    hint: `it is offered by ${listText(providers)}`,
    details: { command: name, providers: providers.map(({ plugin }) => plugin.pluginId) },
  });
}

function listText(providers: readonly Provider[]): string {
  return providers.map(({ plugin }) => `${plugin.pluginId} (${plugin.source})`).join(", ");
}
