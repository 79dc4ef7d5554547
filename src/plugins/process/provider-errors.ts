// What is said when no plugin can serve a command, with the way out.

import { nearest } from "../../base/nearest.ts";
import { shellWord } from "../../base/shell-word.ts";
import { HostError } from "../../protocol/errors.ts";
import { accessOf } from "./access.ts";
import type { ChoiceSettings, Offers, Provider } from "./choose-provider.ts";
import { chosenState } from "./command-state.ts";
import type { ProcessPlugin } from "./discover.ts";

/** A command that plugins offer and that is on for none of them. */
export function disabledCommand(config: ChoiceSettings["config"], all: readonly Provider[], name: string): HostError {
  const why = chosenState(config, name) === "disabled" ? "" : ": it is not on until somebody enables it";
  return new HostError("command_disabled", `command "${name}" is disabled${why}`, {
    hint: `run "osp plugins enable ${name}" to use it`,
    details: { command: name, providers: idsOf(all) },
  });
}

export function ambiguousProvider(on: readonly Provider[], name: string, stored: string | undefined): HostError {
  const stale = stored === undefined ? "" : `; the chosen provider "${stored}" is not one of them any more`;
  const first = shellWord(on[0]!.plugin.pluginId);
  return new HostError("provider_ambiguous", `"${name}" is offered by several plugins: ${listText(on)}${stale}`, {
    hint: `choose one for this call: --plugin-provider ${first}, or for good: osp plugins select-provider ${name} ${first}`,
    details: { command: name, providers: idsOf(on) },
  });
}

export function unknownProvider(
  plugins: readonly ProcessPlugin[],
  { all, on }: Offers,
  name: string,
  override: string,
): HostError {
  const isOff = all.some(({ plugin }) => plugin.pluginId === override);
  const issue = isOff ? "there the command is disabled" : plugins.find((one) => one.pluginId === override)?.issue;
  const reason = issue ? `: ${issue}` : "";
  return new HostError("provider_unknown", `plugin "${override}" does not offer "${name}"${reason}`, {
    hint: `it is offered by ${listText(on)}`,
    details: { command: name, providers: idsOf(on) },
  });
}

interface MeantNames {
  /** The plugin that was named. */
  readonly override: string | undefined;
  readonly otherNames: readonly string[];
}

/** Nobody offers the command, whether or not somebody should. */
export function unknownCommand(
  plugins: readonly ProcessPlugin[],
  typed: string,
  { override, otherNames, ...settings }: ChoiceSettings & MeantNames,
): HostError {
  const name = typed.toLowerCase();
  const broken = plugins.filter((plugin) => plugin.error !== null);
  const meant =
    broken.find((plugin) => plugin.pluginId === override) ??
    broken.find((plugin) => plugin.pluginId === name || plugin.commands.some((command) => command.name === name));
  if (meant) return brokenPlugin(meant, broken.length - 1);
  const offered = plugins.filter(({ healthy }) => healthy).flatMap(({ commands }) => commands);
  const known = offered.filter((command) => accessOf(command, [], settings).visible).map((command) => command.name);
  const close = nearest(typed, [...known, ...otherNames]);
  return new HostError("command_unknown", `unknown command "${typed}"`, {
    hint: close ? `did you mean "${close}"?` : unknownHint(plugins, broken),
    details: { command: typed },
  });
}

function unknownHint(plugins: readonly ProcessPlugin[], broken: readonly ProcessPlugin[]): string {
  if (plugins.length === 0) return 'no process plugin was found; name a folder with --plugin-dir, or run "osp --help"';
  const seeAll = 'run "osp --help" to see all commands';
  const first = broken[0];
  if (first === undefined) return seeAll;
  if (broken.length < plugins.length)
    return `${seeAll}, and "osp plugins list" for what is wrong with ${broken.length} of the plugins`;
  // Nobody knows what they would offer, so it may be one of theirs.
  const more = broken.length > 1 ? `, and ${broken.length - 1} more like it` : "";
  return `it may be a command of the plugin "${first.pluginId}", which cannot be used: ${first.error!.message}${more}; run "osp plugins list"`;
}

/** The describe error of a plugin, with the plugin named. */
function brokenPlugin({ pluginId, path, error }: ProcessPlugin, others: number): HostError {
  const more = others > 0 ? ` (${others} more ${others === 1 ? "plugin is" : "plugins are"} broken)` : "";
  const hint =
    error!.hint ?? `run "${shellWord(path)} --describe" to see its answer, or "osp plugins list" for all plugins`;
  return new HostError(error!.code, `plugin "${pluginId}" cannot be used: ${error!.message}`, {
    hint: `${hint}${more}`,
    details: { plugin: pluginId, path },
    cause: error,
  });
}

function listText(providers: readonly Provider[]): string {
  return providers.map(({ plugin }) => `${plugin.pluginId} (${plugin.source})`).join(", ");
}

function idsOf(providers: readonly Provider[]): string[] {
  return providers.map(({ plugin }) => plugin.pluginId);
}
