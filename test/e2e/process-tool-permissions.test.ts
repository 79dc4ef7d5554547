// What a person decides about commands of process plugins as tools, in the terminal.

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
  return { osaurus };
}

test("a command is named like a tool, and what was decided about it is listed and forgotten again", async () => {
  const { osaurus } = user();
  const set = await osaurus("permissions", "set", "inventory_host", "deny");
  expect(set).toMatchObject({
    code: 0,
    json: { plugin_id: "process:inventory", tool: "inventory host", policy: "deny" },
  });
  expect((await osaurus("permissions", "set", "inventory/inventory host", "ask")).code).toBe(0);
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
