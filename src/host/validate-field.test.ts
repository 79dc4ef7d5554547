import { expect, test } from "vitest";
import type { ConfigField } from "../protocol/manifest-config.ts";
import { validateField } from "./validate-field.ts";

type Validation = NonNullable<ConfigField["validation"]>;
const field = (validation: Validation, type: ConfigField["type"] = "text"): ConfigField => ({
  key: "k",
  type,
  label: "Name",
  validation,
});

test.each<[string, Validation, string, ConfigField["type"], string]>([
  ["nothing where something is required", { required: true }, "", "text", "Name is required"],
  ["an empty choice where one is required", { required: true }, "[ ]", "multiselect", "Name is required"],
  ["too few letters", { min_length: 3 }, "ab", "text", "Name must be at least 3 characters"],
  ["too many letters", { max_length: 3 }, "abcd", "text", "Name must be at most 3 characters"],
  ["another form", { pattern: "^[a-z]+$" }, "A", "text", "Invalid format"],
  ["another form, with a hint", { pattern: "^a", pattern_hint: "Begin with a" }, "b", "text", "Begin with a"],
  ["a number too low", { min: 10 }, "9.99", "number", "Name must be at least 10"],
  ["a number too high", { max: 0.5 }, "1", "number", "Name must be at most 0.5"],
  [
    "several mistakes",
    { min_length: 9, pattern: "^x", max: 1 },
    "12345",
    "number",
    "Name must be at least 9 characters",
  ],
  ["length before form", { max_length: 1, pattern: "^x" }, "ab", "text", "Name must be at most 1 characters"],
  ["form before number", { pattern: "^x", max: 1 }, "5", "number", "Invalid format"],
])("%s: %j refuses %j", (_name, validation, value, type, failure) => {
  expect(validateField(field(validation, type), value, false)).toBe(failure);
});

test.each<[string, Validation, string, ConfigField["type"]]>([
  ["no rules", {}, "anything", "text"],
  ["the shortest and longest", { min_length: 3, max_length: 3 }, "abc", "text"],
  ["letters beyond the basic plane count once", { max_length: 2 }, "😀😀", "text"],
  ["nothing where nothing is required", { min_length: 3, pattern: "^x", min: 5 }, "", "number"],
  ["a pattern that is found somewhere", { pattern: "b" }, "abc", "text"],
  ["a pattern with options in front", { pattern: "(?i)^ABC$" }, "abc", "text"],
  ["a pattern with Unicode classes", { pattern: "^\\p{L}+$" }, "Ådä", "text"],
  ["a pattern that only the older rules allow", { pattern: "^[\\w\\-]+\\@$" }, "a-b@", "text"],
  ["a pattern that is none", { pattern: "(((" }, "x", "text"],
  ["numbers at the limits", { min: 1, max: 1 }, "1", "number"],
  ["what is no number", { min: 5 }, "many", "number"],
  ["limits on a text", { min: 5 }, "1", "text"],
])("%s: %j accepts %j", (_name, validation, value, type) => {
  expect(validateField(field(validation, type), value, false)).toBeUndefined();
});

test("a field without rules accepts anything", () => {
  expect(validateField({ key: "k", type: "text", label: "Name" }, "", false)).toBeUndefined();
});

test("a secret that is stored need not be typed again, and one that is typed is checked", () => {
  const secret = field({ required: true, min_length: 3 }, "secret");
  expect(validateField(secret, "", true)).toBeUndefined();
  expect(validateField(secret, "", false)).toBe("Name is required");
  expect(validateField(secret, "ab", true)).toBe("Name must be at least 3 characters");
});

test("a plugin's pattern that would run for years is ended, and the value is not saved", () => {
  const failure = validateField(field({ pattern: "^(a+)+$" }), `${"a".repeat(64)}!`, false);
  expect(failure).toBe("Name cannot be checked: the plugin's pattern for it takes too long");
});
