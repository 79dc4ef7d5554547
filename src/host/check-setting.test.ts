import { expect, test } from "vitest";
import { CONFIG_KEY_BYTES_MAX, CONFIG_VALUE_BYTES_MAX } from "../protocol/limits.ts";
import { type ConfigField, ManifestConfig } from "../protocol/manifest-config.ts";
import { checkKey, checkValue } from "./check-setting.ts";
import { declaredSettings } from "./declared-settings.ts";

const OPTIONS = [
  { value: "red", label: "Red" },
  { value: "blue", label: "Blue" },
];
const field = (type: ConfigField["type"], more: Partial<ConfigField> = {}) => {
  const one = { key: "k", type, label: "Name", options: OPTIONS, ...more };
  const config = ManifestConfig.parse({ sections: [{ title: "", fields: [one] }] });
  return declaredSettings({ plugin_id: "p", capabilities: { config } }).get("k")!;
};
const invalid = (message: string) => expect.objectContaining({ code: "setting_invalid", message });

test.each<[string, ConfigField["type"], string, string]>([
  ["another word for a toggle", "toggle", "yes", "Name must be true or false"],
  ["nothing for a toggle", "toggle", "", "Name must be true or false"],
  ["a word for a number", "number", "many", "Name must be a number"],
  ["a number with space around it", "number", " 5\n", "Name must be a number"],
  ["a number in another notation", "number", "0x10", "Name must be a number"],
  ["a number beyond all numbers", "number", "1e999", "Name must be a number"],
  ["what is none of the options", "select", "green", "Name must be one of: red, blue"],
  ["plain text for a choice of several", "multiselect", "red", "Name must be a JSON list of texts out of: red, blue"],
  ["a list with another option", "multiselect", '["red","x"]', "Name must be a JSON list of texts out of: red, blue"],
  ["a list of numbers", "multiselect", "[1]", "Name must be a JSON list of texts out of: red, blue"],
  ["a value for a readonly field", "readonly", "x", "Name only shows something; it cannot be set"],
  ["a value for a status field", "status", "", "Name only shows something; it cannot be set"],
  ["a NUL in a secret", "secret", "a\0b", "the value must be UTF-8 text without NUL"],
  ["what was no UTF-8", "text", "a\ufffdb", "the value must be UTF-8 text without NUL"],
])("%s is refused", (_name, type, value, message) => {
  expect(() => checkValue("k", value, field(type))).toThrow(invalid(message));
});

test.each<[string, ConfigField["type"], string]>([
  ["true", "toggle", "true"],
  ["numbers", "number", "-1.5e3"],
  ["no number where none is required", "number", ""],
  ["an option", "select", "blue"],
  ["no option where none is required", "select", ""],
  ["several options", "multiselect", '["blue", "red"]'],
  ["a choice of nothing", "multiselect", "[]"],
  ["text of any characters", "text", "a\n\t\u001b[31m"],
])("%s may be saved", (_name, type, value) => {
  checkValue("k", value, field(type));
});

test("a value may have 1 MiB and not a byte more, whether it is declared or not", () => {
  for (const declared of [undefined, field("text"), field("secret")]) {
    checkValue("k", "ä".repeat(CONFIG_VALUE_BYTES_MAX / 2), declared);
    expect(() => checkValue("k", `${"ä".repeat(CONFIG_VALUE_BYTES_MAX / 2)}x`, declared)).toThrow(
      invalid(`the value is over ${CONFIG_VALUE_BYTES_MAX} bytes, which is the most that a setting may have`),
    );
  }
});

test("a key may have 4 KiB and any characters but NUL", () => {
  for (const key of ["k".repeat(CONFIG_KEY_BYTES_MAX), "a\nb\tc", "../x", " "]) checkKey(key);
  for (const key of ["", "k".repeat(CONFIG_KEY_BYTES_MAX + 1), "a\0b", "\ud800"]) {
    expect(() => checkKey(key)).toThrow(expect.objectContaining({ code: "setting_invalid" }));
  }
});

test("what the manifest asks for comes first, and no message has the value", () => {
  const strict = field("number", { validation: { min_length: 20, max: 5 } });
  expect(() => checkValue("k", "s3cret", strict)).toThrow(invalid("Name must be at least 20 characters"));
  try {
    checkValue("k", "s3cret\n", field("toggle"));
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ details: { key: "k", label: "Name" }, hint: expect.stringContaining("line break") });
    expect(JSON.stringify({ ...(error as Error), text: String(error) })).not.toContain("s3cret");
  }
});

test("of many options a message names some", () => {
  const options = Array.from({ length: 21 }, (_, index) => ({ value: `o${index}`, label: "" }));
  expect(() => checkValue("k", "x", field("select", { options }))).toThrow(/: o0, .*o19, \.\.\.$/);
});

test.each(["__osaurus_abi_probe__", "tunnel_url"])("%s comes from the host, and nobody saves it", (key) => {
  for (const declared of [undefined, field("text", { key })]) {
    expect(() => checkValue(key, "x", declared)).toThrow(invalid(`"${key}" cannot be set: it is reserved`));
  }
  checkValue(`${key}2`, "x", undefined);
});

test("a required secret cannot be saved empty; one that is not required can", () => {
  const secret = (required: boolean) =>
    declaredSettings({ plugin_id: "p", secrets: [{ id: "k", label: "Token", required }], capabilities: {} }).get("k");
  expect(() => checkValue("k", "", secret(true))).toThrow(invalid("Token is required"));
  checkValue("k", "x", secret(true));
  checkValue("k", "", secret(false));
});

test("everything that is refused has a hint", () => {
  const options = { validation: { required: true, pattern: "^a$" } };
  const refused: [string, string, ReturnType<typeof field> | undefined][] = [
    ["tunnel_url", "x", undefined],
    ["k", "x", field("readonly")],
    ["k", "x".repeat(CONFIG_VALUE_BYTES_MAX + 1), undefined],
    ["k", "a\0b", undefined],
    ["k", "", field("text", options)],
    ["k", "b", field("text", options)],
    ["k", "b\n", field("text", options)],
    ["k", "b", field("number")],
  ];
  for (const [key, value, declared] of refused) {
    expect(() => checkValue(key, value, declared)).toThrow(expect.objectContaining({ hint: expect.any(String) }));
  }
});
