// Reads the host's flags on a command line; flag-table.ts has them all.

import type { ConfigOverride } from "../config/load-config.ts";
import type { Format } from "../protocol/formats.ts";
import type { Choice, Mode } from "../terminal/look.ts";
import type { Pipeline } from "../terminal/pipeline/pipeline.ts";
import { CLUSTER, FLAGS, usage } from "./flag-table.ts";
import type { Session } from "./session.ts";

/** What the flags of one command line ask for, and what else holds for the whole line; undefined where nothing was said. */
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
  /** The stages behind the command, from behind the first `|`. */
  pipeline: string | undefined;
  /** The same, ready to run. */
  stages: Pipeline | undefined;
  /** Whether an earlier result of the same words will do. */
  cache: boolean;
  /** The interactive shell that the line was typed in. */
  session: Session | undefined;
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
    pipeline: undefined,
    stages: undefined,
    cache: false,
    session: undefined,
  };
}

const SHORT = new Map(
  Object.entries(FLAGS).flatMap(([name, { short }]): [string, string][] => (short ? [[short, name]] : [])),
);
const LETTERS = /^-[vqd]+$/;

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
  if (LETTERS.test(token)) return { spec: CLUSTER, name: token, inline: undefined, takesNext: false };
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
