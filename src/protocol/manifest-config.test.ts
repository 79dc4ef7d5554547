import { expect, test } from "vitest";
import { defaultText, FIELD_TYPES, fillTemplate } from "./manifest-config.ts";

test.each([
  ["text", "a", "a"],
  ["text", "", ""],
  ["text", undefined, undefined],
  ["toggle", true, "true"],
  ["toggle", false, "false"],
  ["number", 10, "10"],
  ["number", 10.0, "10"],
  ["number", 0.5, "0.5"],
  ["number", -0, "0"],
  ["number", "7", "7"],
  ["multiselect", ["a", 'b"'], '["a","b\\""]'],
  ["multiselect", [], "[]"],
  ["readonly", "shown", undefined],
  ["status", true, undefined],
] as const)("the default of a %s field, %j, is stored as %j", (type, value, text) => {
  const given = typeof value === "object" ? [...value] : value;
  expect(defaultText({ type, default: given })).toBe(text);
});

test("the types of fields are those that authors know", () => {
  const known = ["text", "secret", "toggle", "select", "multiselect", "number", "readonly", "status"];
  expect(FIELD_TYPES).toEqual(known);
});

const values = {
  plugin_id: "com.example.p",
  plugin_url: "http://127.0.0.1:1338/plugins/com.example.p",
  config: (key: string) => ({ name: "Ada", odd: "{{plugin_id}} $& $1" })[key],
};

test.each([
  ["{{plugin_url}}/hook", "http://127.0.0.1:1338/plugins/com.example.p/hook"],
  ["{{plugin_id}}{{plugin_id}}", "com.example.pcom.example.p"],
  ["hello {{config.name}}!", "hello Ada!"],
  ["[{{tunnel_url}}]", "[]"],
  ["[{{config.unknown}}]", "[]"],
  [
    "{{config.no-word}} {{other}} {{ plugin_id }} {plugin_id}",
    "{{config.no-word}} {{other}} {{ plugin_id }} {plugin_id}",
  ],
  ["{{constructor}} {{config.}}", "{{constructor}} {{config.}}"],
  ["", ""],
])("the template %j becomes %j", (template, text) => {
  expect(fillTemplate(template, values)).toBe(text);
});

test("what is filled in is not filled in again, nor read as an order", () => {
  expect(fillTemplate("{{config.odd}}", values)).toBe("{{plugin_id}} $& $1");
});
