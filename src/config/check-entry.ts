// What is wrong with an entry: a key that nobody knows, a place where it may not stand, a value that does not fit.

import { nearest } from "../base/nearest.ts";
import { coerceValue } from "./coerce-value.ts";
import type { ConfigScope, ConfigValue } from "./config.ts";
import { keyId } from "./key-names.ts";
import { holdsPlaceholder } from "./placeholders.ts";
import { keySpec, schemaKeys } from "./schema.ts";
import { type Fault, isFromSecrets, type StoredEntry } from "./stored-entry.ts";

const IN_DEFAULT = "put it into [default], or use --global";

/** What is wrong with an entry, or undefined. A value with placeholders is looked at when they are filled in. */
export function checkEntry(entry: StoredEntry): Fault | undefined {
  const { key, value, scope, source, origin, path } = entry;
  const fault = (text: string, hint?: string): Fault => {
    const code = source === "session" ? "config_value_invalid" : "config_invalid";
    return { code, text, hint, key, origin, path };
  };
  const trouble = placeTrouble(key, scope, isFromSecrets(entry));
  if (trouble !== undefined) return fault(trouble.text, trouble.hint);
  if (holdsPlaceholder(key, value)) return undefined;
  const problem = valueProblem(key, value, entry.isSecret);
  return problem === undefined ? undefined : fault(problem);
}

/** Whether the key may stand in a scope and a store at all. */
export function placeTrouble(
  key: string,
  scope: ConfigScope,
  isSecretStore: boolean,
): { text: string; hint?: string } | undefined {
  const spec = keySpec(key);
  if (spec === undefined) return { text: `"${key}" is not a known key`, hint: nearKeyHint(key) };
  if (spec.isReadOnly) {
    return { text: `"${key}" is computed and cannot be set`, hint: `set "profile.default", or use --profile` };
  }
  if (spec.scope === "global" && (scope.profile !== null || scope.terminal !== null)) {
    return { text: `"${key}" holds for all profiles and terminals, and cannot be set for one`, hint: IN_DEFAULT };
  }
  if (spec.scope === "no profile" && scope.profile !== null) {
    return { text: `"${key}" decides which profile is active, and cannot be set for one`, hint: IN_DEFAULT };
  }
  // It would have to be known to be read.
  if (isSecretStore && keyId(key) === "secrets.backend") return { text: `"${key}" cannot be kept among the secrets` };
  return undefined;
}

/** What is wrong with a value without placeholders, naming the key; the value itself only when it is no secret. */
export function valueProblem(key: string, value: ConfigValue, isSecret: boolean): string | undefined {
  const coerced = coerceValue(key, value);
  if ("value" in coerced) return undefined;
  const found = coerced.shown === undefined || isSecret ? "" : `, is ${coerced.shown}`;
  return `"${key}" ${coerced.problem}${found}`;
}

function nearKeyHint(key: string): string {
  // Only names of about the same length can be near; a file may hold many and long keys that are not known.
  const near = nearest(
    key,
    schemaKeys().filter((known) => Math.abs(known.length - key.length) <= 2),
  );
  return near === undefined ? `keys of your own go below "extensions."` : `did you mean "${near}"?`;
}
