// What the configuration says of a command: whether it is on, and which plugin is to serve it.

import { type Config, configText } from "../../config/config.ts";

export type CommandState = "enabled" | "disabled";

/** Whether anything is said of commands at all: most people never do, and many plugins are asked about. */
const deciding = new WeakMap<Config, boolean>();

function decides(config: Config): boolean {
  const known = deciding.get(config) ?? config.keys("plugins.").length > 0;
  deciding.set(config, known);
  return known;
}

/** The state that somebody chose for a command; a word that is none of the two means nothing. */
export function chosenState(config: Config | undefined, command: string): CommandState | undefined {
  if (config === undefined || !decides(config)) return undefined;
  const word = configText(config, `plugins.${command}.state`)?.trim().toLowerCase();
  return word === "enabled" || word === "disabled" ? word : undefined;
}

/** Whether a plugin's command is on: what somebody chose, else the plugin's own default. */
export function isCommandOn(config: Config | undefined, command: string, enabledByDefault: boolean): boolean {
  const state = chosenState(config, command);
  return state === undefined ? enabledByDefault : state === "enabled";
}

/** The id of the plugin that somebody chose to serve a command. */
export function chosenProvider(config: Config | undefined, command: string): string | undefined {
  if (config === undefined || !decides(config)) return undefined;
  return configText(config, `plugins.${command}.provider`)?.trim() || undefined;
}
