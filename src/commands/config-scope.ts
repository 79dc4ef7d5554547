// Which part of the configuration a command changes: the options that say so, and what they come to.

import type { Config, ConfigScope } from "../config/config.ts";
import { HostError } from "../protocol/errors.ts";
import { type CommandInput, type CommandOption, textOption } from "./command.ts";

export const SCOPE_OPTIONS = {
  global: { type: "boolean", about: "for all profiles" },
  profile: { type: "string", value: "NAME", about: "for this profile; without it, for the active one" },
  terminal: {
    type: "string",
    value: "cli|repl",
    about: "only for this kind of terminal; without a value, for the present one",
    // Nothing stands for the kind that the line runs on.
    optionalValue: { otherwise: "", known: ["cli", "repl"] },
  },
} as const satisfies Record<string, CommandOption>;

const NAME = /^[^\s"'\\\u0000-\u001f\u007f]{1,100}$/;

/** The scope that the options ask for. Throws `usage_invalid`. */
export function scopeOf(input: Pick<CommandInput, "options">, config: Config): ConfigScope {
  const profile = textOption(input, "profile");
  const named = textOption(input, "terminal");
  const terminal = named === "" ? config.terminal : named;
  if (input.options["global"] === true && profile !== undefined) {
    throw new HostError("usage_invalid", "--global and --profile exclude each other");
  }
  for (const name of [profile, terminal]) {
    if (name !== undefined && !NAME.test(name)) throw new HostError("usage_invalid", `"${name}" is no name of a scope`);
  }
  return {
    profile: input.options["global"] === true ? null : (profile?.toLowerCase() ?? config.profile),
    terminal: terminal?.toLowerCase() ?? null,
  };
}

/** `global`, `profile:lab`, `terminal:repl`, `profile:lab terminal:repl`. */
export function scopeText({ profile, terminal }: ConfigScope): string {
  const parts = [profile === null ? "" : `profile:${profile}`, terminal === null ? "" : `terminal:${terminal}`];
  return parts.filter(Boolean).join(" ") || "global";
}

/** Refuses to write when the user asked for a run without configuration files. */
export function requireFiles({ flags }: Pick<CommandInput, "flags">): void {
  if (flags.useFile && !flags.defaultsOnly) return;
  throw new HostError("usage_invalid", "nothing can be written: this run was asked to ignore configuration files", {
    hint: "leave out --no-config-file and --defaults-only",
  });
}
