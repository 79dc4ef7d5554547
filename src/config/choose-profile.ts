// Which profile a command line runs under.

import { HostError } from "../protocol/errors.ts";
import type { Config } from "./config.ts";
import { scopeName } from "./key-names.ts";
import type { StoredEntry } from "./stored-entry.ts";

export interface ProfileInput {
  /** From `--profile`. */
  readonly flag: string | undefined;
  /** The first word of the line. */
  readonly word: string | undefined;
  readonly reservedWords: ReadonlySet<string> | undefined;
  /** What the configuration says without any profile. */
  readonly preferred: string | undefined;
  readonly entries: readonly StoredEntry[];
  /** Profiles that have a section, whether or not anything is in it. */
  readonly sections: ReadonlySet<string>;
}

export interface ProfileChoice extends Pick<Config, "profile" | "profileSource" | "knownProfiles" | "tookWord"> {
  readonly warning: string | undefined;
}

/**
 * The profile: from `--profile`, else the first word when it is the name of a known profile, else the preferred one.
 * Throws `usage_invalid` when the flag's value cannot be a name.
 */
export function chooseProfile({
  flag,
  word,
  reservedWords,
  preferred,
  entries,
  sections,
}: ProfileInput): ProfileChoice {
  const known = new Set(sections);
  for (const { scope } of entries) if (scope.profile !== null) known.add(scope.profile);
  const fallback = scopeName(preferred ?? "") ?? "default";
  const chosen = (profile: string, profileSource: Config["profileSource"]): ProfileChoice => ({
    profile,
    profileSource,
    knownProfiles: [...known, ...(known.has(profile) ? [] : [profile])].sort(),
    tookWord: profileSource === "word",
    warning: undefined,
  });
  if (flag !== undefined) {
    const profile = scopeName(flag);
    if (profile === undefined) throw new HostError("usage_invalid", "--profile must have the name of a profile");
    const isOdd = !known.has(profile) && profile !== fallback && profile !== "default";
    const warning = isOdd ? `the profile "${profile}" is not configured anywhere` : undefined;
    return { ...chosen(profile, "flag"), warning };
  }
  const named = word === undefined || reservedWords?.has(word) ? undefined : scopeName(word);
  if (named !== undefined && named === word?.toLowerCase() && (known.has(named) || named === fallback)) {
    return chosen(named, "word");
  }
  return chosen(fallback, preferred === undefined ? "default" : "config");
}
