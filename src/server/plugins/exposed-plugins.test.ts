import { expect, test } from "vitest";
import { PLUGIN_MISSED_MS, PLUGINS_MISSED_MAX } from "../../protocol/limits.ts";
import { parseManifest } from "../../protocol/manifest.ts";
import type { ServerHost } from "../server-host.ts";
import { ExposedPlugins } from "./exposed-plugins.ts";

const route = (more: object) => ({ routes: [{ id: "r", path: "/r", methods: ["GET"], auth: "owner", ...more }] });
const web = (more: object) => ({
  web: { static_dir: "web", entry: "index.html", mount: "/ui", auth: "owner", ...more },
});

/** A host whose files say this of the plugin "p". */
function keeping(capabilities: object | undefined) {
  const kept = { capabilities, asked: 0 };
  let ms = 5_000;
  const native = {
    installTurn: 0,
    async knownManifest(pluginId: string) {
      kept.asked++;
      if (pluginId !== "p" || kept.capabilities === undefined) return undefined;
      return parseManifest(JSON.stringify({ plugin_id: "p", capabilities: kept.capabilities }), "p");
    },
  };
  const host = { native: async () => native } as unknown as Pick<ServerHost, "native">;
  const pass = (passedMs: number) => {
    ms += passedMs;
  };
  return { exposed: new ExposedPlugins(host, () => ms), kept, native, pass };
}

test.each<[string, object | undefined, boolean]>([
  ["a route", route({ tunnel_exposed: true }), true],
  ["a page", web({ tunnel_exposed: true }), true],
  ["a page beside its own routes", { ...route({}), ...web({ tunnel_exposed: true }) }, true],
  ["neither", { ...route({}), ...web({}) }, false],
  ["nothing at all", {}, false],
  ["nothing that is known", undefined, false],
])("a plugin that exposes %s", async (_what, capabilities, expected) => {
  expect(await keeping(capabilities).exposed.has("p")).toBe(expected);
});

test("what was read counts for a while, and is read again after it", async () => {
  const { exposed, kept, pass } = keeping(undefined);
  expect(await exposed.has("p")).toBe(false);
  kept.capabilities = route({ tunnel_exposed: true });
  pass(PLUGIN_MISSED_MS - 1);
  expect([await exposed.has("p"), kept.asked]).toEqual([false, 1]);
  pass(1);
  expect([await exposed.has("p"), kept.asked]).toEqual([true, 2]);
});

test("what was read counts no more when something was installed since", async () => {
  const { exposed, kept, native } = keeping(undefined);
  expect(await exposed.has("p")).toBe(false);
  kept.capabilities = web({ tunnel_exposed: true });
  native.installTurn++;
  expect(await exposed.has("p")).toBe(true);
});

test("of so many plugins it is known, and of no more", async () => {
  const { exposed, kept } = keeping(undefined);
  for (let index = 0; index < PLUGINS_MISSED_MAX; index++) await exposed.has(`p${index}`);
  await exposed.has("p0");
  expect(kept.asked).toBe(PLUGINS_MISSED_MAX);
  await exposed.has("one more");
  await exposed.has("p1");
  expect(kept.asked).toBe(PLUGINS_MISSED_MAX + 1);
  await exposed.has("p0");
  expect(kept.asked).toBe(PLUGINS_MISSED_MAX + 2);
});
