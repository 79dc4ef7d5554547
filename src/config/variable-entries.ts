// The entries of the environment: `OSP__A__B=v` is the key `a.b`, `OSP_SECRET__A__B=v` the same as a secret. In front of
// the key, `TERM__<t>__` and `PROFILE__<p>__` say for which terminal and profile it holds.

import type { ConfigScope } from "./config.ts";
import { keyTrouble, scopeName } from "./key-names.ts";
import { isSecretName } from "./secret-names.ts";
import { type Fault, type Found, RANK, type StoredEntry } from "./stored-entry.ts";

const PREFIX = "OSP__";
const SECRET_PREFIX = "OSP_SECRET__";

/** All that the environment says. A value is a text; the key's type reads it later. */
export function variableEntries(env: Readonly<Record<string, string | undefined>>): Found {
  const entries: StoredEntry[] = [];
  const faults: Fault[] = [];
  for (const name of Object.keys(env)) {
    const isSecret = name.startsWith(SECRET_PREFIX);
    if (!isSecret && !name.startsWith(PREFIX)) continue;
    const value = env[name];
    if (value === undefined) continue;
    const read = readName(name.slice((isSecret ? SECRET_PREFIX : PREFIX).length));
    if (typeof read === "string") {
      faults.push({ code: "config_invalid", text: read, origin: name });
      continue;
    }
    const { key, scope } = read;
    const rank = isSecret ? RANK.secretEnv : RANK.env;
    entries.push({ key, value, source: "env", scope, origin: name, isSecret: isSecret || isSecretName(key), rank });
  }
  return { entries, faults };
}

/** Key and scope of a variable's name after the prefix, or what is wrong with it. */
function readName(name: string): { key: string; scope: ConfigScope } | string {
  let rest = name.toLowerCase().split("__");
  const marked: { term?: string; profile?: string } = {};
  while (rest[0] === "term" || rest[0] === "profile") {
    const [marker, value = "", ...after] = rest as ["term" | "profile", ...string[]];
    if (marked[marker] !== undefined || isProfileDefault(rest)) break;
    const normal = scopeName(value);
    if (normal === undefined || after.length === 0) return `after ${marker.toUpperCase()} a name and a key must follow`;
    marked[marker] = normal;
    rest = after;
  }
  const key = rest.join(".");
  const trouble = keyTrouble(key);
  return trouble ?? { key, scope: { profile: marked.profile ?? null, terminal: marked.term ?? null } };
}

/** `PROFILE__DEFAULT` and nothing behind it: the key `profile.default`, not the profile "default". */
function isProfileDefault(parts: readonly string[]): boolean {
  return parts.length === 2 && parts[0] === "profile" && parts[1] === "default";
}
