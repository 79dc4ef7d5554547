// Length bounds for schemas. zod's own look at `.length` before the type is settled, so that an object which calls a
// member of its own `length` is compared like a list, and throws when that member cannot be. These are only asked when
// the value is a text or a list.

import * as z from "zod/mini";

interface LengthBounds {
  readonly min?: number;
  readonly max?: number;
  /** What to say of a text or list that is too short, instead of naming the bound. */
  readonly tooShort?: string;
}

/** A check for `z.string()` and `z.array()`: characters of a text (UTF-16 units), entries of a list. */
export function lengthCheck<T extends string | readonly unknown[]>({
  min = 0,
  max = Infinity,
  tooShort,
}: LengthBounds) {
  return z.check<T>(({ value, issues }) => {
    const origin = typeof value === "string" ? "string" : "array";
    if (value.length < min) {
      const message = tooShort === undefined ? {} : { message: tooShort };
      issues.push({ code: "too_small", origin, minimum: min, inclusive: true, input: value, ...message });
    } else if (value.length > max) {
      issues.push({ code: "too_big", origin, maximum: max, inclusive: true, input: value });
    }
  });
}
