// What a plugin's manifest says of its settings and secrets, by key: the two places of the manifest that declare them are
// one list here, as the store has one place for both.

import type { Manifest } from "../protocol/manifest.ts";
import { type ConfigField, defaultText, isStored } from "../protocol/manifest-config.ts";

export interface DeclaredSetting {
  readonly key: string;
  readonly label: string;
  readonly kind: "secret" | "setting";
  readonly type: ConfigField["type"];
  readonly required: boolean;
  /** As it would be stored; never of a secret. */
  readonly default: string | undefined;
  readonly description: string | undefined;
  /** Where to get it. */
  readonly url: string | undefined;
  /** Set where the manifest says which values are allowed. */
  readonly field: ConfigField | undefined;
}

/** Secrets first, then the settings in their order; fields that only show something are among them. */
export function declaredSettings({ secrets = [], capabilities }: Manifest): Map<string, DeclaredSetting> {
  const declared = new Map<string, DeclaredSetting>();
  for (const { id, label, required, description, url } of secrets) {
    if (declared.has(id)) continue;
    const none = { default: undefined, field: undefined };
    declared.set(id, { key: id, label, kind: "secret", type: "secret", required, description, url, ...none });
  }
  for (const field of (capabilities.config?.sections ?? []).flatMap((section) => section.fields)) {
    const also = declared.get(field.key);
    if (also?.field !== undefined) continue;
    declared.set(field.key, also === undefined ? settingOf(field) : { ...settingOf(field), ...secretOf(also), field });
  }
  return declared;
}

function settingOf(field: ConfigField): DeclaredSetting {
  const { key, label, type, validation } = field;
  const isSecret = type === "secret";
  return {
    key,
    label,
    kind: isSecret ? "secret" : "setting",
    type,
    required: isStored(field) && validation?.required === true,
    default: isSecret ? undefined : defaultText(field),
    description: undefined,
    url: undefined,
    field,
  };
}

/** Of what stands in both places the one that keeps more to itself. */
function secretOf({ label, required, description, url }: DeclaredSetting) {
  return { label, kind: "secret", required, description, url, default: undefined } as const;
}
