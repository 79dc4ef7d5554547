import { expect, test } from "vitest";
import { recordConfig } from "../../../test/helpers/record-config.ts";
import { DescribeV1 } from "../../protocol/process-plugin.ts";
import type { ChoiceSettings } from "./choose-provider.ts";
import type { ProcessPlugin } from "./discover.ts";
import { toolCommands } from "./tool-commands.ts";

function plugin(pluginId: string, commands: readonly object[], more: Partial<ProcessPlugin> = {}): ProcessPlugin {
  const head = { protocol_version: 1, plugin_id: pluginId, plugin_version: "1" };
  return {
    pluginId,
    version: "1",
    source: "user",
    path: `/p/${pluginId}`,
    state: "healthy",
    healthy: true,
    enabled: true,
    enabledByDefault: true,
    issue: null,
    error: null,
    commands: DescribeV1.parse({ ...head, commands }).commands,
    isCached: false,
    stamp: { size: 1, mtimeSecs: 1, mtimeNanos: 1 },
    ...more,
  };
}

function toolsOf(plugins: readonly ProcessPlugin[], settings: ChoiceSettings = {}): string[] {
  return toolCommands(plugins, settings).map(({ plugin: { pluginId }, path }) => {
    return `${pluginId}: ${path.map(({ name }) => name).join(" ")}`;
  });
}

test("commands are tools at the ends of their trees; one with subcommands only where it takes arguments itself", () => {
  const tree = {
    name: "a",
    flags: { "--all": { flag_only: true } },
    subcommands: [
      { name: "b", subcommands: [{ name: "c" }] },
      { name: "d", args: [{}], subcommands: [{ name: "e" }] },
    ],
  };
  expect(toolsOf([plugin("q", [{ name: "z" }]), plugin("p", [tree])])).toEqual([
    "p: a b c",
    "p: a d",
    "p: a d e",
    "q: z",
  ]);
});

test("what this user may not see or run is no tool, subcommands neither", () => {
  const auth = { visibility: "authenticated" };
  const tree = { name: "a", subcommands: [{ name: "b", auth: { visibility: "hidden" } }, { name: "c" }] };
  const commands = [tree, { name: "d", auth }, { name: "e", auth, subcommands: [{ name: "f" }] }];
  expect(toolsOf([plugin("p", commands)])).toEqual(["p: a c"]);
  expect(toolsOf([plugin("p", commands)], { visiblePlugins: "d e" })).toEqual([]);
});

test("a broken or shadowed plugin has no tools, nor has a command that is off", () => {
  const broken = plugin("p", [{ name: "a" }], { healthy: false, state: "broken" });
  const off = plugin("q", [{ name: "b" }, { name: "c" }], { enabledByDefault: false });
  expect(toolsOf([broken, off])).toEqual([]);
  expect(toolsOf([broken, off], { config: recordConfig({ "plugins.c.state": "enabled" }) })).toEqual(["q: c"]);
  const on = plugin("q", [{ name: "b" }, { name: "c" }]);
  expect(toolsOf([on], { config: recordConfig({ "plugins.c.state": "disabled" }) })).toEqual(["q: b"]);
});

test("of several plugins with one command all are there, until somebody chose one of them", () => {
  const plugins = [plugin("p", [{ name: "a" }]), plugin("q", [{ name: "a" }])];
  expect(toolsOf(plugins)).toEqual(["p: a", "q: a"]);
  expect(toolsOf(plugins, { config: recordConfig({ "plugins.a.provider": "q" }) })).toEqual(["q: a"]);
  expect(toolsOf(plugins, { config: recordConfig({ "plugins.a.provider": "gone" }) })).toEqual(["p: a", "q: a"]);
});
