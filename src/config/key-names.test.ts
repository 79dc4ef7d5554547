import { expect, test } from "vitest";
import { CONFIG_KEY_CHARS_MAX, CONFIG_NAME_CHARS_MAX } from "../protocol/limits.ts";
import { keyTrouble, scopeName } from "./key-names.ts";

test("keys have parts between their dots, no control characters, and an end", () => {
  expect(keyTrouble("extensions.ö b")).toBeUndefined();
  expect(keyTrouble(`x.${"y".repeat(CONFIG_KEY_CHARS_MAX - 2)}`)).toBeUndefined();
  for (const key of [
    "",
    ".",
    "a.",
    ".a",
    "a..b",
    "a. .b",
    "a\nb",
    "a\u0085b",
    `x.${"y".repeat(CONFIG_KEY_CHARS_MAX - 1)}`,
  ]) {
    expect(keyTrouble(key), key).toBeDefined();
  }
});

test("names of profiles are trimmed, lower case and not endless", () => {
  expect(scopeName(" Lab.2 ")).toBe("lab.2");
  expect(scopeName("x".repeat(CONFIG_NAME_CHARS_MAX))).toHaveLength(CONFIG_NAME_CHARS_MAX);
  for (const name of ["", "  ", "a\u0000", "x".repeat(CONFIG_NAME_CHARS_MAX + 1)])
    expect(scopeName(name)).toBeUndefined();
});
