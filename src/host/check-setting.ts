// Whether somebody may save a value for a setting or a secret. What the manifest says of its form is in
// `validate-field.ts`; here is what holds besides: sizes, and what the types of fields mean. No message has the value.

import { HostError } from "../protocol/errors.ts";
import { CONFIG_KEY_BYTES_MAX, CONFIG_VALUE_BYTES_MAX } from "../protocol/limits.ts";
import { type ConfigField, isStored } from "../protocol/manifest-config.ts";
import type { DeclaredSetting } from "./declared-settings.ts";
import { validateField } from "./validate-field.ts";

/** Options that a message names. */
const OPTIONS_SHOWN_MAX = 20;

/** What plugins are told under these comes from the host alone. */
const RESERVED_KEYS: ReadonlySet<string> = new Set(["__osaurus_abi_probe__", "tunnel_url"]);

interface Problem {
  readonly message: string;
  readonly hint: string;
}

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
  const problem = unsettable(key, declared) ?? unkeepable(value) ?? unfit(value, declared);
  if (problem === undefined) return;
  const isBroken = /[\r\n]$/.test(value);
  throw new HostError("setting_invalid", problem.message, {
    hint: isBroken ? "the value ends in a line break, which is a part of it: printf '%s' prints none" : problem.hint,
    details: { key, ...(declared === undefined ? {} : { label: declared.label }) },
  });
}

function unsettable(key: string, declared: DeclaredSetting | undefined): Problem | undefined {
  if (RESERVED_KEYS.has(key)) {
    return { message: `"${key}" cannot be set: it is reserved`, hint: "plugins get it from their host" };
  }
  if (declared?.field === undefined || isStored(declared.field)) return undefined;
  return {
    message: `${declared.label} only shows something; it cannot be set`,
    hint: "its text comes from the plugin",
  };
}

function unkeepable(value: string): Problem | undefined {
  if (Buffer.byteLength(value) > CONFIG_VALUE_BYTES_MAX) {
    const message = `the value is over ${CONFIG_VALUE_BYTES_MAX} bytes, which is the most that a setting may have`;
    return { message, hint: "give a shorter one" };
  }
  if (isText(value)) return undefined;
  return {
    message: "the value must be UTF-8 text without NUL",
    hint: "give bytes as base64, if the plugin takes that",
  };
}

/** What the plugin could not use. */
function unfit(value: string, declared: DeclaredSetting | undefined): Problem | undefined {
  if (declared === undefined) return undefined;
  const { field, label, required } = declared;
  if (required && value === "") {
    return { message: `${label} is required`, hint: 'give a value; "osaurus secrets unset" removes one' };
  }
  const message = field && (validateField(field, value, false) ?? wrongType(field, value));
  return message === undefined ? undefined : { message, hint: "the plugin's manifest says what it takes" };
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
