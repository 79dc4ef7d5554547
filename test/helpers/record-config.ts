// A configuration for tests of what reads one: a plain record of keys and values.

import type { Config, ConfigValue, ResolvedEntry } from "../../src/config/config.ts";

/** A configuration in which just these keys have a value. */
export function recordConfig(values: Readonly<Record<string, ConfigValue>>): Config {
  const byKey = new Map(Object.entries(values).map((entry) => [entry[0].toLowerCase(), entry]));
  const find = (wanted: string): ResolvedEntry | undefined => {
    const entry = byKey.get(wanted.toLowerCase());
    if (entry === undefined) return undefined;
    const [key, value] = entry;
    const scope = { profile: null, terminal: null };
    return { key, value, resolved: value, source: "file", scope, origin: null, isSecret: false };
  };
  return {
    profile: "default",
    profileSource: "default",
    knownProfiles: ["default"],
    terminal: "cli",
    tookWord: false,
    files: { config: "/none/config.toml", secrets: "/none/secrets.toml", index: "/none/secrets.index.toml" },
    warnings: [],
    problems: [],
    find,
    keys: (prefix = "") =>
      Object.keys(values)
        .filter((key) => key.toLowerCase().startsWith(prefix.toLowerCase()))
        .sort(),
    explain: (key) => ({ key, winner: find(key), candidates: [], steps: [] }),
  };
}
