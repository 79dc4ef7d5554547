// One call of a tool through the real program: what is checked, who consents, and what reaches the plugin.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { type CliResult, runCli, startCli } from "../helpers/run-cli.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const OSAURUS = join(import.meta.dirname, "../../bin/osaurus");
const TERMINAL = join(import.meta.dirname, "../fixtures/terminal/answers-questions.py");

const home = makeTempHome();
afterAll(() => home.remove());

/** The environment of somebody else, who has the fixture installed. */
function newcomer(): Record<string, string> {
  const data = mkdtempSync(join(home.path, "data-"));
  installFixture(data, "echoes-input", { consent: ["calendar", "network"] });
  return { ...home.env, OSAURUS_HOME: data };
}

const ID = "test.echoes-input";

interface Options {
  readonly env?: Record<string, string>;
  readonly args?: string;
  readonly input?: string;
}

const call = (tool: string, more: readonly string[] = [], { env = newcomer(), args = "{}", input }: Options = {}) =>
  runCli(["tools", "call", ID, tool, "--json", "--args", args, ...more], {
    program: "osaurus",
    env,
    ...(input === undefined ? {} : { input }),
  });

function envelope(result: CliResult): Record<string, unknown> {
  return JSON.parse(result.stdout);
}

test("arguments reach the plugin as they were typed", async () => {
  const args = '{ "n":1 ,"list":[1.0, 12345678901234567890] }';
  const result = await call("checked", [], { args });
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(result.stdout).toContain('"result":{"n":1,"list":[1.0,12345678901234567890]}');
});

test("arguments that the schema does not allow exit 1 with the member's name, and the tool is not run", async () => {
  const result = await call("checked", [], { args: '{"list":[]}' });
  expect(result.code).toBe(1);
  expect(envelope(result)).toEqual({
    ok: false,
    tool: "checked",
    kind: "invalid_args",
    message: "Missing required property: n",
    field: "n",
    retryable: true,
  });
  expect(result.stderr).toBe("error: Missing required property: n [invalid_args]\n");
});

test("nobody is asked about arguments that are wrong", async () => {
  const result = await call("checked-asks", [], { args: '{"n":"x"}' });
  expect(envelope(result)).toMatchObject({ kind: "invalid_args", field: "n" });
  expect(result.stderr).not.toContain("approvals");
});

test("a list in a text becomes the list", async () => {
  const result = await call("checked", [], { args: '{"n":1,"list":"[1.0]"}' });
  expect(result.stdout).toContain('"result":{"n":1,"list":[1.0]}');
});

test("a pattern that never comes to an end is the end of the check, not of the program", async () => {
  const result = await call("slow-pattern", [], { args: JSON.stringify({ s: `${"a".repeat(60)}!` }) });
  expect(result.code).toBe(1);
  expect(envelope(result)).toMatchObject({ kind: "invalid_args", message: expect.stringContaining("too long") });
});

test("a schema that cannot be used is said to be so, and the tool runs", async () => {
  const result = await call("broken-schema", [], { args: '{"s":1}' });
  expect(result.code).toBe(0);
  expect(result.stderr).toContain('the schema of the tool "broken-schema" cannot be used');
});

test("what this system can never grant makes a tool unavailable", async () => {
  if (process.platform === "darwin") return;
  const result = await call("calendar", ["--yes"]);
  expect(result.code).toBe(1);
  expect(envelope(result)).toMatchObject({ kind: "unavailable", retryable: false });
});

test("a denied tool stays denied, whatever the caller consents to", async () => {
  for (const more of [[], ["--yes"]]) {
    const result = await call("denied", more);
    expect(result.code).toBe(20);
    expect(envelope(result)).toMatchObject({ ok: false, kind: "rejected", code: "tool_denied", retryable: false });
    expect(result.stderr).toContain("permission denied: denied");
  }
});

test("where nobody can be asked, a tool that asks exits 20 and names what would allow it; --yes does", async () => {
  const env = newcomer();
  const refused = await call("asks", ["--approval-timeout", "0"], { env });
  expect(refused.code).toBe(20);
  expect(envelope(refused)).toMatchObject({ kind: "rejected", code: "approval_missing", retryable: false });
  expect(refused.stderr).toContain("--yes");
  expect(refused.stderr).toContain("osaurus approvals allow");
  expect(await call("asks", ["--yes"], { env })).toMatchObject({ code: 0 });
  // A consent in advance is one for that call.
  expect(await call("asks", ["--approval-timeout", "0"], { env })).toMatchObject({ code: 20 });
});

test("a library that is named is run without being installed, and its tools ask like any others", async () => {
  const library = nativeFixture("echoes-input");
  const run = (tool: string, ...more: string[]) =>
    runCli(["tools", "call", "--library", library, tool, "--json", ...more], { program: "osaurus", env: home.env });
  expect(await run("free")).toMatchObject({ code: 0 });
  expect(await run("asks", "--approval-timeout", "0")).toMatchObject({ code: 20 });
  expect(await run("asks", "--yes")).toMatchObject({ code: 0 });
});

test("a call that waits says how it is answered, and runs once it was allowed from another terminal", async () => {
  const env = newcomer();
  const waiting = startCli(["tools", "call", ID, "asks", "--json", "--args", '{"a":1}', "--approval-timeout", "60"], {
    program: "osaurus",
    env,
  });
  await waiting.stderrContains("osaurus approvals deny ");
  const approvals = await runCli(["approvals", "list", "--json"], { program: "osaurus", env });
  const [{ id }] = JSON.parse(approvals.stdout) as [{ id: string }];
  await runCli(["approvals", "allow", id, "--once"], { program: "osaurus", env });
  const result = await waiting.result;
  expect(result).toMatchObject({ code: 0, stdout: '{"ok":true,"tool":"asks","result":{"a":1}}\n' });
  expect(result.stderr).toContain(`osaurus approvals allow ${id}`);
});

test("a call that was refused from another terminal says so, and exits 20", async () => {
  const env = newcomer();
  const waiting = startCli(["tools", "call", ID, "asks", "--json", "--approval-timeout", "60"], {
    program: "osaurus",
    env,
  });
  await waiting.stderrContains("osaurus approvals deny ");
  const [{ id }] = JSON.parse((await runCli(["approvals", "list", "--json"], { program: "osaurus", env })).stdout);
  await runCli(["approvals", "deny", id], { program: "osaurus", env });
  const result = await waiting.result;
  expect(result.code).toBe(20);
  expect(envelope(result)).toMatchObject({ kind: "user_denied", code: "approval_denied", retryable: false });
  // Refused for good: neither asked again nor overruled by a consent in advance.
  expect(envelope(await call("asks", ["--yes"], { env }))).toMatchObject({ kind: "rejected", code: "tool_denied" });
});

test("--timeout ends the waiting for consent, and so does Ctrl-C", async () => {
  const late = await call("asks", ["--timeout", "3", "--approval-timeout", "60"]);
  expect(late.code).toBe(20);
  expect(envelope(late)).toMatchObject({ code: "approval_missing" });
  const waiting = startCli(["tools", "call", ID, "asks", "--approval-timeout", "60"], {
    program: "osaurus",
    env: newcomer(),
  });
  await waiting.stderrContains("osaurus approvals deny ");
  waiting.child.kill("SIGINT");
  expect((await waiting.result).code).toBe(130);
});

test("what was decided for good holds for later calls, and for every name of the tool", async () => {
  const env = newcomer();
  const set = (policy: string) => runCli(["permissions", "set", `${ID}/asks`, policy], { program: "osaurus", env });
  expect(await set("auto")).toMatchObject({ code: 0 });
  for (const name of ["asks", "test_echoes-input__asks", `${ID}/asks`]) {
    expect(await call(name, ["--approval-timeout", "0"], { env })).toMatchObject({ code: 0 });
  }
  await set("deny");
  expect(await call("asks", ["--yes"], { env })).toMatchObject({ code: 20 });
});

test("the plugin gets its secrets, those of the calling agent, and a caller cannot make them up", async () => {
  const env = newcomer();
  const other = "22222222-2222-2222-2222-222222222222";
  const faked = '{"_secrets":{"token":"mine"},"\\u005fcontext":{"working_directory":"/"},"a":1}';
  expect((await call("free", [], { env, args: faked })).stdout).toBe('{"ok":true,"tool":"free","result":{"a":1}}\n');
  await call("keep", [], { env, args: '{"a":"token","b":"s3cret"}' });
  const result = await call("free", [], { env, args: faked });
  expect(result.stdout).toBe('{"ok":true,"tool":"free","result":{"a":1,"_secrets":{"token":"s3cret"}}}\n');
  // Added behind the check: a schema that knows no such member does not refuse it.
  expect((await call("checked", [], { env, args: '{"n":1}' })).stdout).toContain('{"n":1,"_secrets":{');
  const theirs = await call("free", ["--agent", other], { env });
  expect(theirs.stdout).toBe('{"ok":true,"tool":"free","result":{}}\n');
});

test("arguments of 50 MB pass, and one byte more is refused as too large", async () => {
  const fits = `{"a":"${"x".repeat(50_000_000 - 8)}"}`;
  const passed = await runCli(["tools", "call", "--library", nativeFixture("echoes"), "echo", "--args", "-"], {
    program: "osaurus",
    env: home.env,
    input: fits,
  });
  expect(passed.code).toBe(0);
  expect(passed.stdout.length).toBe(fits.length + 1);
  const refused = await call("free", [], { args: "-", input: `${fits} ` });
  expect(refused.code).toBe(2);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "input_too_large" } });
});

test("arguments may come with a byte order mark, as files do", async () => {
  const result = await call("free", [], { args: "-", input: '\ufeff{"a":1}' });
  expect(result).toMatchObject({ code: 0, stdout: '{"ok":true,"tool":"free","result":{"a":1}}\n' });
});

test.each([["-1"], ["soon"], ["86401"], ["1e3"]])("%s is no time to wait for consent", async (text) => {
  const result = await call("free", [`--approval-timeout=${text}`]);
  expect(result.code).toBe(2);
  expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: "usage_invalid" } });
});

test("at a terminal the question is put there, and the answer is remembered where that is said", async () => {
  const env = newcomer();
  const atTerminal = async (answers: string) => {
    const args = [TERMINAL, OSAURUS, "tools", "call", ID, "asks", "--args", '{"n":1}'];
    const child = spawn("python3", args, {
      env: { ...env, QUESTION: "may it run?", ANSWERS: answers },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let screen = "";
    child.stdout.on("data", (chunk: Buffer) => {
      screen += chunk;
    });
    const [code] = await once(child, "close");
    return { code, screen };
  };
  const refused = await atTerminal("d");
  expect(refused.code).toBe(20);
  expect(refused.screen).toContain(ID);
  expect(refused.screen).toContain('{"n":1}');
  expect(refused.screen).toContain("approval_denied");
  expect((await atTerminal("y")).code).toBe(0);
  // Nobody is asked again, and no terminal is needed.
  expect(envelope(await call("asks", [], { env }))).toMatchObject({ ok: true });
});
