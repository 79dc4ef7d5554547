// `osaurus tools test`, on projects as authors have them.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { isRunning } from "../helpers/processes.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

interface Row {
  readonly code: string;
  readonly status: string;
  readonly label: string;
  readonly detail: string;
  readonly hint: string | null;
}

interface Report {
  readonly plugin_id: string;
  readonly passed: number;
  readonly failed: number;
  readonly checks: readonly Row[];
  readonly tests: readonly Row[];
  readonly abi: readonly { readonly host: number; readonly loads: boolean; readonly crashed: boolean }[];
}

type Files = Readonly<Record<string, unknown>>;

/** A project whose build copies a plugin that is compiled already. */
function nativeProject(fixture: string, files: Files = {}, dev: object = {}): string {
  return project({
    "osaurus-plugin.json": {
      plugin_id: `test.${fixture}`,
      version: "1.0.0",
      dev: { build: `mkdir -p build && cp ${nativeFixture(fixture)} build/`, library: `build/${fixture}`, ...dev },
    },
    ...files,
  });
}

function project(files: Files): string {
  const folder = tempDir();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

const toolsTest = async (folder: string, ...more: string[]) =>
  await runCli(["tools", "test", folder, ...more], { program: "osaurus", env: home.env });

async function report(folder: string, ...more: string[]): Promise<Report & { readonly exit: number | null }> {
  const { stdout, stderr, code } = await toolsTest(folder, "--json", ...more);
  if (stdout === "") throw new Error(stderr);
  return { ...(JSON.parse(stdout) as Report), exit: code };
}

const failedOf = (rows: readonly Row[]) => rows.filter(({ status }) => status === "fail");
const leftovers = () => readdirSync(home.env["TMPDIR"]!);

/** The program that the documents show. */
const PAGE = readFileSync(join(import.meta.dirname, "../../docs/testing.md"), "utf8");
const EXAMPLE = /^```ts\n(.*?)^```$/ms.exec(PAGE)?.[1] ?? "";

const HELLO = {
  name: "greets",
  tool: "hello",
  args: { name: "Ada" },
  expect: { ok: true, result: { text: "Hello, Ada!" } },
};

test("a sound plugin passes: built, with tests of both kinds, and nothing is left or touched", async () => {
  const folder = nativeProject("greets", {
    "test/greets.test.json": {
      config: { greeting: "Ahoy" },
      tests: [
        { ...HELLO, expect: { result: { text: { $matches: "^Ahoy, \\w+!$" } } }, logs: [{ message: "greeted" }] },
        { name: "asks for its setting", tool: "hello", host_calls: [{ name: "config_get", args: ["greeting"] }] },
        {
          name: "takes a new one",
          tool: "hello",
          config: { greeting: "Moin" },
          expect: { result: { text: { $contains: "Moin" } } },
        },
      ],
    },
    "test/page.test.ts": EXAMPLE,
    "test/skips.test.mjs": 'import { test } from "node:test";\ntest("not yet", { skip: true }, () => {});',
  });
  const { code, stdout, stderr } = await toolsTest(folder);
  expect([code, stderr]).toEqual([0, ""]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.at(-1)).toMatch(/^\d+ passed, 0 failed$/);
  expect(lines).toContain("[OK] test/greets.test.json: greets");
  expect(lines).toContain("[OK] test/page.test.ts: greets with the word that is set");
  expect(lines).toContain("[OK] test/skips.test.mjs: not yet - skipped");
  expect(stdout).not.toContain("[WARN]");
  expect(leftovers()).toEqual([]);
  expect(readdirSync(home.env["OSAURUS_HOME"]!)).toEqual([]);
});

test("what is not as expected is shown by its path, and the command fails", async () => {
  const folder = nativeProject("greets", {
    "test/greets.test.json": {
      tests: [
        { ...HELLO, expect: { ok: true, result: { text: "Hello, Bob!", more: 1 } } },
        { name: "logs more", tool: "hello", logs: [{ message: "greeted" }, { message: "greeted" }] },
        { name: "is not there", tool: "goodbye" },
      ],
    },
    "test/fails.test.mjs":
      'import { test } from "node:test";\ntest("fails", () => { throw new Error("on purpose"); });',
    "test/broken.test.mjs": "import './none.mjs';",
  });
  const { exit, failed, passed, checks, tests } = await report(folder);
  expect([exit, failed, passed]).toEqual([1, 5, checks.length + tests.length - 5]);
  expect(failedOf(checks)).toEqual([]);
  const [differs, logs, unknown, broken, thrown] = failedOf(tests);
  expect(differs!.detail.split("\n")).toEqual([
    'result.text: expected "Hello, Bob!", got "Hello, Ada!"',
    "result.more: expected 1, got nothing",
  ]);
  expect(logs!.detail).toBe('logs[1]: expected {"message":"greeted"}, got []');
  expect(unknown).toMatchObject({ label: "test/greets.test.json: is not there", hint: "it has: hello" });
  expect(broken!.detail).toContain("none.mjs");
  expect(thrown).toMatchObject({ label: "test/fails.test.mjs: fails", detail: expect.stringContaining("on purpose") });
});

test("a plugin that uses what an older host does not have fails there, unless it is not meant for that host", async () => {
  const call = { tool: "misbehave", args: {} };
  const folder = nativeProject("reads-newer-function", {}, { call });
  const { abi, checks } = await report(folder);
  const versions = checks.filter(({ code }) => code === "host_versions");
  expect(versions.map(({ status }) => status)).toEqual(["warn", "fail", "fail", "fail", "fail", "ok"]);
  expect(versions[2]!.detail).toMatch(/it read \w+, which its host does not have/);
  expect(abi.map(({ host, loads }) => [host, loads])).toEqual([1, 2, 3, 4, 5, 6].map((host) => [host, host > 1]));
  const newest = await report(folder, "--min-host", "6", "--no-build");
  expect(newest.checks.filter(({ code }) => code === "host_versions")).toHaveLength(1);
  expect(newest.abi).toMatchObject([{ host: 6, crashed: false }]);
  expect((await toolsTest(folder, "--min-host", "7")).code).toBe(2);
});

test("a project that does not build is not tested, nor is one that is not built", async () => {
  const broken = nativeProject("greets", {}, { build: "echo 'a.c:3:5: error: no such thing' >&2; exit 1" });
  const { code, stderr, stdout } = await toolsTest(broken);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("a.c:3:5");
  const unbuilt = await toolsTest(nativeProject("greets"), "--no-build");
  expect([unbuilt.code, unbuilt.stdout]).toEqual([10, ""]);
  expect((await toolsTest(tempDir())).stderr).toContain("there is no plugin project");
});

test("a file of tests with a mistake is refused, with its place, before anything is built or run", async () => {
  const folder = nativeProject("greets", { "test/wrong.test.json": { tests: [{ ...HELLO, expects: {} }] } });
  const { code, stdout, stderr } = await toolsTest(folder);
  expect([code, stdout]).toEqual([20, ""]);
  expect(stderr).toMatch(/test\/wrong\.test\.json is not usable: tests\[0\]/);
});

test("Ctrl-C ends the plugin, the tests and all that they put aside", async () => {
  const pidFile = join(tempDir(), "pid");
  const folder = nativeProject("greets", {
    "test/waits.test.mjs": `import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { openPlugin } from "osprey/testkit";
test("waits", async () => {
  const kit = await openPlugin({ project: "." });
  writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
  await new Promise((done) => setTimeout(done, 600_000));
  await kit.close();
});
`,
  });
  const started = startCli(["tools", "test", folder, "--min-host", "6"], { program: "osaurus", env: home.env });
  await eventually(() => expect(existsSync(pidFile)).toBe(true));
  const pid = Number(readFileSync(pidFile, "utf8"));
  started.child.kill("SIGINT");
  expect((await started.result).code).toBe(130);
  expect(isRunning(pid)).toBe(false);
  expect(leftovers()).toEqual([]);
});

test("Ctrl-C in the middle of a call ends the plugin", async () => {
  const folder = nativeProject("sleeps-forever", {
    "test/a.test.json": { tests: [{ name: "sleeps", tool: "misbehave" }] },
  });
  const started = startCli(["tools", "test", folder], { program: "osaurus", env: home.env });
  await eventually(() => expect(leftovers().length).toBeGreaterThan(0));
  started.child.kill("SIGINT");
  expect((await started.result).code).toBe(130);
  expect(leftovers()).toEqual([]);
});
