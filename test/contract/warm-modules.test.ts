// What a plugin command costs before and after its plugin runs, in modules.

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { WARM_ANSWER, WARM_START } from "../../scripts/warm-modules.ts";
import { pluginDir } from "../helpers/process-fixtures.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const SRC = join(import.meta.dirname, "../../src");
const home = makeTempHome();
afterAll(() => home.remove());

/** Runs the sources, and prints what was loaded when. */
const PROGRAM = `
  import { registerHooks } from "node:module";
  import childProcess from "node:child_process";
  import { syncBuiltinESMExports } from "node:module";
  const loaded = [];
  registerHooks({ load(url, context, next) {
    const at = url.indexOf("/src/");
    if (at !== -1 && !url.includes("node_modules")) loaded.push(url.slice(at + 5));
    return next(url, context);
  } });
  const { spawn } = childProcess;
  childProcess.spawn = (...args) => { loaded.push("(the plugin is started)"); return spawn(...args); };
  syncBuiltinESMExports();
  process.on("exit", () => process.stderr.write(JSON.stringify(loaded)));
  const { start } = await import(process.env.SRC + "/commands/start.ts");
  await start("osp", process.argv.slice(2));
`;

test("a command whose plugin is known loads just the listed modules, the second list while the plugin runs", async () => {
  const program = join(tempDir(), "program.mjs");
  writeFileSync(program, PROGRAM);
  const run = async () => {
    const args = [program, "--plugin-dir", dir, "scalar"];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env: { ...home.env, SRC } });
    expect(stdout).toBe("42 kettles\n");
    return JSON.parse(stderr) as string[];
  };
  const dir = pluginDir("scalar");
  const cold = await run();
  expect(cold).toContain("plugins/process/describe.ts");
  const warm = await run();
  const started = warm.indexOf("(the plugin is started)");
  expect(warm.slice(0, started).sort()).toEqual(WARM_START);
  // A plain value needs less than a table or a block, which the list is made for.
  expect(WARM_ANSWER).toEqual(expect.arrayContaining(warm.slice(started + 1)));
});
