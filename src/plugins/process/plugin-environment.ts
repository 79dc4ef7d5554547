// The environment that a process plugin gets: the user's own, the runtime hints of "osp: Writing Plugins", and what the
// configuration says for this plugin.

import type { Environment } from "./run-process.ts";

/** What the host tells a plugin about the call. */
export interface RuntimeHints {
  readonly verbosity: "error" | "warning" | "success" | "info" | "trace";
  readonly debugLevel: 0 | 1 | 2 | 3;
  readonly format: "auto" | "json" | "table" | "md" | "mreg" | "value" | "guide";
  readonly color: "auto" | "always" | "never";
  readonly unicode: "auto" | "always" | "never";
  readonly terminalKind: "cli" | "repl" | "unknown";
  readonly profile: string;
}

const HINT_NAMES = [
  "OSP_COMMAND",
  "OSP_UI_VERBOSITY",
  "OSP_DEBUG_LEVEL",
  "OSP_FORMAT",
  "OSP_COLOR",
  "OSP_UNICODE",
  "OSP_TERMINAL_KIND",
  "OSP_PROFILE",
  "OSP_TERMINAL",
];
const CONFIG_PREFIX = "OSP_PLUGIN_CFG_";
/** Secrets of the host's configuration: a plugin gets those that are meant for it under other names. */
const SECRET_PREFIX = "OSP_SECRET__";

/**
 * The inherited environment without what an outer host said to another plugin; `--describe` gets just this, so that
 * its answer does not depend on the call.
 */
export function plainEnvironment(inherited: Environment): Record<string, string | undefined> {
  const isOurs = (name: string) =>
    name.startsWith(CONFIG_PREFIX) || name.startsWith(SECRET_PREFIX) || HINT_NAMES.includes(name);
  return Object.fromEntries(Object.entries(inherited).filter(([name]) => !isOurs(name)));
}

/**
 * The environment of one command.
 *
 * @param configVariables the plugin's part of the configuration, as names and values ready for it.
 */
export function commandEnvironment(
  inherited: Environment,
  command: string,
  hints: RuntimeHints,
  configVariables: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> {
  const terminal = inherited["TERM"]?.trim() ? { OSP_TERMINAL: inherited["TERM"] } : {};
  return {
    ...plainEnvironment(inherited),
    OSP_COMMAND: command,
    OSP_UI_VERBOSITY: hints.verbosity,
    OSP_DEBUG_LEVEL: String(hints.debugLevel),
    OSP_FORMAT: hints.format,
    OSP_COLOR: hints.color,
    OSP_UNICODE: hints.unicode,
    OSP_TERMINAL_KIND: hints.terminalKind,
    OSP_PROFILE: hints.profile,
    ...terminal,
    ...configVariables,
  };
}
