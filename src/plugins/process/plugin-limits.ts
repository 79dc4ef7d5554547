// How long a plugin may take and how much it may print, as far as the configuration says so.

import type { Config, ConfigValue } from "../../config/config.ts";
import { scopeFlags } from "../../config/scope-flags.ts";
import { HostError } from "../../protocol/errors.ts";
import {
  DESCRIBE_MS_MAX,
  JSON_VALUES_MAX,
  PROCESS_RUN_MS_MAX,
  PROCESS_STDOUT_BYTES_CHOICE_MAX,
  PROCESS_STDOUT_BYTES_MAX,
  PROCESS_VALUES_CHOICE_MAX,
  TIMEOUT_SECONDS_MAX,
} from "../../protocol/limits.ts";

const SECTION = "extensions.plugins";
const TIMEOUT_CONFIG_MS_MAX = TIMEOUT_SECONDS_MAX * 1000;

export interface PluginLimits {
  readonly timeoutMs: number;
  readonly stdoutBytesMax: number;
  readonly valuesMax: number;
}

/** The limits for the commands of a plugin. Throws `config_invalid` for a value that is no such number. */
export function runLimits(config: Config | undefined, pluginId: string): PluginLimits {
  const limit = (name: string, max: number) =>
    numberAt(config, ownKey(pluginId, name), max) ?? numberAt(config, `${SECTION}.${name}`, max);
  return {
    timeoutMs: limit("timeout_ms", TIMEOUT_CONFIG_MS_MAX) ?? PROCESS_RUN_MS_MAX,
    stdoutBytesMax: limit("stdout_bytes_max", PROCESS_STDOUT_BYTES_CHOICE_MAX) ?? PROCESS_STDOUT_BYTES_MAX,
    valuesMax: limit("values_max", PROCESS_VALUES_CHOICE_MAX) ?? JSON_VALUES_MAX,
  };
}

/** How long descriptions are waited for: whose id is not known yet cannot have a time of its own. */
export function describeTimeout(config: Config | undefined): number {
  return numberAt(config, `${SECTION}.timeout_ms`, TIMEOUT_CONFIG_MS_MAX) ?? DESCRIBE_MS_MAX;
}

/** The key of a plugin's own setting; like all keys, the same in any letter case. */
function ownKey(pluginId: string, name: string): string | undefined {
  // Below "env" there are variables for plugins, whatever their names.
  const isVariable = `.${pluginId}.`.toLowerCase().includes(".env.");
  return isVariable ? undefined : `${SECTION}.${pluginId}.${name}`;
}

function numberAt(config: Config | undefined, key: string | undefined, max: number): number | undefined {
  const entry = key === undefined ? undefined : config?.find(key);
  if (entry === undefined) return undefined;
  const number = wholeNumber(entry.resolved);
  if (number !== undefined && number >= 1 && number <= max) return number;
  throw new HostError("config_invalid", `${entry.key} must be a whole number from 1 to ${max}`, {
    hint: `correct it with "osp config set ${entry.key} NUMBER${scopeFlags(entry.scope)}"`,
    details: { key: entry.key, source: entry.source },
  });
}

/** Keys that no schema knows may hold a number as text: the environment has nothing else. */
function wholeNumber(value: ConfigValue): number | undefined {
  if (typeof value === "string") return /^\d{1,15}$/.test(value.trim()) ? Number(value) : undefined;
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
}
