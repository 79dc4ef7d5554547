import { expect, test } from "vitest";
import { parseManifest } from "../protocol/manifest.ts";
import { settingsSheet } from "./settings-sheet.ts";

const URLS = { pluginUrl: "http://127.0.0.1:1338/plugins/a.b", tunnelUrl: undefined };

function manifestWith(fields: readonly object[], more: object = {}) {
  const capabilities = { config: { title: "Set-up", sections: [{ title: "Main", fields }] } };
  return parseManifest(JSON.stringify({ plugin_id: "a.b", capabilities, ...more }), "a.b");
}

const field = (key: string, type: string, more: object = {}) => ({ key, type, label: key.toUpperCase(), ...more });

test("no value of a secret is in a sheet: not as a value, a default, nor in a text that the plugin composes", () => {
  const text =
    "{{config.token}}|{{config.both}}|{{config.kept}}|{{config.mode}}|{{plugin_id}}|{{plugin_url}}|{{tunnel_url}}";
  const fields = [
    field("token", "secret", { default: "default-of-token" }),
    field("both", "text", { default: "default-of-both" }),
    field("mode", "text"),
    field("shown", "readonly", { value_template: text }),
  ];
  const manifest = manifestWith(fields, {
    secrets: [
      { id: "both", label: "Both" },
      { id: "alone", label: "Alone" },
    ],
  });
  const stored = new Map(["token", "both", "alone", "kept"].map((key) => [key, `stored-${key}`] as const));
  const sheet = settingsSheet("a.b", manifest, new Map([...stored, ["mode", "fast"]]), URLS);
  const json = JSON.stringify(sheet.sections.map(({ fields }) => fields.map(({ field: _, ...one }) => one)));
  expect(json).not.toMatch(/stored-|default-of/);
  const all = sheet.sections.flatMap(({ fields }) => fields);
  expect(all.find(({ key }) => key === "shown")?.text).toBe(`|||fast|a.b|${URLS.pluginUrl}|`);
  expect(all.find(({ key }) => key === "mode")).toMatchObject({ type: "text", value: "fast", isSet: true });
  expect(all.filter(({ type }) => type === "secret").map(({ key, isSet }) => [key, isSet])).toEqual([
    ["alone", true],
    ["token", true],
    ["both", true],
  ]);
  expect(all.at(-1)).toMatchObject({ key: "kept", type: "other", isSet: true });
});

test("fields stand in the sections of the manifest, each key once, and empty sections are left out", () => {
  const fields = [field("a", "number"), field("a", "text"), field("b", "toggle", { default: true })];
  const sheet = settingsSheet("a.b", manifestWith(fields), new Map([["a", "1"]]), URLS);
  expect(sheet).toMatchObject({ title: "Set-up", sections: [{ kind: "declared", title: "Main" }] });
  expect(sheet.sections[0]!.fields.map(({ key, type, default: given }) => [key, type, given])).toEqual([
    ["a", "number", undefined],
    ["b", "toggle", "true"],
  ]);
});

test("a status is connected while its key is stored and not empty", () => {
  const manifest = manifestWith([field("state", "status", { connected_when: "token" })]);
  const isConnected = (...entries: [string, string][]) =>
    settingsSheet("a.b", manifest, new Map(entries), URLS).sections[0]!.fields[0]!.isConnected;
  expect(isConnected()).toBe(false);
  expect(isConnected(["token", ""])).toBe(false);
  expect(isConnected(["token", "x"])).toBe(true);
});

test("of a plugin that says nothing there is what is stored, to be removed", () => {
  const { sections } = settingsSheet(
    "a.b",
    undefined,
    new Map([
      ["b", "x"],
      ["a", "y"],
    ]),
    URLS,
  );
  expect(sections).toEqual([expect.objectContaining({ kind: "other", title: undefined })]);
  expect(sections[0]!.fields.map(({ key }) => key)).toEqual(["a", "b"]);
});
