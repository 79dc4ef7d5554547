// The flags of a plugin command's line that are meant for the host. They may stand anywhere before `--`, also among the
// plugin's own; a flag that the plugin declares is the plugin's, and what follows `--` is never looked at.

import { HostError } from "../protocol/errors.ts";
import type { DescribedCommand, DescribedFlag } from "../protocol/process-plugin.ts";
import type { Choice } from "../terminal/look.ts";
import { FORMATS, type Format } from "../terminal/result.ts";
import { isFlagCluster, isHostFlag, takesNextToken } from "./host-flag-names.ts";
import { parseTimeoutMs } from "./parse-timeout.ts";

export interface HostFlags {
  readonly format: Format | undefined;
  readonly pluginDirs: readonly string[];
  readonly provider: string | undefined;
  readonly color: Choice | undefined;
  readonly unicode: Choice | undefined;
  /** One up for each `-v`, one down for each `-q`. */
  readonly verbosity: number;
  readonly debug: number;
  readonly timeoutMs: number | undefined;
  readonly wantsHelp: boolean;
}

export interface SplitLine {
  readonly flags: HostFlags;
  /** What the plugin gets, in the order in which it was typed. */
  readonly args: readonly string[];
}

const CHOICES: readonly Choice[] = ["auto", "always", "never"];

/** For the help; the parser below knows the same flags. */
export const HOST_FLAGS_HELP: readonly (readonly [string, string])[] = [
  ["--json", "print the rows as one JSON document"],
  [`--format ${FORMATS.join("|")}`, "choose the output format"],
  ["--plugin-provider ID", "choose the plugin, where several offer the command"],
  ["--timeout SECONDS", "give the plugin more or less time than 10 seconds"],
  ["--unicode auto|always|never", "draw tables with line characters; --ascii means never"],
  ["-v, -q", "show more or fewer of the plugin's messages"],
  ["-d, --debug", "show how the plugin was called"],
  ["--", "everything after it goes to the plugin as it is"],
];

/**
 * Splits the words behind a command. Throws `usage_invalid` for a host flag that is wrong.
 *
 * @param leading flags that stood before the command: always the host's.
 * @param command as the plugin describes it.
 */
export function splitHostFlags(
  leading: readonly string[],
  tokens: readonly string[],
  command: DescribedCommand,
): SplitLine {
  const scan = new Scan(command);
  const args: string[] = [];
  for (let at = 0; at < leading.length; at++) {
    const token = leading[at]!;
    scan.take(token, takesNextToken(token) ? leading[++at] : undefined);
  }
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token === "--") {
      for (const word of tokens.slice(at)) args.push(word);
      break;
    }
    const owner = scan.declared(token);
    if (owner !== "nobody") {
      args.push(token);
      const next = tokens[at + 1];
      if (owner === "plugin, value follows" && next !== undefined && next !== "--") {
        args.push(next);
        at++;
      }
    } else if (token === "--help" || token === "-h") {
      scan.wantsHelp = true; // The request is passed on as it was typed.
      args.push(token);
    } else if (isHostFlag(token)) {
      const takesNext = takesNextToken(token);
      scan.take(token, takesNext ? tokens[at + 1] : undefined);
      if (takesNext) at++;
    } else {
      args.push(token);
      scan.descend(token);
    }
  }
  const wantsHelp = scan.wantsHelp || args[0]?.toLowerCase() === "help";
  return { flags: { ...scan.flags, wantsHelp }, args };
}

/** The flags that decide which plugin is asked, before it is known what that plugin declares. */
export function peekRouting(tokens: readonly string[]): Pick<HostFlags, "pluginDirs" | "provider"> {
  const values = (name: string) => {
    const end = tokens.indexOf("--");
    return tokens.slice(0, end === -1 ? undefined : end).flatMap((token, index, all) => {
      if (token.startsWith(`${name}=`)) return [token.slice(name.length + 1)];
      return token === name && all[index + 1] !== undefined ? [all[index + 1]!] : [];
    });
  };
  return { pluginDirs: values("--plugin-dir"), provider: values("--plugin-provider")[0] };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

class Scan {
  readonly flags: Writable<Omit<HostFlags, "wantsHelp">> = {
    format: undefined,
    pluginDirs: [],
    provider: undefined,
    color: undefined,
    unicode: undefined,
    verbosity: 0,
    debug: 0,
    timeoutMs: undefined,
  };
  wantsHelp = false;
  #level: DescribedCommand;
  readonly #known = new Map<string, DescribedFlag>();

  constructor(command: DescribedCommand) {
    this.#level = command;
    this.#learn(command);
  }

  /** Whether a token is a flag of the plugin's: alone, with `=value`, or with more letters behind a short one. */
  declared(token: string): "nobody" | "plugin" | "plugin, value follows" {
    if (!token.startsWith("-") || token === "-") return "nobody";
    const exact = this.#known.get(token);
    if (exact !== undefined) return exact.flag_only ? "plugin" : "plugin, value follows";
    if (this.#known.has(token.split("=", 1)[0]!)) return "plugin";
    const isCluster = !token.startsWith("--") && [...token.slice(1)].some((letter) => this.#known.has(`-${letter}`));
    return isCluster ? "plugin" : "nobody";
  }

  /** A word that names a subcommand brings that one's flags into play; those before stay known. */
  descend(token: string): void {
    const child = this.#level.subcommands.find((one) => one.name === token.toLowerCase());
    if (child === undefined) return;
    this.#level = child;
    this.#learn(child);
  }

  take(token: string, next: string | undefined): void {
    const { flags } = this;
    if (isFlagCluster(token)) this.#countAll(token.slice(1));
    else if (token === "--verbose") this.#count("v");
    else if (token === "--quiet") this.#count("q");
    else if (token === "--debug") this.#count("d");
    else if (token === "--json") this.#once("format", "json");
    else if (token === "--ascii") this.#once("unicode", "never");
    else if (token === "--no-color") this.#once("color", "never");
    else {
      const equals = token.indexOf("=");
      const name = equals === -1 ? token : token.slice(0, equals);
      const value = equals === -1 ? next : token.slice(equals + 1);
      if (value === undefined || value === "--" || value.trim() === "") throw usage(`${name} needs a value`);
      if (name === "--plugin-dir") flags.pluginDirs = [...flags.pluginDirs, value];
      else if (name === "--plugin-provider") this.#once("provider", value.trim());
      else if (name === "--timeout") this.#once("timeoutMs", parseTimeoutMs(value));
      else if (name === "--format") this.#once("format", oneOf(name, FORMATS, value));
      else this.#once(name === "--color" ? "color" : "unicode", oneOf(name, CHOICES, value));
    }
  }

  #learn(command: DescribedCommand): void {
    for (const [name, flag] of Object.entries(command.flags)) this.#known.set(name, flag);
  }

  #countAll(letters: string): void {
    for (const letter of letters) this.#count(letter);
  }

  #count(letter: string): void {
    if (letter === "d") this.flags.debug = Math.min(this.flags.debug + 1, 3);
    else this.flags.verbosity += letter === "v" ? 1 : -1;
  }

  #once<K extends "format" | "color" | "unicode" | "provider" | "timeoutMs">(name: K, value: HostFlags[K]): void {
    if (this.flags[name] !== undefined) throw usage(`${ONCE[name]} can be chosen only once`);
    (this.flags as Record<K, HostFlags[K]>)[name] = value;
  }
}

const ONCE = {
  format: "the format",
  color: "the colour",
  unicode: "the character set",
  provider: "the provider",
  timeoutMs: "the timeout",
} as const;

function oneOf<T extends string>(name: string, values: readonly T[], value: string): T {
  const found = values.find((one) => one === value.toLowerCase());
  if (found === undefined) throw usage(`${name} takes ${values.join(", ")}, not "${value}"`);
  return found;
}

function usage(message: string): HostError {
  return new HostError("usage_invalid", message, {
    hint: 'what is meant for the plugin goes after "--"',
  });
}
