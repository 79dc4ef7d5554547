// What counts as something.

import { JsonNumber, type OrderedJson } from "../../base/ordered-json.ts";

const ZERO = /^-?0(?:\.0+)?(?:[eE]|$)/;

/** Everything but null, false, zero, the empty text, array and object. */
export function isTruthy(value: OrderedJson): boolean {
  if (value instanceof JsonNumber) return !ZERO.test(value.text);
  if (Array.isArray(value)) return value.length > 0;
  return value instanceof Map ? value.size > 0 : Boolean(value);
}
