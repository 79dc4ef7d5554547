// What is a name: of a key, a profile, a terminal.

import { CONFIG_KEY_CHARS_MAX, CONFIG_NAME_CHARS_MAX } from "../protocol/limits.ts";

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** The one spelling under which a key is looked up. */
export function keyId(key: string): string {
  return key.toLowerCase();
}

/** What is wrong with a key's spelling; undefined when nothing is. */
export function keyTrouble(key: string): string | undefined {
  if (key.length > CONFIG_KEY_CHARS_MAX) return `a key may have at most ${CONFIG_KEY_CHARS_MAX} characters`;
  if (CONTROL.test(key)) return "a key may not have control characters";
  if (key.split(".").some((part) => part.trim() === "")) return "between the dots of a key there must be something";
  return undefined;
}

/** The one spelling of a profile's or terminal's name; undefined when it cannot be a name. */
export function scopeName(name: string): string | undefined {
  const normal = name.trim().toLowerCase();
  const fits = normal !== "" && normal.length <= CONFIG_NAME_CHARS_MAX && !CONTROL.test(normal);
  return fits ? normal : undefined;
}
