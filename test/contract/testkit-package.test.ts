// The test kit as authors install it: from the package's exports, in Node's test runner, in Vitest, and for a compiler that
// knows nothing of this program.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";
import config from "../../rolldown.config.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { keptTempDir } from "../helpers/temp-dir.ts";

const ROOT = join(import.meta.dirname, "../..");
const MODULES = join(ROOT, "node_modules");
const folder = keptTempDir();
const project = join(folder.path, "project");
const scratch = join(folder.path, "tmp");
const env = { PATH: process.env["PATH"] ?? "", HOME: folder.path, TMPDIR: scratch };

beforeAll(async () => {
  const installed = join(project, "node_modules/osprey");
  for (const path of [scratch, installed, join(project, "node_modules/@types")]) mkdirSync(path, { recursive: true });
  const { output, ...input } = config as Exclude<typeof config, unknown[] | ((...args: never[]) => unknown)>;
  const bundle = await rolldown({ ...input, cwd: ROOT, logLevel: "silent" });
  const where = Array.isArray(output) ? output[0] : output;
  await bundle.write({ ...where, dir: join(installed, "dist"), cleanDir: false });
  await bundle.close();
  cpSync(join(ROOT, "package.json"), join(installed, "package.json"));
  // What a package finds beside it, wherever it lies.
  symlinkSync(join(ROOT, "build"), join(installed, "build"));
  symlinkSync(MODULES, join(installed, "node_modules"));
  for (const name of ["vitest", "typescript", "@types/node"])
    symlinkSync(join(MODULES, name), join(project, "node_modules", name));
  writeFileSync(join(project, "package.json"), '{"name":"project","type":"module","private":true}');
}, 60_000);
afterAll(() => folder.remove());

/** The same suite for every runner: one test that passes, and one that must fail. */
function suite(runner: string): string {
  return `import assert from "node:assert/strict";
import { test } from "${runner}";
import { openPlugin } from "osprey/testkit";

test("a plugin is called", async () => {
  await using kit = await openPlugin({ library: ${JSON.stringify(nativeFixture("greets"))} });
  const { envelope } = await kit.call("hello", { name: "Ada" });
  assert.deepEqual(envelope, { ok: true, tool: "hello", result: { text: "Hello, Ada!" } });
  assert.deepEqual((await kit.report()).leaks, []);
});

test("a plugin that is expected to do something else", async () => {
  await using kit = await openPlugin({ library: ${JSON.stringify(nativeFixture("greets"))} });
  assert.equal((await kit.call("hello")).envelope.result.text, "Good-bye!");
});
`;
}

interface Ran {
  readonly code: number;
  readonly output: string;
}

async function run(program: string, args: readonly string[]): Promise<Ran> {
  const ran = await promisify(execFile)(program, [...args], { cwd: project, env }).catch((error: unknown) => error);
  const { code = 0, stdout, stderr } = ran as { code?: number; stdout: string; stderr: string };
  return { code, output: stdout + stderr };
}

test("Node's test runner runs a suite with it, and sees what fails", async () => {
  writeFileSync(join(project, "node.test.mjs"), suite("node:test"));
  const { code, output } = await run(process.execPath, ["--test", "--test-reporter=tap", "node.test.mjs"]);
  expect([code, output]).toEqual([1, expect.stringMatching(/# pass 1\n# fail 1/)]);
  expect(output).toContain("Good-bye!");
  expect(readdirSync(scratch), "what the kit left").toEqual([]);
});

test("Vitest runs a suite with it, and sees what fails", async () => {
  writeFileSync(join(project, "suite.test.ts"), suite("vitest"));
  writeFileSync(join(project, "vitest.config.js"), 'export default { test: { include: ["suite.test.ts"] } };');
  const report = join(project, "report.json");
  const args = [join(MODULES, "vitest/vitest.mjs"), "run", "--reporter=json", `--outputFile=${report}`];
  expect((await run(process.execPath, args)).code).toBe(1);
  const text = readFileSync(report, "utf8");
  expect(JSON.parse(text)).toMatchObject({ numPassedTests: 1, numFailedTests: 1 });
  expect(text).toContain("Good-bye!");
});

test("a compiler that knows nothing but the package checks what is written with it", async () => {
  const options = {
    module: "nodenext",
    strict: true,
    noEmit: true,
    lib: ["es2025", "esnext.disposable"],
    types: ["node"],
  };
  const right = `import { abiMatrix, openPlugin, type PluginKit } from "osprey/testkit";
await using kit: PluginKit = await openPlugin({ project: ".", hostVersion: 6, model: { turns: [{ text: "hi" }] } });
const { envelope, hostCalls } = await kit.call("hello", { name: "Ada" }, { agent: "default" });
if (envelope.ok) console.log(envelope.result, hostCalls[0]?.name);
else console.log(envelope.message);
for (const { host, crashed } of await abiMatrix({ project: "." })) console.log(host, crashed);
`;
  const compile = async (source: string) => {
    writeFileSync(join(project, "right.ts"), source);
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["right.ts"] }));
    return await run(join(MODULES, ".bin/tsc"), ["-p", "."]);
  };
  expect(await compile(right)).toEqual({ code: 0, output: "" });
  expect((await compile(right.replace("hostVersion: 6", "hostVersion: 7"))).output).toContain("TS2322");
});
