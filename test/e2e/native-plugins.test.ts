// Native plugins through the real program, as a user and a script would call them.

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { JSON_DEPTH_MAX } from "../../src/protocol/limits.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { isRunning, untilGone } from "../helpers/processes.ts";
import { type CliResult, runCli, startCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const osaurus = (args: string[], options: { env?: Record<string, string>; cwd?: string; input?: string } = {}) =>
  runCli(args, { program: "osaurus", ...options, env: { ...home.env, ...options.env } });

const callLibrary = (fixture: string, tool: string, ...more: string[]) =>
  osaurus(["tools", "call", "--library", nativeFixture(fixture), tool, ...more]);

/** What a script gets: one JSON document and nothing else. */
function document(result: CliResult): Record<string, unknown> {
  expect(result.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
  return JSON.parse(result.stdout);
}

/** Gives the environment of a home that has a fixture installed. */
function installed(fixture: string, id = `test.${fixture}`): Record<string, string> {
  const data = tempDir();
  installFixture(data, fixture, { id });
  return { OSAURUS_HOME: data };
}

test("a tool of a library is called, and with --json its envelope is all that stdout holds", async () => {
  const result = await callLibrary("echoes", "echo", "--args", '{"ok":true,"result":{"n":1}}', "--json");
  expect(result).toEqual({ code: 0, stdout: '{"ok":true,"tool":"echo","result":{"n":1}}\n', stderr: "" });
});

test("numbers and the order of members come out as the plugin wrote them", async () => {
  const answer = '{"ok":true,"result":{"b":1.0,"2":12345678901234567890,"1":1e3,"__proto__":null}}';
  const result = await callLibrary("echoes", "echo", "--args", answer, "--json");
  expect(result.stdout).toBe(`{"ok":true,"tool":"echo",${answer.slice(11)}\n`);
});

test("for people, a list is a table, a text is itself, and anything else is shown as JSON", async () => {
  const rows = await callLibrary(
    "echoes",
    "echo",
    "--args",
    '{"ok":true,"result":[{"a":1},{"a":22}],"summary":"Two."}',
  );
  expect(rows.stdout).toBe("+----+\n| a  |\n+----+\n| 1  |\n| 22 |\n+----+\n");
  expect(rows.stderr).toBe("Two.\n");
  const text = await callLibrary("echoes", "echo", "--args", '{"ok":true,"result":{"text":"hello"}}');
  expect(text.stdout).toBe("hello\n");
  const object = await callLibrary("echoes", "echo", "--args", '{"ok":true,"result":{"a":1}}');
  expect(object.stdout).toBe('{\n  "a": 1\n}\n');
});

test("arguments can come from standard input", async () => {
  const result = await osaurus(
    ["tools", "call", "--library", nativeFixture("echoes"), "echo", "--args", "-", "--json"],
    { input: '{"ok":true,"result":"from stdin"}' },
  );
  expect(document(result)).toEqual({ ok: true, tool: "echo", result: "from stdin" });
});

test("what the tool reports as a failure exits 1, with its words on stderr", async () => {
  const args = '{"ok":false,"kind":"invalid_args","message":"no such city","field":"city"}';
  const result = await callLibrary("echoes", "echo", "--args", args, "--json");
  expect(result.code).toBe(1);
  expect(document(result)).toEqual({
    ok: false,
    tool: "echo",
    kind: "invalid_args",
    message: "no such city",
    field: "city",
    retryable: true,
  });
  expect(result.stderr).toContain("error: no such city [invalid_args]");
});

test.each([
  ["segfaults", "execution_error", "plugin_crashed", /SIGSEGV in invoke/],
  ["aborts", "execution_error", "plugin_crashed", /SIGABRT in invoke/],
  ["overflows-stack", "execution_error", "plugin_crashed", /SIGSEGV in invoke/],
  ["exits", "execution_error", "plugin_exited", /called exit\(3\)/],
  ["exits-with-success", "execution_error", "plugin_exited", /called exit\(0\)/],
  ["crashes-in-thread", "execution_error", "plugin_crashed", /SIGABRT/],
])("%s: exit 30 and an envelope that names what happened", async (fixture, kind, code, message) => {
  const result = await callLibrary(fixture, "misbehave", "--json");
  expect(result.code).toBe(30);
  expect(document(result)).toEqual({
    ok: false,
    tool: "misbehave",
    kind,
    code,
    message: expect.stringMatching(message),
    retryable: true,
  });
  expect(result.stderr).toContain(`[${code}]`);
});

test.each(["sleeps-forever", "spins-forever"])("%s: a call is bounded by --timeout", async (fixture) => {
  const result = await callLibrary(fixture, "misbehave", "--timeout", "0.2", "--json");
  expect(result.code).toBe(30);
  expect(document(result)).toMatchObject({ ok: false, kind: "timeout", code: "plugin_timeout" });
});

test("--timeout covers loading, too", async () => {
  const result = await callLibrary("load-init-hangs", "echo", "--timeout", "0.3", "--json");
  expect(result.code).toBe(30);
  expect(document(result)).toMatchObject({ error: { code: "load_timeout" } });
});

test("a plugin that dies as soon as it is loaded is an error like any other", async () => {
  const result = await callLibrary("dies-after-load", "echo", "--timeout", "5", "--json");
  expect([0, 30]).toContain(result.code);
  expect(document(result)).toMatchObject({ tool: "echo" });
});

test("a result of null is null, whatever else is there", async () => {
  const result = await callLibrary("echoes", "echo", "--args", '{"ok":true,"result":null,"data":5}', "--json");
  expect(result.stdout).toBe('{"ok":true,"tool":"echo","result":null}\n');
});

test("an answer nested too deeply is the tool's failure", async () => {
  // As deep as arguments may be; the plugin puts them one level further down.
  const args = `${"[".repeat(JSON_DEPTH_MAX)}${"]".repeat(JSON_DEPTH_MAX)}`;
  const result = await callLibrary("echoes-input", "free", "--args", args, "--json");
  expect(result.code).toBe(1);
  expect(document(result)).toMatchObject({ ok: false, code: "answer_too_deep" });
});

test("a tool that returns nothing is a failure that the plugin reported", async () => {
  const result = await callLibrary("returns-null", "misbehave", "--json");
  expect(result.code).toBe(1);
  expect(document(result)).toMatchObject({ ok: false, kind: "execution_error" });
});

test.each([
  ["load-no-entry", "entry_missing"],
  ["load-entry-null", "entry_null"],
  ["load-table-incomplete", "table_incomplete"],
  ["load-init-null", "init_failed"],
  ["load-init-crashes", "load_crashed"],
  ["load-constructor-crashes", "load_crashed"],
  ["load-manifest-null", "manifest_missing"],
  ["load-manifest-not-json", "manifest_invalid"],
  ["load-link-missing", "library_load_failed"],
])("%s: exit 30, and the error's body on stdout", async (fixture, code) => {
  const result = await callLibrary(fixture, "echo", "--json");
  expect(result.code).toBe(30);
  expect(document(result)).toMatchObject({
    error: { code, message: expect.any(String), hint: expect.any(String) },
  });
  expect(result.stderr).toMatch(/^error: .*\nhelp: /m);
});

test.each([
  ["no library there", ["--library", "/no/such.so", "echo"], 10, "library_unknown"],
  ["no such tool", ["--library", nativeFixture("echoes"), "eccho"], 10, "tool_unknown"],
  ["no such plugin", ["no.such.plugin", "echo"], 10, "plugin_unknown"],
  ["no such agent", ["--library", nativeFixture("echoes"), "echo", "--agent", "nobody"], 10, "agent_unknown"],
  ["arguments that are not JSON", ["--library", nativeFixture("echoes"), "echo", "--args", "{"], 2, "usage_invalid"],
  ["an unknown flag", ["--library", nativeFixture("echoes"), "echo", "--arg", "{}"], 2, "usage_invalid"],
  ["a flag without its value", ["--library"], 2, "usage_invalid"],
  ["too few words", ["plugin"], 2, "usage_invalid"],
  ["too many words", ["a", "b", "c"], 2, "usage_invalid"],
  ["a timeout of nothing", ["a", "b", "--timeout", "0"], 2, "usage_invalid"],
  ["a timeout that is no number", ["a", "b", "--timeout", "soon"], 2, "usage_invalid"],
])("%s: its own exit code and error code", async (_name, args, exitCode, code) => {
  const result = await osaurus(["tools", "call", ...args, "--json"]);
  expect(result.code).toBe(exitCode);
  expect(document(result)).toMatchObject({ error: { code } });
});

test("what the plugin logs and prints goes to stderr, never to stdout", async () => {
  const logged = await callLibrary("asks-host", "misbehave-log", "--json");
  expect(logged.code).toBe(10);
  const printed = await callLibrary("prints-a-lot", "misbehave", "--json");
  expect(printed.code).toBe(0);
  expect(printed.stdout).toBe('{"ok":true,"tool":"misbehave","result":"printed"}\n');
  expect(printed.stderr.split("\n").length).toBeGreaterThan(16_000);
  expect(printed.stderr).toMatch(/^\[Plugin:test\.prints-a-lot\] line 0 /m);
});

test("an installed plugin is listed and called by its id", async () => {
  const env = installed("echoes");
  const list = await osaurus(["tools", "list", "--json"], { env });
  expect(list.code).toBe(0);
  expect(JSON.parse(list.stdout)).toEqual([
    {
      plugin_id: "test.echoes",
      version: "1.0.0",
      state: "loaded",
      abi: 6,
      tools: ["echo", "misbehave"],
      unsigned: true,
      pid: expect.any(Number),
    },
  ]);
  const [{ pid }] = JSON.parse(list.stdout);
  expect(isRunning(pid)).toBe(false);
  const call = await osaurus(["tools", "call", "test.echoes", "echo", "--args", '{"a":1}'], { env });
  expect(call).toMatchObject({ code: 0, stdout: '{"a":1}\n' });
});

test("a plugin that cannot be loaded is listed with the reason, and does not spoil the list", async () => {
  const env = installed("load-init-null", "test.init-null");
  const list = await osaurus(["tools", "list", "--json"], { env });
  expect(list.code).toBe(0);
  expect(JSON.parse(list.stdout)).toMatchObject([
    { plugin_id: "test.init-null", state: "failed", error: { code: "init_failed" }, tools: [] },
  ]);
});

test("a library in another plugin's folder is refused", async () => {
  const env = installed("echoes", "somebody.else");
  const call = await osaurus(["tools", "call", "somebody.else", "echo", "--json"], { env });
  expect(call.code).toBe(30);
  expect(document(call)).toMatchObject({ error: { code: "plugin_id_mismatch" } });
});

test("settings are kept between runs, for each agent its own", async () => {
  const other = "22222222-2222-2222-2222-222222222222";
  const manifest = await osaurus(["manifest", "extract", nativeFixture("keeps-settings"), "--json"]);
  expect(JSON.parse(manifest.stdout)).toMatchObject({ plugin_id: "test.keeps-settings" });
  const call = async (tool: string, args: object, ...more: string[]) =>
    (await callLibrary("keeps-settings", tool, "--args", JSON.stringify(args), ...more)).stdout.trim();
  await call("set", { a: "token", b: "mine" });
  await call("set", { a: "token", b: "theirs" }, "--agent", other);
  expect(await call("get", { a: "token" })).toBe("mine");
  expect(await call("get", { a: "token" }, "--agent", other)).toBe("theirs");
  await call("delete", { a: "token" });
  expect(await call("get", { a: "token" })).toBe("null");
  expect(await call("get", { a: "token" }, "--agent", other)).toBe("theirs");
});

test("a plugin that started no task is told that there is none", async () => {
  const result = await callLibrary("keeps-settings", "tasks", "--json");
  expect(JSON.parse(document(result)["result"] as string)).toEqual({ tasks: [] });
});

test("the manifest is printed whole, with what the host does not know, and broken ones are shown too", async () => {
  const good = await osaurus(["manifest", "extract", nativeFixture("echoes"), "--json"]);
  expect(good).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(good.stdout)).toMatchObject({ plugin_id: "test.echoes", name: "echoes" });
  const wrong = await osaurus(["manifest", "extract", nativeFixture("load-manifest-wrong"), "--json"]);
  expect(wrong.code).toBe(0);
  expect(JSON.parse(wrong.stdout)).toMatchObject({ plugin_id: 7 });
  const broken = await osaurus(["manifest", "extract", nativeFixture("load-manifest-not-json")]);
  expect(broken.code).toBe(30);
  expect(broken.stdout).toContain('{"plugin_id": "test.broken",');
  expect(broken.stderr).toContain("[manifest_invalid]");
});

test("Ctrl-C ends the call, the plugin and the program, with exit 130", async () => {
  const started = startCli(["tools", "call", "--library", nativeFixture("says-its-pid"), "misbehave"], {
    program: "osaurus",
    env: home.env,
  });
  await started.stderrContains("pid ");
  started.child.kill("SIGINT");
  const result = await started.result;
  expect(result.code).toBe(130);
  expect(result.stderr).toContain("[interrupted]");
  await untilGone(Number(/pid (\d+)/.exec(result.stderr)?.[1]));
});

test("nothing is written outside the folders of the home, and a call leaves nothing but its rows in Insights", async () => {
  const fresh = makeTempHome();
  try {
    const cwd = join(fresh.path, "home");
    await runCli(["tools", "call", "--library", nativeFixture("segfaults"), "misbehave"], {
      program: "osaurus",
      env: fresh.env,
      cwd,
    });
    for (const folder of ["home", "config", "data", "state", "run", "osaurus", "tmp"]) {
      const left = folder === "osaurus" ? ["insights.db"] : [];
      expect([folder, readdirSync(join(fresh.path, folder))]).toEqual([folder, left]);
    }
    expect(readdirSync(join(fresh.path, "cache", "osp"))).toEqual(["compiled"]);
  } finally {
    fresh.remove();
  }
});

test("both names lead to the same command tree", async () => {
  for (const program of ["osp", "osaurus"] as const) {
    const result = await runCli(["--version"], { program, env: home.env });
    expect(result).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^${program} \\d+\\.\\d+\\.\\d+\\n$`)),
    });
    const list = await runCli(["tools", "list", "--json"], { program, env: home.env });
    expect(list).toMatchObject({ code: 0, stdout: "[]\n" });
  }
});

test("--timeout bounds every command that loads a plugin", async () => {
  const hangs = nativeFixture("load-init-hangs");
  const extract = await osaurus(["manifest", "extract", hangs, "--timeout", "0.5"]);
  expect(extract).toMatchObject({ code: 30, stderr: expect.stringContaining("not loaded after 500 ms") });
  const data = tempDir();
  installFixture(data, "load-init-hangs");
  const env = { OSAURUS_HOME: data };
  for (const command of ["list", "reload"]) {
    const result = await osaurus(["tools", command, "--json", "--timeout", "0.5"], { env });
    expect(JSON.parse(result.stdout)[0]).toMatchObject({ state: "failed", error: { code: "load_timeout" } });
  }
  const retry = await osaurus(["tools", "retry", "test.load-init-hangs", "--timeout", "0.5"], { env });
  expect(retry.stderr).toContain("load_timeout");
});

test("a file that is no library for this machine is named as that before it is opened", async () => {
  const text = join(tempDir(), "text.so");
  writeFileSync(text, "#!/bin/sh\n");
  for (const args of [
    ["tools", "call", "--library", text, "x"],
    ["manifest", "extract", text],
    ["manifest", "extract", tempDir()],
  ]) {
    expect(await osaurus(args)).toMatchObject({ code: 30, stderr: expect.stringContaining("library_wrong_machine") });
  }
});

test("errors about an installed library name its own path", async () => {
  const data = tempDir();
  const folder = installFixture(data, "load-init-null");
  const result = await osaurus(["tools", "call", "test.load-init-null", "x", "--json"], {
    env: { OSAURUS_HOME: data },
  });
  expect(JSON.parse(result.stdout).error.details.library).toContain(folder);
});

test("an interrupted call never looks like a success, whatever is still running", async () => {
  const fixture = nativeFixture("says-its-pid");
  for (let round = 0; round < 3; round++) {
    const started = startCli(["tools", "call", "--library", fixture, "misbehave", "--json"], {
      program: "osaurus",
      env: home.env,
    });
    await started.stderrContains("pid ");
    started.child.kill("SIGTERM");
    const { code, stdout } = await started.result;
    expect(code).toBe(130);
    expect(JSON.parse(stdout).error.code).toBe("interrupted");
  }
});
