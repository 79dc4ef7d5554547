import { expect, test } from "vitest";
import type { NativePlugin } from "../../host/native-host.ts";
import { PLUGIN_MISSED_MS, PLUGINS_MISSED_MAX } from "../../protocol/limits.ts";
import type { ServerHost } from "../server-host.ts";
import { PluginFinder } from "./find-plugin.ts";

/** A host on whose disk nothing is, until it is put there. */
function emptyHost() {
  const looked: string[] = [];
  const serving = new Map<string, NativePlugin>();
  const loadable = new Map<string, NativePlugin>();
  const native = {
    installTurn: 0,
    servingPlugin: (id: string) => serving.get(id),
    async plugin(id: string) {
      looked.push(id);
      const plugin = loadable.get(id);
      if (plugin === undefined) throw new Error("not there");
      return plugin;
    },
  };
  let ms = 5_000;
  const host = { native: async () => native } as unknown as Pick<ServerHost, "native">;
  return {
    finder: new PluginFinder(host, () => ms),
    looked,
    serving,
    loadable,
    somethingIsInstalled() {
      native.installTurn++;
    },
    pass(passedMs: number) {
      ms += passedMs;
    },
  };
}

const PLUGIN = {} as NativePlugin;

test("a plugin that serves is found without any look at the disk", async () => {
  const { finder, serving, looked } = emptyHost();
  serving.set("a", PLUGIN);
  expect(await finder.find("a")).toBe(PLUGIN);
  expect(looked).toEqual([]);
});

test("one that does not serve yet is loaded, once for all who ask at the same time", async () => {
  const { finder, loadable, looked } = emptyHost();
  loadable.set("a", PLUGIN);
  expect(await Promise.all([finder.find("a"), finder.find("a"), finder.find("a")])).toEqual([PLUGIN, PLUGIN, PLUGIN]);
  expect(looked).toEqual(["a"]);
});

test("one that is not there is looked for again after a while, and not before", async () => {
  const { finder, loadable, looked, pass } = emptyHost();
  expect(await finder.find("a")).toBeUndefined();
  loadable.set("a", PLUGIN);
  pass(PLUGIN_MISSED_MS - 1);
  expect(await finder.find("a")).toBeUndefined();
  expect(looked).toEqual(["a"]);
  pass(1);
  expect(await finder.find("a")).toBe(PLUGIN);
  expect(looked).toEqual(["a", "a"]);
});

test("one that was not there is looked for at once when something was installed, also while an older look goes on", async () => {
  const { finder, loadable, looked, somethingIsInstalled } = emptyHost();
  expect(await finder.find("a")).toBeUndefined();
  somethingIsInstalled();
  const early = finder.find("a");
  await Promise.resolve();
  loadable.set("a", PLUGIN);
  somethingIsInstalled();
  expect(await finder.find("a")).toBe(PLUGIN);
  await early;
  expect(await finder.find("a")).toBe(PLUGIN);
  expect(looked.length).toBeGreaterThan(2);
});

test("one that was not there is found at once when it serves", async () => {
  const { finder, serving } = emptyHost();
  await finder.find("a");
  serving.set("a", PLUGIN);
  expect(await finder.find("a")).toBe(PLUGIN);
});

test("of so many that are not there is known, and of no more", async () => {
  const { finder, looked } = emptyHost();
  for (let index = 0; index < PLUGINS_MISSED_MAX; index++) await finder.find(`p${index}`);
  await finder.find("p0");
  expect(looked.length).toBe(PLUGINS_MISSED_MAX);
  await finder.find("one more");
  await finder.find("p1");
  expect(looked.length).toBe(PLUGINS_MISSED_MAX + 1);
  await finder.find("p0");
  expect(looked.at(-1)).toBe("p0");
});
