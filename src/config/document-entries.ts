// The entries of a configuration file: `[default]`, `[profile.<p>]`, `[terminal.<t>]` and `[terminal.<t>.profile.<p>]`,
// with nested tables and dotted keys flattened to dotted names.

import type { ConfigScalar, ConfigScope, ConfigValue } from "./config.ts";
import { keyTrouble, scopeName } from "./key-names.ts";
import { isSecretName } from "./secret-names.ts";
import { EVERYWHERE, type Found, RANK } from "./stored-entry.ts";
import { dateText, type TomlTable } from "./toml-document.ts";

type Path = readonly string[];

interface Walk extends Found {
  readonly profiles: Set<string>;
  readonly source: "file" | "secrets";
  readonly file: string;
}

const SECTIONS = "the sections are [default], [profile.NAME], [terminal.NAME] and [terminal.NAME.profile.NAME]";

/** Everything that a file says, each value as it stands; what cannot be an entry is among the faults. */
export function documentEntries(document: TomlTable, source: "file" | "secrets", file: string): Found {
  const walk: Walk = { source, file, entries: [], faults: [], profiles: new Set() };
  for (const [name, found] of Object.entries(document)) {
    const path = [name];
    if (name === "default") readSection(walk, path, found, EVERYWHERE);
    else if (name === "profile") readProfiles(walk, path, found, null);
    else if (name === "terminal") readTerminals(walk, path, found);
    else fault(walk, path, `"${name}" is no section of the configuration`, SECTIONS);
  }
  return { entries: walk.entries, faults: walk.faults, profiles: walk.profiles };
}

function readTerminals(walk: Walk, path: Path, found: unknown): void {
  if (!isTable(found)) return notSection(walk, path);
  for (const [name, inner] of Object.entries(found)) {
    const terminal = nameIn(walk, [...path, name]);
    if (terminal === undefined) continue;
    readSection(walk, [...path, name], inner, { profile: null, terminal }, "profile");
    const profiles = isTable(inner) && Object.hasOwn(inner, "profile") ? inner["profile"] : {};
    readProfiles(walk, [...path, name, "profile"], profiles, terminal);
  }
}

/** In a terminal's section `profile.default` is a key when it has a value, and a profile when it is a section. */
function readProfiles(walk: Walk, path: Path, found: unknown, terminal: string | null): void {
  if (!isTable(found)) return notSection(walk, path);
  for (const [name, inner] of Object.entries(found)) {
    const at = [...path, name];
    if (terminal !== null && !isTable(inner)) {
      addEntry(walk, { profile: null, terminal }, at, `profile.${name}`, inner);
      continue;
    }
    const profile = nameIn(walk, at);
    if (profile === undefined) continue;
    if (isTable(inner)) walk.profiles.add(profile);
    readSection(walk, at, inner, { profile, terminal });
  }
}

function readSection(walk: Walk, path: Path, found: unknown, scope: ConfigScope, skip?: string): void {
  if (!isTable(found)) return notSection(walk, path);
  for (const [name, inner] of Object.entries(found)) {
    if (name !== skip) addEntry(walk, scope, [...path, name], name, inner);
  }
}

function addEntry(walk: Walk, scope: ConfigScope, path: Path, key: string, found: unknown): void {
  const trouble = keyTrouble(key);
  if (trouble !== undefined) return fault(walk, path, trouble);
  if (isTable(found)) {
    for (const [name, inner] of Object.entries(found)) addEntry(walk, scope, [...path, name], `${key}.${name}`, inner);
    return;
  }
  const value = configValue(found);
  if (value === undefined) {
    return fault(walk, path, `"${key}" may hold a list of plain values, not of lists or tables`);
  }
  const { source, file } = walk;
  const isSecret = source === "secrets" || isSecretName(key);
  walk.entries.push({ key, value, source, scope, origin: file, isSecret, rank: RANK[source], path });
}

/** The name of a profile or terminal; the last step of the path. */
function nameIn(walk: Walk, path: Path): string | undefined {
  const name = scopeName(path.at(-1)!);
  if (name === undefined) fault(walk, path, `the name of a ${path.at(-2)} may not be blank, very long or unprintable`);
  return name;
}

function notSection(walk: Walk, path: Path): void {
  fault(walk, path, `"${path.join(".")}" must be a section`, SECTIONS);
}

function fault(walk: Walk, path: Path, text: string, hint?: string): void {
  walk.faults.push({ code: "config_invalid", text, hint, origin: walk.file, path });
}

function isTable(found: unknown): found is TomlTable {
  return typeof found === "object" && found !== null && !Array.isArray(found) && !(found instanceof Date);
}

/** The value as the configuration has it; undefined for a list that holds more than plain values. */
function configValue(found: unknown): ConfigValue | undefined {
  if (!Array.isArray(found)) return scalar(found);
  const list = found.map(scalar);
  return list.every((item) => item !== undefined) ? list : undefined;
}

function scalar(found: unknown): ConfigScalar | undefined {
  if (found instanceof Date) return dateText(found);
  return typeof found === "object" || found === undefined ? undefined : (found as ConfigScalar);
}
