// What the configuration gives to a process plugin: `extensions.plugins.env.*` for all of them and
// `extensions.plugins.<id>.env.*` for one become variables named OSP_PLUGIN_CFG_* ("osp: Writing Plugins").

import { shellWord } from "../base/shell-word.ts";
import { HostError } from "../protocol/errors.ts";
import type { Config, ResolvedEntry } from "./config.ts";
import { scopeFlags } from "./scope-flags.ts";
import { valueText } from "./value-text.ts";

const PLUGIN_VARIABLE_PREFIX = "OSP_PLUGIN_CFG_";
const PLUGINS = "extensions.plugins.";
const SHARED = `${PLUGINS}env.`;

interface PluginVariable {
  readonly name: string;
  readonly value: string;
  /** The key that it comes from. */
  readonly key: string;
  readonly scope: "shared" | "plugin";
  readonly isSecret: boolean;
}

/** Two keys of one scope that would be the same variable with different values. */
interface VariableCollision {
  readonly name: string;
  readonly keys: readonly [string, string];
  readonly scope: "shared" | "plugin";
}

export interface PluginVariables {
  /** Sorted by name; an entry of the plugin's own takes the place of a shared one. */
  readonly variables: readonly PluginVariable[];
  readonly collisions: readonly VariableCollision[];
}

/**
 * The variables for a plugin, whose id is the same in any letter case. Throws `config_invalid` for a value that no
 * variable can hold. With collisions nobody can say which value was meant: the plugin is not to be run.
 */
export function pluginVariables(config: Config, pluginId: string): PluginVariables {
  const found = { shared: new Map<string, PluginVariable>(), plugin: new Map<string, PluginVariable>() };
  const collisions: VariableCollision[] = [];
  for (const key of config.keys(PLUGINS)) {
    const place = placeOf(key, pluginId.toLowerCase());
    if (place === undefined) continue;
    const { scope } = place;
    for (const variable of variablesOf(config, key, place)) {
      const other = found[scope].get(variable.name);
      if (other === undefined) found[scope].set(variable.name, variable);
      else if (other.value !== variable.value) {
        collisions.push({ name: variable.name, keys: [other.key, variable.key], scope });
      }
    }
  }
  const variables = [...new Map([...found.shared, ...found.plugin]).values()];
  return { variables: variables.sort((a, b) => (a.name < b.name ? -1 : 1)), collisions };
}

/** The error that keeps a plugin from being run; undefined when there is no collision. */
export function collisionError(
  config: Config,
  pluginId: string,
  { collisions }: PluginVariables,
): HostError | undefined {
  const [first] = collisions;
  if (first === undefined) return undefined;
  const [a, b] = first.keys;
  const text = `"${a}" and "${b}" are both ${first.name} for the plugin "${pluginId}", with different values`;
  return new HostError("config_collision", text, {
    hint: `remove one of them, for instance with "${removal(config, b)}"`,
    details: { plugin_id: pluginId, collisions },
  });
}

interface Place {
  readonly scope: "shared" | "plugin";
  readonly suffix: string;
}

/** Whether a key is the plugin's business. The id ends where the first `.env.` begins. */
function placeOf(key: string, id: string): Place | undefined {
  const name = key.toLowerCase();
  if (name.startsWith(SHARED)) return { scope: "shared", suffix: key.slice(SHARED.length) };
  const end = name.indexOf(".env.", PLUGINS.length);
  if (end === -1 || name.slice(PLUGINS.length, end) !== id) return undefined;
  return { scope: "plugin", suffix: key.slice(end + ".env.".length) };
}

/**
 * The variable of a key. When one section spells the key twice, in different letter cases, that is two keys for this
 * purpose, although only the later one counts elsewhere.
 */
function variablesOf(config: Config, key: string, { scope, suffix }: Place): PluginVariable[] {
  const name = variableName(suffix);
  const winner = config.find(key);
  if (name === undefined || winner === undefined) return [];
  const variable = (entry: Pick<ResolvedEntry, "key" | "isSecret">, value: string): PluginVariable => {
    if (value.includes("\0")) throw unfit(config, entry.key);
    return { name, value, key: entry.key, scope, isSecret: entry.isSecret };
  };
  const twins = config.explain(key).candidates.filter((other) => isTwin(winner, other));
  return [variable(winner, valueText(winner.resolved)), ...twins.map((twin) => variable(twin, valueText(twin.value)))];
}

function isTwin(winner: ResolvedEntry, other: Pick<ResolvedEntry, "key" | "source" | "scope">): boolean {
  const { source, scope, key } = winner;
  const isSameScope = scope.profile === other.scope.profile && scope.terminal === other.scope.terminal;
  return isSameScope && source === other.source && key !== other.key;
}

/** `api.base-url` → `OSP_PLUGIN_CFG_API_BASE_URL`; undefined when nothing is left of it. */
function variableName(suffix: string): string | undefined {
  const name = suffix
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_|_$/g, "")
    .toUpperCase();
  return name === "" ? undefined : `${PLUGIN_VARIABLE_PREFIX}${name}`;
}

/** The command that takes a key away where it counts. */
function removal(config: Config, key: string): string {
  const entry = config.find(key);
  return entry?.source === "env"
    ? `unset ${entry.origin}`
    : `osp config unset ${shellWord(key)}${flagsFor(config, key)}`;
}

function flagsFor(config: Config, key: string): string {
  const scope = config.find(key)?.scope;
  return scope === undefined ? "" : scopeFlags(scope);
}

function unfit(config: Config, key: string): HostError {
  return new HostError("config_invalid", `"${key}" holds a NUL character, which no variable can hold`, {
    hint: `change it, or remove it with "osp config unset ${key}${flagsFor(config, key)}"`,
    details: { key },
  });
}
