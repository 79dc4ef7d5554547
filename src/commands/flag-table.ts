// The flags that are the host's and not a command's: the table which the command line is read by and the help is made from.

import { HostError } from "../protocol/errors.ts";
import { FORMATS, type Format, formatNamed } from "../protocol/formats.ts";
import type { Choice, Mode } from "../terminal/look.ts";
import type { FlagSpec, Flags } from "./flags.ts";
import { parseTimeoutMs } from "./parse-timeout.ts";

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
    where: "leading",
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
    take(flags) {
      if (flags.session === undefined) throw usage("--cache is for the interactive shell only");
      flags.cache = true;
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

/** `-v`, `-qq`, `-vd`: letters that are counted. */
export const CLUSTER: FlagSpec = { about: "", where: "anywhere", take: count };

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

export function usage(message: string): HostError {
  return new HostError("usage_invalid", message, { hint: 'what is meant for a plugin goes after "--"' });
}
