import { expect, test } from "vitest";
import type { ToolCommand } from "../plugins/process/tool-commands.ts";
import { PROCESS_TOOLS_MAX } from "../protocol/limits.ts";
import { parseManifest } from "../protocol/manifest.ts";
import type { ListedManifest } from "./installed-manifests.ts";
import { type Catalog, makeCatalog } from "./shelf-catalog.ts";

const leaf = (name: string) => ({ name, about: "", auth: null, args: [], flags: {}, subcommands: [] });

function commands(pluginId: string, ...names: string[]): ToolCommand[] {
  return names.map((name) => ({ plugin: { pluginId } as ToolCommand["plugin"], path: name.split(" ").map(leaf) }));
}

function manifest(pluginId: string, ...tools: object[]): ListedManifest {
  const text = JSON.stringify({ plugin_id: pluginId, capabilities: { tools } });
  return { pluginId, manifest: parseManifest(text, pluginId), error: undefined };
}

function catalogOf(manifests: readonly ListedManifest[], given: readonly ToolCommand[]): Catalog {
  return makeCatalog({ manifests, commands: given, brokenPlugins: [], policyOf: () => "auto" });
}

test("a plugin has as many commands as it may have, and those beyond are missing", () => {
  const names = Array.from({ length: PROCESS_TOOLS_MAX }, (_, index) => `c${index}`);
  const full = catalogOf([], commands("p", ...names));
  expect([full.entries.length, full.missing]).toEqual([PROCESS_TOOLS_MAX, []]);
  const more = catalogOf([], commands("p", ...names, "one-more"));
  expect(more.entries.length).toBe(PROCESS_TOOLS_MAX);
  expect(more.missing).toMatchObject([{ pluginId: "p", reason: expect.stringContaining(`${PROCESS_TOOLS_MAX + 1}`) }]);
  expect(more.byName.has("one-more")).toBe(false);
});

test("no two tools have one name, also where two commands read alike", () => {
  const native = manifest("a.b", { id: "x y", description: "" }, { id: "x_y", description: "" });
  const { entries, byName } = catalogOf([native], [...commands("a.b", "x y", "x_y"), ...commands("a_b", "x_y")]);
  expect(byName.size).toBe(5);
  for (const { name } of entries) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  expect(entries.map(({ ownerId }) => ownerId)).toEqual(["a.b", "a.b", "process:a.b", "process:a.b", "a_b"]);
});

test("a native tool's schema is an object with members for models, whatever the manifest says", () => {
  const schemas = [
    undefined,
    {},
    { type: ["object", "null"] },
    { properties: { a: { type: "string" } }, required: ["a"] },
  ];
  const tools = schemas.map((parameters, index) => ({ id: `t${index}`, description: "", parameters }));
  const shown = catalogOf([manifest("p", ...tools)], []).entries.map((entry) => entry.shown.inputSchema);
  const none = { type: "object", properties: {} };
  expect(shown).toEqual([none, none, none, { type: "object", properties: { a: { type: "string" } }, required: ["a"] }]);
});

test("what is told of the same manifest is the same object", () => {
  const native = manifest("p", { id: "t", description: "" });
  const [first, second] = [catalogOf([native], []), catalogOf([native], [])].map(({ entries }) => entries[0]!.shown);
  expect(second!.inputSchema).toBe(first!.inputSchema);
});
