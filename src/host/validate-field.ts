// Whether a value may be saved for a setting that a plugin declares. The patterns are the plugin's, so they are run
// within bounds.

import { boundedPattern, PatternTooSlow } from "../base/bounded-pattern.ts";
import type { ConfigField } from "../protocol/manifest-config.ts";

/**
 * Why the value may not be saved, for the person who typed it; nothing when it may.
 *
 * @param value as the store would keep it; empty when there is none.
 * @param storedSecret a value is stored already that the person does not see, and an empty one leaves it there.
 */
export function validateField(field: ConfigField, value: string, storedSecret: boolean): string | undefined {
  const { label, validation = {} } = field;
  if (isEmpty(field, value)) return validation.required && !storedSecret ? `${label} is required` : undefined;
  return wrongLength(field, value) ?? wrongForm(field, value) ?? wrongNumber(field, value);
}

function isEmpty({ type }: ConfigField, value: string): boolean {
  return value === "" || (type === "multiselect" && /^\[\s*\]$/.test(value));
}

function wrongLength({ label, validation: { min_length, max_length } = {} }: ConfigField, value: string) {
  const length = [...value].length; // What people count; a letter beyond the basic plane is one.
  if (min_length !== undefined && length < min_length) return `${label} must be at least ${min_length} characters`;
  if (max_length !== undefined && length > max_length) return `${label} must be at most ${max_length} characters`;
  return undefined;
}

function wrongForm({ label, validation: { pattern, pattern_hint } = {} }: ConfigField, value: string) {
  const compiled = pattern === undefined ? undefined : compilePattern(pattern);
  if (compiled === undefined) return undefined;
  try {
    return compiled.test(value) ? undefined : (pattern_hint ?? "Invalid format");
  } catch (error) {
    if (!(error instanceof PatternTooSlow)) throw error;
    return `${label} cannot be checked: the plugin's pattern for it takes too long`;
  }
}

/**
 * Authors write patterns for another engine, which knows Unicode classes and a leading `(?i)`. Undefined for a pattern
 * that is none here: nobody could save the field otherwise.
 */
export function compilePattern(pattern: string) {
  const [, options = "", rest = ""] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(pattern)!;
  const flags = [...new Set(options)].join("");
  for (const unicode of ["u", ""]) {
    try {
      return boundedPattern(rest, flags + unicode);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}

function wrongNumber({ type, label, validation: { min, max } = {} }: ConfigField, value: string) {
  const number = value.trim() === "" ? Number.NaN : Number(value);
  if (type !== "number" || Number.isNaN(number)) return undefined;
  if (min !== undefined && number < min) return `${label} must be at least ${min}`;
  if (max !== undefined && number > max) return `${label} must be at most ${max}`;
  return undefined;
}
