// The settings that a plugin declares in its manifest ("Osaurus: Plugin Authoring"), and how their values are written as
// text: the store knows nothing else. Whether a value may be saved is decided by src/host/validate-field.ts.

import * as z from "zod/mini";
import {
  MANIFEST_FIELDS_MAX,
  MANIFEST_KEY_CHARS_MAX,
  MANIFEST_OPTIONS_MAX,
  MANIFEST_PATH_CHARS_MAX,
  MANIFEST_SECTIONS_MAX,
  MANIFEST_TEXT_CHARS_MAX,
} from "./limits.ts";
import { freeText, list, members, name, shortText } from "./manifest-shape.ts";

export const FIELD_TYPES = [
  "text",
  "secret",
  "toggle",
  "select",
  "multiselect",
  "number",
  "readonly",
  "status",
] as const;

export type FieldDefault = boolean | number | string | string[];

const key = name(MANIFEST_KEY_CHARS_MAX);
const pathOrPattern = shortText(MANIFEST_PATH_CHARS_MAX);

const FieldValidation = members({
  required: z.optional(z.boolean()),
  min_length: z.optional(z.int()),
  max_length: z.optional(z.int()),
  /** A regular expression that is searched for, not anchored. */
  pattern: z.optional(pathOrPattern),
  pattern_hint: z.optional(freeText),
  min: z.optional(z.number()),
  max: z.optional(z.number()),
});

const ConfigField = members({
  /** What the value is stored under. */
  key,
  type: z.enum(FIELD_TYPES),
  label: freeText,
  placeholder: z.optional(freeText),
  default: z.optional(z.custom<FieldDefault>(isDefault, "must be true or false, a number, text or a list of texts")),
  options: z.optional(list(members({ value: freeText, label: freeText }), MANIFEST_OPTIONS_MAX)),
  validation: z.optional(FieldValidation),
  /** Text of a `readonly` field; see `fillTemplate`. */
  value_template: z.optional(freeText),
  copyable: z.optional(z.boolean()),
  /** A `status` field is connected when this key is stored and not empty. */
  connected_when: z.optional(shortText(MANIFEST_KEY_CHARS_MAX)),
  connect_action: z.optional(members({ type: z.optional(freeText), url_route: z.optional(pathOrPattern) })),
  disconnect_action: z.optional(
    members({ clear_keys: z.optional(list(shortText(MANIFEST_KEY_CHARS_MAX), MANIFEST_FIELDS_MAX)) }),
  ),
});

export const ManifestConfig = members({
  title: z.optional(freeText),
  sections: list(members({ title: freeText, fields: list(ConfigField, MANIFEST_FIELDS_MAX) }), MANIFEST_SECTIONS_MAX),
});

export type ConfigField = z.infer<typeof ConfigField>;
export type ManifestConfig = z.infer<typeof ManifestConfig>;

function isDefault(value: unknown): value is FieldDefault {
  if (typeof value === "string") return value.length <= MANIFEST_TEXT_CHARS_MAX;
  if (Array.isArray(value))
    return value.length <= MANIFEST_OPTIONS_MAX && value.every((one) => typeof one === "string");
  return typeof value === "boolean" || Number.isFinite(value);
}

/** False for fields that only show something: nobody can save a value for them. */
export function isStored({ type }: Pick<ConfigField, "type">): boolean {
  return type !== "readonly" && type !== "status";
}

/** The default as the store would keep it; nothing when there is none, or when the field only shows something. */
export function defaultText(field: Pick<ConfigField, "type" | "default">): string | undefined {
  const { default: value } = field;
  if (value === undefined || !isStored(field)) return undefined;
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

export interface TemplateValues {
  readonly plugin_id: string;
  readonly plugin_url?: string | undefined;
  readonly tunnel_url?: string | undefined;
  /** The stored value of a setting. */
  config(key: string): string | undefined;
}

/**
 * The text of a `readonly` field: `{{plugin_url}}`, `{{plugin_id}}`, `{{tunnel_url}}` and `{{config.KEY}}` are filled in,
 * once; what has no value is empty. Other braces stay.
 */
export function fillTemplate(template: string, values: TemplateValues): string {
  return template.replace(/\{\{(plugin_url|plugin_id|tunnel_url|config\.(\w+))\}\}/g, (_all, name: string, key) => {
    if (key !== undefined) return values.config(key as string) ?? "";
    return values[name as "plugin_url" | "plugin_id" | "tunnel_url"] ?? "";
  });
}
