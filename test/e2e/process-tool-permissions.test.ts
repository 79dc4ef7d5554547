// What a person decides about commands of process plugins as tools, in the terminal.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";
import { writePlugin } from "../helpers/written-plugins.ts";

const home = makeTempHome();
afterAll(() => home.remove());

function user() {
  const env = { ...home.env, OSAURUS_HOME: tempDir(), XDG_CONFIG_HOME: tempDir() };
  const plugins = join(env.XDG_CONFIG_HOME, "osp/plugins");
  writePlugin({ dir: plugins, name: "inventory", commands: [{ name: "inventory", subcommands: [{ name: "host" }] }] });
  const osaurus = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli([...args, "--json"], { program: "osaurus", env });
    return { code, json: stdout === "" ? undefined : JSON.parse(stdout), stderr };
  };
  return { osaurus, env, plugins };
}

test("a command is named like a tool, and what was decided about it is listed and forgotten again", async () => {
  const { osaurus } = user();
  const set = await osaurus("permissions", "set", "inventory_host", "deny");
  expect(set).toMatchObject({
    code: 0,
    json: { plugin_id: "process:inventory", tool: "inventory host", policy: "deny" },
  });
  for (const name of [
    "inventory/inventory host",
    "process:inventory/inventory_host",
    "process:inventory/inventory host",
  ]) {
    expect([name, (await osaurus("permissions", "set", name, "ask")).code]).toEqual([name, 0]);
  }
  expect((await osaurus("permissions", "list")).json).toMatchObject([
    { plugin_id: "process:inventory", tool: "inventory host", policy: "ask" },
  ]);
  const reset = await osaurus("permissions", "reset", "inventory/inventory host");
  expect(reset).toMatchObject({ code: 0, json: [{ plugin_id: "process:inventory", policy: "ask" }] });
  expect((await osaurus("permissions", "list")).json).toEqual([]);
});

test("a command that no plugin has is unknown", async () => {
  const { osaurus } = user();
  for (const name of ["inventory", "process:inventory/host", "process:other/inventory host", "nope"]) {
    expect(await osaurus("permissions", "set", name, "auto")).toMatchObject({ code: 10 });
  }
});

test("a command that was denied is denied to whoever types it, and nothing else is", async () => {
  const { osaurus, env } = user();
  const typed = async (...words: string[]) => {
    const { code, stdout } = await runCli(["inventory", ...words, "--json"], { env });
    return code === 0 ? "ran" : [code, (JSON.parse(stdout) as { error: { code: string } }).error.code];
  };
  expect(await typed("host", "a")).toBe("ran");
  await osaurus("permissions", "set", "process:inventory/inventory_host", "deny");
  expect(await typed("host", "a")).toEqual([20, "tool_denied"]);
  expect(await typed("--", "host")).toBe("ran");
  expect((await runCli(["inventory", "host", "--help"], { env })).code).toBe(0);
  // Of another agent's refusals the person at the terminal is free; of those of the default agent not.
  await osaurus("permissions", "reset", "inventory_host");
  const other = (await osaurus("agents", "create", "--name", "other")).json as { id: string };
  await osaurus("permissions", "set", "inventory_host", "deny", "--agent", other.id);
  expect(await typed("host", "a")).toBe("ran");
  await osaurus("permissions", "set", "inventory_host", "deny", "--agent", "default");
  expect(await typed("host", "a")).toEqual([20, "tool_denied"]);
  writeFileSync(join(env.OSAURUS_HOME, "denied-commands.json"), "what");
  expect(await typed("host", "a")).toEqual([20, "store_broken"]);
});

test("tools call makes the call of a command as models make it: checked, allowed and recorded", async () => {
  const { osaurus } = user();
  for (const [plugin, tool] of [
    ["inventory", "inventory_host"],
    ["inventory", "inventory host"],
    ["process:inventory", "inventory_host"],
  ] as const) {
    const called = await osaurus("tools", "call", plugin, tool);
    expect(called, called.stderr).toMatchObject({
      code: 0,
      json: { ok: true, tool: "inventory host", result: "inventory" },
    });
  }
  const wrong = await osaurus("tools", "call", "inventory", "inventory_host", "--args", '{"nope":1}');
  expect(wrong).toMatchObject({ code: 1, json: { ok: false, kind: "invalid_args" } });
  expect((await osaurus("tools", "call", "inventory", "nope")).code).toBe(10);
  expect((await osaurus("tools", "call", "nope", "inventory_host")).code).toBe(10);
  expect((await osaurus("tools", "call", "process:nope", "inventory_host")).code).toBe(10);
  await osaurus("permissions", "set", "inventory_host", "deny");
  expect((await osaurus("tools", "call", "inventory", "inventory_host", "--yes")).code).toBe(20);
  const rows = async (plugin: string) =>
    ((await osaurus("insights", "--plugin", plugin)).json as { status: number }[]).map(({ status }) => status);
  expect(await rows("inventory")).toEqual([403, 400, 200, 200, 200]);
  expect(await rows("process:inventory")).toEqual([403, 400, 200, 200, 200]);
});

test("of the tools of a named agent, those that its selection leaves out are unknown", async () => {
  const { osaurus } = user();
  await osaurus("agents", "create", "--name", "poet", "--tool", "process:other/*");
  const refused = await osaurus("tools", "call", "inventory", "inventory_host", "--agent", "poet");
  expect(refused).toMatchObject({ code: 10 });
  expect(refused.stderr).toContain("[tool_unknown]");
  expect(refused.stderr).toContain("osaurus agents update poet");
  await osaurus("agents", "update", "poet", "--tool", "process:inventory/*");
  expect((await osaurus("tools", "call", "inventory", "inventory_host", "--agent", "poet")).code).toBe(0);
});
