// Values of the configuration as they are printed.

import { JsonNumber, type OrderedJson } from "../base/ordered-json.ts";
import type { ConfigScalar, ConfigValue, ResolvedEntry } from "../config/config.ts";
import { REDACTED } from "../config/secret-names.ts";

/** The value for a row; a secret is replaced unless it is asked for. */
export function shownValue(entry: ResolvedEntry, options: { raw?: boolean; secrets?: boolean } = {}): OrderedJson {
  if (entry.isSecret && !options.secrets) return REDACTED;
  return jsonOfValue(options.raw ? entry.value : entry.resolved);
}

export function jsonOfValue(value: ConfigValue): OrderedJson {
  if (Array.isArray(value)) return value.map(jsonOfScalar);
  return jsonOfScalar(value as ConfigScalar);
}

function jsonOfScalar(value: ConfigScalar): OrderedJson {
  if (typeof value === "string" || typeof value === "boolean") return value;
  // TOML has numbers that JSON has not.
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : new JsonNumber(String(value));
}
