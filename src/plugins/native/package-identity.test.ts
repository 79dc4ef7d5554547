import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { MANIFEST_BYTES_MAX, PLUGIN_ID_CHARS_MAX } from "../../protocol/limits.ts";
import { identityOfFileName, isPluginId, readPackageFacts } from "./package-identity.ts";

test.each([
  ["a.b-1.0.0.zip", "a.b", "1.0.0"],
  ["my-plugin-2.10.3.zip", "my-plugin", "2.10.3"],
  ["x-1.0.0-macos-arm64.zip", "x", "1.0.0"],
  ["x-1.0.0-linux-x64.ZIP", "x", "1.0.0"],
  ["x-1.0.0-rc.1-linux-arm64.zip", "x", "1.0.0-rc.1"],
  ["x-1.0.0-rc.1+build.5.zip", "x", "1.0.0-rc.1+build.5"],
  ["a-1.0.0-2.0.0.zip", "a", "1.0.0-2.0.0"],
])("the file name %s is that of %s %s", (name, pluginId, version) => {
  expect(identityOfFileName(name)).toEqual({ pluginId, version });
});

test.each([
  "x.zip",
  "x-1.0.zip",
  "x-v1.0.0.zip",
  "-1.0.0.zip",
  ".x-1.0.0.zip",
  "1.0.0.zip",
  "x-1.0.0 (1).zip",
  "a b-1.0.0.zip",
])("the file name %s names no plugin", (name) => expect(identityOfFileName(name)).toBeUndefined());

test("an id is letters, digits, dots, lines and underlines, as long as the limit and not longer", () => {
  for (const id of ["a", "dev.example.MyPlugin", "a_b-c.d", "0", "x".repeat(PLUGIN_ID_CHARS_MAX)])
    expect(isPluginId(id), id).toBe(true);
  for (const id of ["", ".", "..", ".a", "-a", "a/b", "a\\b", "a b", "a\n", "ä", "x".repeat(PLUGIN_ID_CHARS_MAX + 1)])
    expect(isPluginId(id), id).toBe(false);
});

/** A package's folder with these files. */
function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = tempDir();
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  return folder;
}

const manifest = (more: object = {}) => ({ plugin_id: "a.b", version: "1.0.0", capabilities: {}, ...more });
const facts = (files: Readonly<Record<string, unknown>>, given: Parameters<typeof readPackageFacts>[1] = {}) =>
  readPackageFacts(folderWith(files), given);

test("a file in the package says what it is, before the file name; a registry comes before both", async () => {
  const identity = { pluginId: "a.b", version: "1.0.0" };
  for (const name of ["osaurus-plugin.json", "plugin.json", "manifest.json"]) {
    expect((await facts({ [name]: { plugin_id: "a.b", version: "1.0.0" } })).identity).toEqual(identity);
  }
  expect((await facts({}, { fileName: "a.b-1.0.0.zip" })).identity).toEqual(identity);
  expect((await facts({}, { registry: identity })).identity).toEqual(identity);
  expect(
    (await facts({ "osaurus-plugin.json": { plugin_id: "a.b" }, "plugin.json": { version: "1.0.0" } })).identity,
  ).toEqual(identity);
});

test("a file name that can be read in two ways agrees with both", async () => {
  const inside = { plugin_id: "x-1.0.0", version: "2.0.0" };
  const { identity } = await facts({ "osaurus-plugin.json": inside }, { fileName: "x-1.0.0-2.0.0-linux-x64.zip" });
  expect(identity).toEqual({ pluginId: "x-1.0.0", version: "2.0.0" });
  await expect(facts({ "osaurus-plugin.json": inside }, { fileName: "y-2.0.0.zip" })).rejects.toMatchObject({
    code: "package_invalid",
  });
});

test("a whole manifest is read, from whichever file it is in", async () => {
  expect((await facts({ "manifest.json": manifest() })).manifest?.plugin_id).toBe("a.b");
  expect((await facts({ "osaurus-plugin.json": manifest() })).manifest?.plugin_id).toBe("a.b");
  expect((await facts({ "osaurus-plugin.json": { plugin_id: "a.b", version: "1.0.0" } })).manifest).toBeUndefined();
});

test.each<[string, Record<string, unknown>, Parameters<typeof readPackageFacts>[1]]>([
  ["a package that says nothing", {}, {}],
  ["a package that says half", { "plugin.json": { plugin_id: "a.b" } }, {}],
  [
    "another id than the registry says",
    { "plugin.json": { plugin_id: "a.c" } },
    { registry: { pluginId: "a.b", version: "1.0.0" } },
  ],
  [
    "another version than the registry says",
    { "manifest.json": manifest() },
    { registry: { pluginId: "a.b", version: "2.0.0" } },
  ],
  ["another id than the file name", { "manifest.json": manifest() }, { fileName: "a.c-1.0.0.zip" }],
  ["another version than the file name", { "manifest.json": manifest() }, { fileName: "a.b-1.0.1.zip" }],
  [
    "two files that differ",
    { "osaurus-plugin.json": { plugin_id: "a.b", version: "1.0.1" }, "manifest.json": manifest() },
    {},
  ],
  ["an id that leads elsewhere", { "plugin.json": { plugin_id: "../../evil", version: "1.0.0" } }, {}],
  ["a version that leads elsewhere", { "plugin.json": { plugin_id: "a.b", version: "../1.0.0" } }, {}],
  ["a version that is none", { "plugin.json": { plugin_id: "a.b", version: "1" } }, {}],
  ["an id that is no text", { "plugin.json": { plugin_id: 7, version: "1.0.0" } }, {}],
  ["a file that is no JSON", { "osaurus-plugin.json": "{" }, { fileName: "a.b-1.0.0.zip" }],
  ["a file that is no object", { "osaurus-plugin.json": "[]" }, {}],
  ["a file over the limit", { "osaurus-plugin.json": `"${"x".repeat(MANIFEST_BYTES_MAX)}"` }, {}],
])("%s is refused", async (_what, files, given) => {
  await expect(facts(files, given)).rejects.toMatchObject({ code: "package_invalid" });
});

test("a manifest that is none makes the package invalid, and the file and the mistake are named", async () => {
  await expect(facts({ "manifest.json": manifest({ capabilities: { tools: 1 } }) })).rejects.toMatchObject({
    code: "package_invalid",
    message: expect.stringMatching(/manifest\.json.*capabilities\.tools/),
    hint: expect.not.stringContaining("get_manifest"),
  });
});

test("a folder in the place of a file is refused", async () => {
  const folder = tempDir();
  mkdirSync(join(folder, "manifest.json"));
  await expect(readPackageFacts(folder, {})).rejects.toMatchObject({ code: "package_invalid" });
});
