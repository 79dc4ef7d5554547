// `tools create` and `plugins create` as people and scripts see them: what is printed, how it ends, what is refused.

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

function create(
  program: "osp" | "osaurus",
  words: readonly string[],
  { cwd = tempDir(), path = home.env["PATH"]! } = {},
) {
  const group = program === "osp" ? "plugins" : "tools";
  return runCli([group, "create", ...words], { program, env: { ...home.env, PATH: path }, cwd });
}

test("a native project is made where one is, and the next commands are told", async () => {
  const cwd = tempDir();
  const { code, stdout, stderr } = await create("osaurus", ["hello", "--language", "c"], { cwd });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "Created plugin scaffold at ./hello\n" });
  expect(stderr).toBe(
    "info: to build and test it: cd hello && make test; to see each change at work: osaurus tools dev hello\n",
  );
  expect(readdirSync(cwd)).toEqual(["hello"]);
  const ignored = readFileSync(join(cwd, "hello/.gitignore"), "utf8").split("\n");
  expect(ignored).toEqual(expect.arrayContaining(["/local.mk", "/build/"]));
});

test("without a language, native plugins are written in Swift and process plugins in Python", async () => {
  const [native, process] = await Promise.all([create("osaurus", ["x", "--json"]), create("osp", ["x", "--json"])]);
  expect(JSON.parse(native.stdout)).toMatchObject({ language: "swift", plugin_id: "dev.example.x" });
  expect(JSON.parse(process.stdout)).toMatchObject({ language: "python", plugin_id: "x" });
});

test("programs get one document that says what was made and what is missing", async () => {
  const cwd = tempDir();
  const words = ["hello", "-l", "c", "--id", "org.example.mine", "--json"];
  const { code, stdout, stderr } = await create("osaurus", words, { cwd, path: pathWithout("make") });
  const document = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(document).toMatchObject({
    name: "hello",
    path: join(cwd, "hello"),
    plugin_id: "org.example.mine",
    language: "c",
    files: expect.arrayContaining(["osaurus-plugin.json", "Makefile"]),
  });
  const cc = { program: "cc", found: true };
  expect(document.toolchain).toEqual([cc, { program: "make", found: false, install: expect.any(String) }]);
  expect(stderr).toContain("warning: the project does not build on this machine yet: install make (");
});

/** The tester's search path with one program taken from it: what the launcher needs, and a compiler. */
function pathWithout(program: string): string {
  const folder = tempDir();
  for (const name of ["cc", "make", "sh", "readlink"].filter((one) => one !== program)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nPATH=/usr/bin:/bin exec ${name} "$@"\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

test.each([
  [["Hello"], "hello", "cannot be a project's name"],
  [["../x"], "x", "cannot be a project's name"],
  [["caf\u00e9"], "cafe", "cannot be a project's name"],
  [["test"], "test-plugin", "every project uses"],
  [["x".repeat(65)], "x".repeat(64), "too long: 64 at most"],
] as const)("the name %j ends with 2 and %j is put forward", async ([name], instead, problem) => {
  const cwd = tempDir();
  const { code, stderr } = await create("osaurus", [name, "--language", "c"], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain(problem);
  expect(stderr).toContain(`"${instead}"`);
  expect(readdirSync(cwd)).toEqual([]);
});

test("a process plugin is not named like a built-in command, because nobody could call it", async () => {
  for (const name of ["help", "config", "completions"]) {
    const { code, stderr } = await create("osp", [name]);
    expect(code).toBe(2);
    expect(stderr).toContain(`"${name}" cannot be a project's name: it is a word that osp keeps for its own commands`);
  }
});

test("an unknown language ends with 2 and the nearest is named", async () => {
  const { code, stderr } = await create("osp", ["x", "--language", "typscript"]);
  expect(code).toBe(2);
  expect(stderr).toContain('did you mean "typescript"?');
});

test("what is there already is left alone, which ends with 1", async () => {
  const cwd = tempDir();
  mkdirSync(join(cwd, "hello"));
  const { code, stdout } = await create("osaurus", ["hello", "--language", "c", "--json"], { cwd });
  expect(code).toBe(1);
  expect(JSON.parse(stdout).error.code).toBe("project_exists");
  expect(readdirSync(join(cwd, "hello"))).toEqual([]);
});

test("of many at the same time one makes the project, and the others say that it is there", async () => {
  const cwd = tempDir();
  const all = await Promise.all(Array.from({ length: 4 }, () => create("osp", ["x", "-l", "bash"], { cwd })));
  expect(all.map(({ code }) => code).sort()).toEqual([0, 1, 1, 1]);
  expect(readdirSync(cwd)).toEqual(["x"]);
  expect(existsSync(join(cwd, "x/osp-plugin.json"))).toBe(true);
});

test("a command of that name, which another plugin offers, is mentioned and no obstacle", async () => {
  const cwd = tempDir();
  const command = { name: "taken", about: "is there" };
  const described = { protocol_version: 1, plugin_id: "other", plugin_version: "1.0.0", commands: [command] };
  const plugins = join(cwd, "plugins");
  mkdirSync(plugins);
  writeFileSync(join(plugins, "osp-other"), `#!/bin/sh\nprintf '%s' '${JSON.stringify(described)}'\n`, { mode: 0o755 });
  const { code, stderr } = await create("osp", ["taken", "--plugin-dir", plugins], { cwd });
  expect(code).toBe(0);
  expect(stderr).toContain('info: there is a command "taken" already, of "other"');
});

test.each([
  ["osaurus", "tools", ["c", "cpp", "rust", "go", "swift", "zig"], ["--language", "--id", "dev.example.NAME"]],
  ["osp", "plugins", ["typescript", "python", "bash", "rust"], ["--language"]],
] as const)(
  "the help of %s %s create names every language and every option",
  async (program, group, languages, options) => {
    const { code, stdout } = await runCli([group, "create", "--help"], { program, env: home.env });
    expect(code).toBe(0);
    expect(stdout).toContain(`Languages: ${languages.join(", ")}.`);
    for (const option of options) expect(stdout).toContain(option);
  },
);
