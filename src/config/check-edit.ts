// Looks at a change before it is made: whether there is such a key, whether it may stand there, whether the value fits.

import { HostError } from "../protocol/errors.ts";
import { placeTrouble, valueProblem } from "./check-entry.ts";
import { coerceValue } from "./coerce-value.ts";
import type { ConfigScope, ConfigValue } from "./config.ts";
import { keyId, keyTrouble, scopeName } from "./key-names.ts";
import { holdsPlaceholder } from "./placeholders.ts";
import { keySpec } from "./schema.ts";
import { isSecretName } from "./secret-names.ts";
import { BUILT_IN_THEMES, isThemeKnown } from "./theme-names.ts";

export interface ConfigEdit {
  readonly scope: ConfigScope;
  readonly key: string;
  /** Undefined takes the key out. */
  readonly value: ConfigValue | undefined;
}

/** An edit in its normal spelling, with a value of the key's type. */
export type CheckedEdit = ConfigEdit & { readonly checked: true };

/**
 * The edit as it is to be made. Throws `config_key_unknown` and `config_value_invalid`. What should not be there may be
 * taken out, so that removing is refused only for what can be no key.
 *
 * @param themeFolders where themes of the user's own are looked for.
 */
export function checkedEdit(
  edit: ConfigEdit,
  { isSecret, themeFolders = [] }: { isSecret: boolean; themeFolders?: readonly string[] | undefined },
): CheckedEdit {
  const { key, value } = edit;
  const trouble = keyTrouble(key);
  if (trouble !== undefined) throw valueError(key, trouble);
  const scope = { profile: normalName(key, edit.scope.profile), terminal: normalName(key, edit.scope.terminal) };
  const normal = { key: keyId(key), scope, checked: true } as const;
  if (value === undefined) return { ...normal, value };
  const refused = placeTrouble(key, scope, isSecret);
  if (refused !== undefined) {
    const code = keySpec(key) === undefined ? "config_key_unknown" : "config_value_invalid";
    throw new HostError(code, refused.text, {
      ...(refused.hint === undefined ? {} : { hint: refused.hint }),
      details: { key },
    });
  }
  if (holdsPlaceholder(key, value)) return { ...normal, value };
  const problem = valueProblem(key, value, isSecret || isSecretName(key));
  if (problem !== undefined) throw valueError(key, problem);
  const coerced = coerceValue(key, value);
  const typed = "value" in coerced ? coerced.value : value;
  if (normal.key === "theme.name" && !isThemeKnown(String(typed), themeFolders)) {
    throw valueError(key, `there is no theme ${JSON.stringify(typed)}: it is one of ${BUILT_IN_THEMES.join(", ")}`);
  }
  return { ...normal, value: typed };
}

function normalName(key: string, name: string | null): string | null {
  const normal = name === null ? null : scopeName(name);
  if (normal === undefined) throw valueError(key, "the name of a profile or terminal may not be blank or very long");
  return normal;
}

function valueError(key: string, text: string): HostError {
  return new HostError("config_value_invalid", text, { details: { key } });
}
