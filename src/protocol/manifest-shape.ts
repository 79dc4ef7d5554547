// Building blocks for the schema of a manifest: every text and list has a bound, and null stands for "absent".

import * as z from "zod/mini";
import { lengthCheck } from "./length-check.ts";
import { MANIFEST_NAMES_MAX, MANIFEST_TEXT_CHARS_MAX } from "./limits.ts";

/** An object of which these members are read. Others are ignored, and one that is null counts as one that is not there. */
export function members<T extends z.core.$ZodShape>(shape: T) {
  // biome-ignore lint/suspicious/noExplicitAny: what comes out is whatever came in, and the object checks that.
  return z.pipe(z.transform(withoutNulls as (value: unknown) => any), z.object(shape));
}

function withoutNulls(value: unknown): unknown {
  if (!isObject(value) || !Object.values(value).includes(null)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list that is counted before its items are looked at, so that a long wrong one costs no issue an item. */
export function list<T extends z.core.$ZodType>(item: T, countMax: number) {
  return z.pipe(z.array(z.unknown()).check(lengthCheck({ max: countMax })), z.array(item));
}

/** Any text, for people or models to read. */
export const freeText = z.string().check(lengthCheck({ max: MANIFEST_TEXT_CHARS_MAX }));

/** A short list of texts. */
export const texts = list(freeText, MANIFEST_NAMES_MAX);

/** A text, as long as this at most. */
export function shortText(charsMax: number) {
  return z.string().check(lengthCheck({ max: charsMax }));
}

/** A name that is handed to the plugin as it stands: neither blank nor anything that a C string cannot hold. */
export function name(charsMax: number) {
  return shortText(charsMax).check(
    z.refine((value) => value.trim() !== "", "must not be blank"),
    z.refine((value) => value.isWellFormed() && !value.includes("\0"), "must be valid Unicode without NUL"),
  );
}

/** An object whose members are not looked at. It stays the same object: a copy would lose a member named `__proto__`. */
export const anyObject = z.custom<Record<string, unknown>>(isObject, "must be an object");
