// The flags that are the host's and not a command's: one table, which the command line is read by and the help is made
// from.

import type { ConfigOverride } from "../config/load-config.ts";
import { HostError } from "../protocol/errors.ts";
import { FORMATS, type Format, formatNamed } from "../protocol/formats.ts";
import type { Choice, Mode } from "../terminal/look.ts";
import { parseTimeoutMs } from "./parse-timeout.ts";

/** What the flags of one command line ask for; undefined where nothing was said. */
export interface Flags {
  format: Format | undefined;
  mode: Mode | undefined;
  color: Choice | undefined;
  unicode: Choice | undefined;
  /** One up for each `-v`, one down for each `-q`. */
  verbosity: number;
  debug: 0 | 1 | 2 | 3;
  provider: string | undefined;
  timeoutMs: number | undefined;
  pluginDirs: readonly string[];
  profile: string | undefined;
  useEnv: boolean;
  useFile: boolean;
  defaultsOnly: boolean;
  /** Settings for this run alone. */
  overrides: readonly ConfigOverride[];
  help: boolean;
  version: boolean;
}

export interface FlagSpec {
  readonly about: string;
  /** Name of the value in the help; a flag without one stands alone. */
  readonly value?: string;
  readonly short?: string;
  /**
   * `anywhere`: before the command or anywhere behind it. `leading`: behind a plugin's command it is the plugin's;
   * behind a built-in command it is still the host's.
   */
  readonly where: "anywhere" | "leading";
  /** Not shown in the help: another spelling of what is. */
  readonly alias?: true;
  take(flags: Flags, value: string, name: string): void;
}

const CHOICES: readonly Choice[] = ["auto", "always", "never"];
const MODES: readonly Mode[] = ["auto", "plain", "rich"];

export const FLAGS: Readonly<Record<string, FlagSpec>> = {
  "--json": { about: "print one JSON document on stdout", where: "anywhere", take: format("json") },
  "--format": {
    about: "choose the output format",
    value: FORMATS.join("|"),
    where: "anywhere",
    take(flags, value, name) {
      const chosen = formatNamed(value);
      if (chosen === undefined) throw wrongValue(name, FORMATS, value);
      once(flags, "format", chosen);
    },
  },
  "--table": { about: "the same as --format table", where: "anywhere", alias: true, take: format("table") },
  "--md": { about: "the same as --format md", where: "anywhere", alias: true, take: format("md") },
  "--mreg": { about: "the same as --format mreg", where: "anywhere", alias: true, take: format("mreg") },
  "--value": { about: "the same as --format value", where: "anywhere", alias: true, take: format("value") },
  "--guide": { about: "the same as --format guide", where: "anywhere", alias: true, take: format("guide") },
  "--mode": {
    about: "plain: neither colours nor line characters; rich: what the terminal can",
    value: "auto|plain|rich",
    where: "anywhere",
    take: (flags, value, name) => once(flags, "mode", oneOf(name, MODES, value)),
  },
  "--plain": {
    about: "the same as --mode plain",
    where: "anywhere",
    alias: true,
    take: (flags) => once(flags, "mode", "plain"),
  },
  "--rich": {
    about: "the same as --mode rich",
    where: "anywhere",
    alias: true,
    take: (flags) => once(flags, "mode", "rich"),
  },
  "--color": {
    about: "colour the output",
    value: CHOICES.join("|"),
    where: "anywhere",
    take: (flags, value, name) => once(flags, "color", oneOf(name, CHOICES, value)),
  },
  "--no-color": {
    about: "the same as --color never",
    where: "anywhere",
    take: (flags) => once(flags, "color", "never"),
  },
  "--unicode": {
    about: "draw with line characters",
    value: CHOICES.join("|"),
    where: "anywhere",
    take: (flags, value, name) => once(flags, "unicode", oneOf(name, CHOICES, value)),
  },
  "--ascii": {
    about: "the same as --unicode never",
    where: "anywhere",
    take: (flags) => once(flags, "unicode", "never"),
  },
  "--verbose": {
    about: "show more messages, and more of an error; repeatable",
    short: "-v",
    where: "anywhere",
    take: count,
  },
  "--quiet": { about: "show fewer messages; repeatable", short: "-q", where: "anywhere", take: count },
  "--debug": {
    about: "show how a plugin was called, and times; up to three",
    short: "-d",
    where: "anywhere",
    take: count,
  },
  "--plugin-provider": {
    about: "choose the plugin, where several offer the command",
    value: "ID",
    where: "anywhere",
    take: (flags, value) => once(flags, "provider", value.trim()),
  },
  "--timeout": {
    about: "give the plugin more or less time",
    value: "SECONDS",
    where: "anywhere",
    take: (flags, value) => once(flags, "timeoutMs", parseTimeoutMs(value)),
  },
  "--plugin-dir": {
    about: "look for process plugins in DIR first; repeatable",
    value: "DIR",
    where: "anywhere",
    take(flags, value) {
      flags.pluginDirs = [...flags.pluginDirs, value];
    },
  },
  "--cache": {
    about: "use the last result again",
    where: "anywhere",
    alias: true,
    take() {
      throw usage("--cache is for the interactive shell only");
    },
  },
  "--profile": {
    about: "use this profile of the configuration",
    value: "NAME",
    where: "leading",
    take: (flags, value) => once(flags, "profile", value.trim()),
  },
  "--theme": { about: "use this theme", value: "NAME", where: "leading", take: override("theme.name") },
  "--presentation": {
    about: "how much decoration",
    value: "expressive|compact|austere",
    where: "leading",
    take: override("ui.presentation"),
  },
  "--app-style": {
    about: "the same as --presentation",
    value: "STYLE",
    where: "leading",
    alias: true,
    take: override("ui.presentation"),
  },
  "--user": {
    about: "the name to work under",
    value: "NAME",
    short: "-u",
    where: "leading",
    take: override("user.name"),
  },
  "--incognito": {
    about: "keep no history",
    where: "leading",
    take(flags, _value, name) {
      flags.overrides = [...flags.overrides, { key: "repl.history.enabled", value: "false", origin: name }];
    },
  },
  "--no-env": {
    about: "ignore OSP__ variables",
    where: "leading",
    take(flags) {
      flags.useEnv = false;
    },
  },
  "--no-config-file": {
    about: "ignore config.toml",
    where: "leading",
    take(flags) {
      flags.useFile = false;
    },
  },
  "--no-config": {
    about: "the same as --no-config-file",
    where: "leading",
    alias: true,
    take(flags) {
      flags.useFile = false;
    },
  },
  "--defaults-only": {
    about: "ignore all configuration, secrets and installed plugins",
    where: "leading",
    take(flags) {
      flags.defaultsOnly = true;
    },
  },
  "--help": {
    about: "show help",
    short: "-h",
    where: "anywhere",
    take(flags) {
      flags.help = true;
    },
  },
  "--version": {
    about: "show the version",
    short: "-V",
    where: "leading",
    take(flags) {
      flags.version = true;
    },
  },
};

export function noFlags(): Flags {
  return {
    format: undefined,
    mode: undefined,
    color: undefined,
    unicode: undefined,
    verbosity: 0,
    debug: 0,
    provider: undefined,
    timeoutMs: undefined,
    pluginDirs: [],
    profile: undefined,
    useEnv: true,
    useFile: true,
    defaultsOnly: false,
    overrides: [],
    help: false,
    version: false,
  };
}

const SHORT = new Map(
  Object.entries(FLAGS).flatMap(([name, { short }]): [string, string][] => (short ? [[short, name]] : [])),
);
const CLUSTER = /^-[vqd]+$/;

/** What a token is: the flag's table entry, its name as it was typed, and the value that is part of the token. */
export interface FlagToken {
  readonly spec: FlagSpec;
  readonly name: string;
  readonly inline: string | undefined;
  /** Whether the value is the next token. */
  readonly takesNext: boolean;
}

/** Reads a token as a flag of the host's; undefined when it is none. */
export function flagToken(token: string): FlagToken | undefined {
  if (CLUSTER.test(token)) return { spec: CLUSTER_SPEC, name: token, inline: undefined, takesNext: false };
  const equals = token.indexOf("=");
  const name = equals === -1 ? token : token.slice(0, equals);
  const long = SHORT.get(name) ?? name;
  if (!Object.hasOwn(FLAGS, long)) return undefined;
  const spec = FLAGS[long]!;
  if (spec.value === undefined) return equals === -1 ? { spec, name, inline: undefined, takesNext: false } : undefined;
  const inline = equals === -1 ? undefined : token.slice(equals + 1);
  return { spec, name, inline, takesNext: inline === undefined };
}

/** Takes a flag into account. Throws `usage_invalid` when its value is missing or wrong, or when it is there twice. */
export function takeFlag(flags: Flags, { spec, name, inline, takesNext }: FlagToken, next: string | undefined): void {
  if (spec.value === undefined) return spec.take(flags, "", name);
  const value = takesNext ? next : inline;
  if (value === undefined || value === "--" || value.trim() === "") throw usage(`${name} needs a value`);
  spec.take(flags, value, name);
}

const CLUSTER_SPEC: FlagSpec = { about: "", where: "anywhere", take: count };

function count(flags: Flags, _value: string, name: string): void {
  const letters = name.startsWith("--") ? name[2]! : name.slice(1);
  for (const letter of letters) {
    if (letter === "d") flags.debug = Math.min(flags.debug + 1, 3) as Flags["debug"];
    else flags.verbosity += letter === "v" ? 1 : -1;
  }
}

function format(name: Format): FlagSpec["take"] {
  return (flags) => once(flags, "format", name);
}

function override(key: string): FlagSpec["take"] {
  return (flags, value, name) => {
    if (flags.overrides.some((one) => one.key === key)) throw usage(`${name} can be given only once`);
    flags.overrides = [...flags.overrides, { key, value, origin: name }];
  };
}

const ONCE = {
  format: "the format",
  mode: "the mode",
  color: "the colour",
  unicode: "the character set",
  provider: "the provider",
  timeoutMs: "the timeout",
  profile: "the profile",
} as const;

function once<K extends keyof typeof ONCE>(flags: Flags, name: K, value: Flags[K]): void {
  if (flags[name] !== undefined) throw usage(`${ONCE[name]} can be chosen only once`);
  flags[name] = value;
}

function oneOf<T extends string>(name: string, values: readonly T[], value: string): T {
  const found = values.find((one) => one === value.trim().toLowerCase());
  if (found === undefined) throw wrongValue(name, values, value);
  return found;
}

function wrongValue(name: string, values: readonly string[], value: string): HostError {
  return usage(`${name} takes ${values.join(", ")}, not "${value}"`);
}

function usage(message: string): HostError {
  return new HostError("usage_invalid", message, { hint: 'what is meant for a plugin goes after "--"' });
}
