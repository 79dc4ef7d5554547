import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installFixture } from "../../test/helpers/installed-plugin.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { HostError } from "../protocol/errors.ts";
import { InstalledManifests } from "./installed-manifests.ts";

/** Installed plugins whose loads are counted, and always fail. */
function failing(data: string) {
  const loads: string[] = [];
  const manifests = new InstalledManifests({
    tools: join(data, "Tools"),
    opened: () => undefined,
    async load(pluginId) {
      loads.push(pluginId);
      throw new HostError("load_crashed", "it does not load");
    },
  });
  return { loads, manifests };
}

const manifest = (id: string, ...tools: string[]) =>
  JSON.stringify({ plugin_id: id, capabilities: { tools: tools.map((tool) => ({ id: tool, description: "" })) } });

test("a plugin that does not load is tried once, until its files change", async () => {
  const data = tempDir();
  const folder = installFixture(data, "echoes");
  const { loads, manifests } = failing(data);
  for (let round = 0; round < 3; round++) {
    expect(await manifests.list()).toMatchObject([{ pluginId: "test.echoes", error: { code: "load_crashed" } }]);
  }
  expect(loads).toEqual(["test.echoes"]);
  writeFileSync(join(folder, ".user_consent"), '{"granted_at":"2026-02-01T00:00:00.000Z","requirements":[],"how":"x"}');
  await manifests.list();
  expect(loads).toEqual(["test.echoes", "test.echoes"]);
});

test("what a plugin said when it was loaded last is the same object until it says something else", async () => {
  const data = tempDir();
  const folder = installFixture(data, "echoes");
  const { loads, manifests } = failing(data);
  writeFileSync(join(folder, ".manifest.json"), manifest("test.echoes", "one"));
  const [first] = await manifests.list();
  expect(first!.manifest?.capabilities.tools).toMatchObject([{ id: "one" }]);
  expect((await manifests.list())[0]!.manifest).toBe(first!.manifest);
  writeFileSync(join(folder, ".manifest.json"), manifest("test.echoes", "one", "two"));
  expect((await manifests.list())[0]!.manifest?.capabilities.tools).toMatchObject([{ id: "one" }, { id: "two" }]);
  expect(loads).toEqual([]);
});

test.each([
  ["is another plugin's", manifest("test.other", "one")],
  ["cannot be read", "{"],
])("a manifest that %s does not count", async (_what, text) => {
  const data = tempDir();
  writeFileSync(join(installFixture(data, "echoes"), ".manifest.json"), text);
  const { loads, manifests } = failing(data);
  expect(await manifests.list()).toMatchObject([{ manifest: undefined, error: { code: "load_crashed" } }]);
  expect(loads).toEqual(["test.echoes"]);
});

test("a plugin that was put into quarantine since has no manifest any more, and one that was removed is gone", async () => {
  const data = tempDir();
  writeFileSync(join(installFixture(data, "echoes"), ".manifest.json"), manifest("test.echoes", "one"));
  writeFileSync(join(installFixture(data, "aborts"), ".manifest.json"), manifest("test.aborts", "one"));
  const { loads, manifests } = failing(data);
  expect((await manifests.list()).map(({ error }) => error)).toEqual([undefined, undefined]);
  writeFileSync(join(data, "Tools/.quarantine"), '["test.echoes"]');
  expect((await manifests.list()).map(({ error }) => error?.code)).toEqual([undefined, "plugin_quarantined"]);
  rmSync(join(data, "Tools/test.aborts"), { recursive: true });
  expect(await manifests.list()).toMatchObject([{ pluginId: "test.echoes" }]);
  rmSync(join(data, "Tools"), { recursive: true });
  mkdirSync(join(data, "Tools"));
  expect([await manifests.list(), loads]).toEqual([[], []]);
});

test("what the files say of one plugin is there without a load; where they say nothing, or are not there, nothing is", async () => {
  const data = tempDir();
  writeFileSync(join(installFixture(data, "echoes"), ".manifest.json"), manifest("test.echoes", "one"));
  writeFileSync(join(installFixture(data, "aborts"), "manifest.json"), manifest("test.aborts", "packaged"));
  installFixture(data, "shouts");
  const { loads, manifests } = failing(data);
  expect((await manifests.known("test.aborts"))?.capabilities.tools).toMatchObject([{ id: "packaged" }]);
  expect((await manifests.known("test.echoes"))?.capabilities.tools).toMatchObject([{ id: "one" }]);
  for (const id of ["test.shouts", "test.nobody", "..", "a/b"]) expect(await manifests.known(id)).toBeUndefined();
  expect(loads).toEqual([]);
});
