// Whether somebody may save a value for a setting or a secret. What the manifest says of its form is in
// `validate-field.ts`; here is what holds besides: sizes, and what the types of fields mean. No message has the value.

import { HostError } from "../protocol/errors.ts";
import { CONFIG_KEY_BYTES_MAX, CONFIG_VALUE_BYTES_MAX } from "../protocol/limits.ts";
import { type ConfigField, isStored } from "../protocol/manifest-config.ts";
import type { DeclaredSetting } from "./declared-settings.ts";
import { validateField } from "./validate-field.ts";

/** Options that a message names. */
const OPTIONS_SHOWN_MAX = 20;

/** Throws `setting_invalid` for what the store could not keep or no plugin could take. */
export function checkKey(key: string): void {
  const problem =
    key === ""
      ? "a setting has to have a name"
      : Buffer.byteLength(key) > CONFIG_KEY_BYTES_MAX
        ? `the name of a setting has at most ${CONFIG_KEY_BYTES_MAX} bytes`
        : isText(key)
          ? undefined
          : "the name of a setting must be valid Unicode without NUL";
  if (problem !== undefined) throw new HostError("setting_invalid", problem, { hint: "name it as the plugin does" });
}

/**
 * Throws `setting_invalid` for the first thing that is wrong.
 *
 * @param declared nothing for a key that the plugin does not declare: then only the size counts.
 */
export function checkValue(key: string, value: string, declared: DeclaredSetting | undefined): void {
  const { field } = declared ?? {};
  const problem =
    unsettable(field) ??
    unkeepable(value) ??
    (field && (validateField(field, value, false) ?? wrongType(field, value)));
  if (problem === undefined) return;
  const isBroken = /[\r\n]$/.test(value);
  throw new HostError("setting_invalid", problem, {
    ...(isBroken ? { hint: "the value ends in a line break, which is a part of it: printf '%s' prints none" } : {}),
    details: { key, ...(declared === undefined ? {} : { label: declared.label }) },
  });
}

function unsettable(field: ConfigField | undefined): string | undefined {
  return field === undefined || isStored(field) ? undefined : `${field.label} only shows something; it cannot be set`;
}

function unkeepable(value: string): string | undefined {
  if (Buffer.byteLength(value) > CONFIG_VALUE_BYTES_MAX) {
    return `the value is over ${CONFIG_VALUE_BYTES_MAX} bytes, which is the most that a setting may have`;
  }
  return isText(value) ? undefined : "the value must be UTF-8 text without NUL";
}

/** U+FFFD stands where the bytes were no UTF-8: what would be stored is not what was given. */
function isText(text: string): boolean {
  return text.isWellFormed() && !/[\0\ufffd]/.test(text);
}

function wrongType({ type, label, options = [] }: ConfigField, value: string): string | undefined {
  const allowed = options.map((option) => option.value);
  switch (type) {
    case "toggle":
      return value === "true" || value === "false" ? undefined : `${label} must be true or false`;
    case "number":
      return value === "" || isNumber(value) ? undefined : `${label} must be a number`;
    case "select":
      return value === "" || allowed.includes(value) ? undefined : `${label} must be one of: ${shown(allowed)}`;
    case "multiselect": {
      const chosen = value === "" ? [] : textsOf(value);
      if (chosen?.every((one) => allowed.includes(one))) return undefined;
      return `${label} must be a JSON list of texts out of: ${shown(allowed)}`;
    }
    default:
      return undefined;
  }
}

function isNumber(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text));
}

function textsOf(json: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) && list.every((one) => typeof one === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}

function shown(options: readonly string[]): string {
  const some = options.slice(0, OPTIONS_SHOWN_MAX).join(", ");
  return options.length > OPTIONS_SHOWN_MAX ? `${some}, ...` : some;
}
