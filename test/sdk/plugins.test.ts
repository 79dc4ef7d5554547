// Complete plugins that answer `--describe` by their own parsers, run by the real program.

import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pythonEnvironment } from "../helpers/python-environment.ts";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";
import { checked, runScript, sdkFixture } from "./describe-script.ts";

const home = makeTempHome();
afterAll(() => home.remove());
let env: Record<string, string>;
beforeAll(() => {
  env = { ...home.env, PATH: `${pythonEnvironment()}:${home.env["PATH"]}` };
}, 300_000); // Packages may have to be fetched first.

const PLUGINS = ["dns", "notes", "books", "backup", "park"];

/** Runs `osp` with all of these plugins, and gives what it prints as JSON. */
async function osp(...args: string[]): Promise<unknown> {
  const dir = tempDir();
  for (const name of PLUGINS) symlinkSync(sdkFixture(name), join(dir, `osp-${name}`));
  const { code, stdout, stderr } = await runCli(["--plugin-dir", dir, ...args, "--json"], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

test("all of them are taken, each with its command", async () => {
  const rows = (await osp("plugins", "list")) as { plugin_id: string; commands: string[]; issue: unknown }[];
  const told = rows.map(({ plugin_id, commands, issue }) => ({ plugin_id, commands, issue }));
  const expected = PLUGINS.map((name) => ({ plugin_id: name, commands: [name], issue: null }));
  const byCommand = (a: { commands: string[] }, b: { commands: string[] }) =>
    a.commands[0]! < b.commands[0]! ? -1 : 1;
  expect(told.sort(byCommand)).toEqual(expected.sort(byCommand));
});

test.each([
  ["argparse", ["dns", "record", "find", "www", "-t", "A", "--limit", "1"], ["www"]],
  ["Click", ["notes", "find", "--shout", "-t", "work"], ["CALL ADA"]],
  ["Typer", ["books", "list", "--shelf", "textbooks"], ["SICP"]],
  ["commander", ["backup", "list", "--sort", "mb", "-n", "1"], ["web-01"]],
  ["yargs", ["park", "find", "--min", "5"], ["north"]],
])("a plugin that is made with %s answers a command", async (_, args, expected) => {
  const rows = (await osp(...args)) as Record<string, unknown>[];
  expect(rows.map((row) => row["name"] ?? row["text"] ?? row["title"] ?? row["host"])).toEqual(expected);
});

test.each(PLUGINS)("what osp-%s says of itself is what the host takes", (name) => {
  const { status, stdout, stderr } = spawnSync(sdkFixture(name), ["--describe"], { env, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  checked(stdout);
});

test.each([
  ["argparse", "dns", "make_parser", "0.3.0"],
  ["click", "notes", "notes", "0.2.0"],
  ["click", "books", "app", "1.0.0"],
] as const)("the %s script says of osp-%s what that says of itself", (framework, name, attribute, version) => {
  const python = { framework, path: env["PATH"]! };
  const own = checked(spawnSync(sdkFixture(name), ["--describe"], { env, encoding: "utf8" }).stdout);
  const args = [`${sdkFixture(name)}:${attribute}`, "--plugin-id", own.plugin_id, "--plugin-version", version];
  expect(checked(runScript(python, tempDir(), ...args).stdout)).toEqual(own);
});
