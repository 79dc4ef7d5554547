// What the rest of the program sees of the configuration: one value for each key, and where it comes from.
// load-config.ts builds it. Keys, and the names of profiles and terminals, are the same in any letter case.

import type { HostError } from "../protocol/errors.ts";

/** A value as it stands in a file; integers beyond 2^53 are bigints, dates are text. */
export type ConfigScalar = string | boolean | number | bigint;
export type ConfigValue = ConfigScalar | readonly ConfigScalar[];

/** From the weakest to the strongest; `derived` is computed and cannot be set. */
type ConfigSource = "defaults" | "presentation" | "file" | "secrets" | "env" | "cli" | "session" | "derived";

export type TerminalKind = "cli" | "repl";

/** For which profile and terminal an entry holds; null stands for all. */
export interface ConfigScope {
  readonly profile: string | null;
  readonly terminal: string | null;
}

/** One place where a key has a value. */
interface ConfigEntry {
  /** As it is spelled in that place. */
  readonly key: string;
  /** As written, before placeholders are filled in. */
  readonly value: ConfigValue;
  readonly source: ConfigSource;
  readonly scope: ConfigScope;
  /** The file or the variable; null for what is built in. */
  readonly origin: string | null;
}

/** The value that counts for the active profile and terminal. */
export interface ResolvedEntry extends ConfigEntry {
  /** After placeholders were filled in and the schema's type was applied. */
  readonly resolved: ConfigValue;
  /** From the secrets store, or made with a value from there, or named like a secret. */
  readonly isSecret: boolean;
}

/** One of the places of a key, and whether what stands there may be shown. */
export interface ConfigCandidate extends ConfigEntry {
  /** From the secrets store, or named like a secret. */
  readonly isSecret: boolean;
}

export interface InterpolationStep {
  readonly placeholder: string;
  readonly entry: ResolvedEntry;
}

export interface Explanation {
  readonly key: string;
  readonly winner: ResolvedEntry | undefined;
  /** All entries of the key, strongest first; those of other profiles and terminals are left out. */
  readonly candidates: readonly ConfigCandidate[];
  /** Each placeholder of the winner's text, and what it was filled in with. */
  readonly steps: readonly InterpolationStep[];
}

/** Where the files are, whether or not they exist. */
export interface ConfigFiles {
  readonly config: string;
  readonly secrets: string;
  /** Lists what is kept in the keyring of the operating system. */
  readonly index: string;
}

export interface Config {
  readonly profile: string;
  /** How the profile was chosen. */
  readonly profileSource: "flag" | "word" | "config" | "default";
  /** Sorted; the active one is among them. */
  readonly knownProfiles: readonly string[];
  readonly terminal: TerminalKind;
  /** Whether the first word of the line named the profile and is used up by that. */
  readonly tookWord: boolean;
  readonly files: ConfigFiles;
  /** What is odd and no error: a `--profile` that nobody configured. */
  readonly warnings: readonly string[];
  /** What a lenient load left out; each would have been thrown otherwise. */
  readonly problems: readonly HostError[];
  /** The value that counts; undefined when the key has none. Throws `config_invalid` for a placeholder that leads nowhere. */
  find(key: string): ResolvedEntry | undefined;
  /**
   * All keys that have a value, spelled as where their value comes from and sorted by code units; with a prefix, those
   * that begin with it.
   */
  keys(prefix?: string): readonly string[];
  explain(key: string): Explanation;
}

/** The text of a key of the schema's type string. */
export function configText(config: Config, key: string): string | undefined {
  const value = config.find(key)?.resolved;
  return typeof value === "string" ? value : undefined;
}

/** The number of a key of the schema's types int and positive int. */
export function configNumber(config: Config, key: string): number | undefined {
  const value = config.find(key)?.resolved;
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}

export function configFlag(config: Config, key: string): boolean | undefined {
  const value = config.find(key)?.resolved;
  return typeof value === "boolean" ? value : undefined;
}

/** The texts of a key of the schema's type list; none when it is not set. */
export function configList(config: Config, key: string): readonly string[] {
  const value = config.find(key)?.resolved;
  return Array.isArray(value) ? value.map(String) : [];
}
