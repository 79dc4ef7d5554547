// `osaurus manifest validate` through the real program, as an author and a script would call it.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fullManifest, withValue } from "../helpers/full-manifest.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { runCli } from "../helpers/run-cli.ts";
import { keptTempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());
const { path: folder, remove } = keptTempDir();
afterAll(remove);
mkdirSync(join(folder, "folder"));

const validate = (args: string[], options: { input?: string } = {}) =>
  runCli(["manifest", "validate", ...args], { program: "osaurus", env: home.env, cwd: folder, ...options });

function written(name: string, content: unknown): string {
  writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  return name;
}

test("a manifest without mistakes is OK, in one line that sums it up", async () => {
  const stdout = "good.json: OK (plugin_id=com.example.full, version=1.2.3, tools=1, routes=1, web=yes, config=yes)\n";
  expect(await validate([written("good.json", fullManifest())])).toEqual({ code: 0, stdout, stderr: "" });
});

test("what is hardly meant is shown below, and keeps nothing from being OK", async () => {
  const file = written("warned.json", { plugin_id: "dev.example.MyPlugin", capabilities: {} });
  const result = await validate([file]);
  expect(result).toEqual({
    code: 0,
    stdout:
      "warned.json: OK (plugin_id=dev.example.MyPlugin, version=none, tools=0, routes=0, web=no, config=no)\n" +
      "  ! `plugin_id` should be lower case with dots, such as com.example.name: registries take no other.\n",
    stderr: "",
  });
});

test("every mistake has a line with its path, and the exit code is 1", async () => {
  const document = withValue(fullManifest(), ["capabilities", "tools", 0, "id"], undefined);
  const file = written("bad.json", withValue(document, ["capabilities", "routes", 0, "path"], "/ui"));
  expect(await validate([file])).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "bad.json: FAIL (2 errors)\n" +
      "  - `capabilities.tools[0].id` is required.\n" +
      "  - `capabilities.routes[0].path`: Plugin com.example.full declares route '/ui' under web mount '/ui'; the static " +
      "web branch would shadow this route. Move the route outside the web mount or remove the web mount overlap.\n",
  });
});

test("text that is no JSON is named with the line of the mistake", async () => {
  const result = await validate([written("broken.json", '{\n  "plugin_id": "p",\n}\n')]);
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(
    /^broken\.json: FAIL \(1 error\)\n {2}- the document is not JSON: .*\(line 3, column 1\)\.\n$/,
  );
});

test("with --json the verdict is one document on stdout, also when it is a bad one", async () => {
  const good = await validate([written("good.json", fullManifest()), "--json"]);
  expect([good.code, good.stderr]).toEqual([0, ""]);
  expect(JSON.parse(good.stdout)).toEqual({
    file: "good.json",
    ok: true,
    plugin_id: "com.example.full",
    version: "1.2.3",
    tools: 1,
    routes: 1,
    web: true,
    config: true,
    errors: [],
    warnings: [],
  });
  const bad = await validate([written("bad.json", { plugin_id: "p" }), "--json"]);
  expect([bad.code, bad.stderr]).toEqual([1, ""]);
  expect(JSON.parse(bad.stdout)).toEqual({
    file: "bad.json",
    ok: false,
    plugin_id: "p",
    version: null,
    tools: 0,
    routes: 0,
    web: false,
    config: false,
    errors: [{ path: "capabilities", message: "is required" }],
    warnings: [],
  });
});

test("a manifest comes from standard input too, for instance out of a library", async () => {
  const ok = await validate(["-"], { input: JSON.stringify(fullManifest()) });
  expect([ok.code, ok.stderr]).toEqual([0, ""]);
  expect(ok.stdout).toMatch(/^-: OK \(/);
  const library = nativeFixture("echoes");
  const extracted = await runCli(["manifest", "extract", library], { program: "osaurus", env: home.env });
  expect((await validate(["-"], { input: extracted.stdout })).code).toBe(0);
  expect((await validate(["-"], { input: "" })).code).toBe(1);
});

test.each([
  ["a file that is not there", () => "missing.json", 10, "file_unknown"],
  ["a file below a file", () => `${written("good.json", fullManifest())}/x`, 10, "file_unknown"],
  ["a folder", () => "folder", 20, "file_unreadable"],
  ["a library", () => nativeFixture("echoes"), 2, "usage_invalid"],
])("%s is no manifest to judge", async (_name, make, exit, code) => {
  const result = await validate([make(), "--json"]);
  expect(result.code).toBe(exit);
  expect(JSON.parse(result.stdout).error.code).toBe(code);
});

test("a library is answered with the command that reads it", async () => {
  const result = await validate([nativeFixture("echoes")]);
  expect(result.stderr).toContain("osaurus manifest extract LIB");
});

test("no file, and two, are a wrong use", async () => {
  expect((await validate([])).code).toBe(2);
  expect((await validate(["a", "b"])).code).toBe(2);
});

test("a pipe is read like a file", async () => {
  execFileSync("mkfifo", ["pipe"], { cwd: folder });
  const writer = spawn("sh", ["-c", "printf %s '{}' > pipe"], { cwd: folder });
  const gone = once(writer, "close");
  const result = await validate(["pipe"]);
  await gone;
  expect([result.code, result.stderr.includes("`plugin_id` is required.")]).toEqual([1, true]);
});

test("of a file without an end only as much is read as a manifest may have", async () => {
  const { code, stderr } = await validate(["/dev/zero"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/the document is larger than \d+ bytes/);
});

test("what a manifest holds never reaches the terminal as orders, nor a line of its own", async () => {
  const id = "evil\u001b[31m\u0007\n  - `fake` error\u202e\u009b";
  const file = written("evil.json", {
    plugin_id: "p",
    capabilities: { tools: [{ id: 1 }, { id }, { id }] },
    version: id,
  });
  const bad = await validate([file]);
  const good = await validate([written("evil.json", { plugin_id: id, version: id, capabilities: {} })]);
  for (const text of [bad.stderr, bad.stdout, good.stdout, good.stderr]) {
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text).not.toMatch(/^ {2}- `fake`/m);
  }
  const json = await validate([file, "--json"]);
  expect(json.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(JSON.parse(json.stdout).version).toBe(id);
});
