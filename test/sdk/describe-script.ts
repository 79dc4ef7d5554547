// Runs the scripts that derive a description from a Python program.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { DescribeV1 } from "../../sdk/typescript/describe.ts";
import { DescribeV1 as DescribeSchema } from "../../src/protocol/process-plugin.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** The path of a fixture, given its name without `osp-`. */
export function sdkFixture(name: string): string {
  return join(ROOT, "test", "fixtures", "sdk", `osp-${name}`);
}

/** The path of the script for this framework. */
export function scriptPath(framework: "argparse" | "click"): string {
  return join(ROOT, "scripts", `plugin_describe_from_${framework}.py`);
}

export interface Python {
  readonly framework: "argparse" | "click";
  /** PATH, with the `python3` to use in front. */
  readonly path: string;
}

/** Runs the script in a folder. */
export function runScript(python: Python, cwd: string, ...args: string[]) {
  const env = { PATH: python.path, HOME: process.env["HOME"], PYTHONDONTWRITEBYTECODE: "1" };
  const words = [scriptPath(python.framework), ...args];
  const { error, status, stdout, stderr } = spawnSync("python3", words, { cwd, env, encoding: "utf8" });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** Runs the script on the Python source of a module; `target` in it is what is described. */
export function runOn(python: Python, source: string, ...args: string[]) {
  const cwd = tempDir();
  writeFileSync(join(cwd, "tool.py"), source);
  return runScript(python, cwd, "tool:target", "--plugin-id", "osp-tool", ...args);
}

/** What the script says of `target` in this source; it must be what the host takes. */
export function describeSource(python: Python, source: string): DescribeV1 {
  const { status, stdout, stderr } = runOn(python, source);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return checked(stdout);
}

/** The JSON, when the host takes it. */
export function checked(stdout: string): DescribeV1 {
  const document: DescribeV1 = JSON.parse(stdout);
  expect(DescribeSchema.parse(document)).toMatchObject({ plugin_id: document.plugin_id });
  return document;
}

/** The one command of a description. */
export function onlyCommand({ commands }: DescribeV1) {
  expect(commands).toHaveLength(1);
  return commands[0]!;
}

/** A command, an argument or a flag about which nothing more is said. */
export const PLAIN = { about: null, required: false, multi: false, value_type: null, suggestions: [] };

/** Suggestions of these values. */
export function values(...list: string[]) {
  return list.map((value) => ({ value }));
}
