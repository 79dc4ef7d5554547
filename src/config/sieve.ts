// Takes entries in and keeps apart what is wrong with them: unknown keys and values that do not fit at once, placeholders
// that lead nowhere and themes that there are not when a profile's values are worked out.

import { checkEntry } from "./check-entry.ts";
import type { ConfigCandidate } from "./config.ts";
import { keyId } from "./key-names.ts";
import { holdsPlaceholder } from "./placeholders.ts";
import { createResolver, FillError, type Resolver, type ResolverInput } from "./resolver.ts";
import { type Fault, type Found, isInScope, type StoredEntry } from "./stored-entry.ts";
import { BUILT_IN_THEMES, isThemeKnown } from "./theme-names.ts";

/** A file may be wrong in every line; nobody reads more than this. */
const FAULTS_MAX = 100;

export interface Sieve {
  /** What was wrong until now. */
  readonly faults: readonly Fault[];
  /** What was right until now. */
  entries(): readonly StoredEntry[];
  /** Whether anybody set the key, for whatever profile. */
  mentions(key: string): boolean;
  add(found: Found): void;
  /**
   * A resolver for a profile whose keys all have values: entries that stood in the way are among the faults now.
   *
   * @param onlyKey the one key that will be asked for, when others are none of its business yet.
   */
  resolver(profile: string | null, onlyKey?: string): Resolver;
}

export function createSieve(facts: ResolverInput["facts"]): Sieve {
  const faults: Fault[] = [];
  let entries: StoredEntry[] = [];
  const addFault = (fault: Fault) => {
    if (faults.length < FAULTS_MAX) faults.push(fault);
  };
  const drop = (broken: ReadonlyMap<ConfigCandidate, string>) => {
    for (const entry of entries) {
      const text = broken.get(entry);
      if (text !== undefined) addFault(faultOf(entry, text));
    }
    const left = entries.filter((entry) => !broken.has(entry));
    if (left.length === entries.length) throw new Error("what is broken is none of the entries");
    entries = left;
  };
  const mentions = (key: string) => entries.some((entry) => keyId(entry.key) === key);
  return {
    faults,
    entries: () => entries,
    mentions,
    add(found) {
      found.faults.forEach(addFault);
      for (const entry of found.entries) {
        const fault = checkEntry(entry);
        if (fault === undefined) entries.push(entry);
        else addFault(fault);
      }
    },
    resolver(profile, onlyKey) {
      for (;;) {
        const resolver = createResolver({ entries, profile, facts });
        const asked = entries.filter(
          ({ key, value, scope }) =>
            holdsPlaceholder(key, value) &&
            isInScope(scope, profile, facts.terminal) &&
            (onlyKey === undefined || onlyKey === keyId(key)),
        );
        const broken = brokenOf(resolver, asked);
        if (broken.size === 0 && onlyKey === undefined && mentions("theme.name")) noteUnknownTheme(resolver, broken);
        if (broken.size === 0) return resolver;
        drop(broken);
      }
    },
  };
}

/** The entries in whose way a value cannot be worked out, and what is wrong with each. */
function brokenOf(resolver: Resolver, asked: readonly StoredEntry[]): Map<ConfigCandidate, string> {
  const broken = new Map<ConfigCandidate, string>();
  for (const { key } of asked) {
    try {
      resolver.find(key);
    } catch (error) {
      if (!(error instanceof FillError)) throw error;
      broken.set(error.entry, error.message);
    }
  }
  return broken;
}

function noteUnknownTheme(resolver: Resolver, broken: Map<ConfigCandidate, string>): void {
  const theme = resolver.find("theme.name");
  if (theme === undefined || theme.source === "defaults") return;
  const folders = resolver.find("theme.path")?.resolved;
  const name = String(theme.resolved);
  if (isThemeKnown(name, Array.isArray(folders) ? folders.map(String) : [])) return;
  const winner = resolver.candidates("theme.name")[0];
  const shown = theme.isSecret ? "not shown here" : JSON.stringify(name);
  if (winner !== undefined)
    broken.set(
      winner,
      `"theme.name" is ${shown}, and there is no such theme: it is one of ${BUILT_IN_THEMES.join(", ")}`,
    );
}

function faultOf({ key, origin, path, source }: StoredEntry, text: string): Fault {
  const code = source === "session" ? "config_value_invalid" : "config_invalid";
  return { code, text, key, origin, path };
}
