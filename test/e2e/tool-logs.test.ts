// `osaurus tools logs` as a user runs it, on logs that real plugins left behind.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { logEvents } from "../../src/plugins/native/log-events.ts";
import { openPluginLog } from "../../src/plugins/native/plugin-log.ts";
import type { LogRecord } from "../../src/protocol/plugin-log.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { FAR, nativeFixture, openPlugin } from "../helpers/native-plugins.ts";
import { runCli, type StartedCli, startCli } from "../helpers/run-cli.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());
const data = home.env["OSAURUS_HOME"]!;
const folder = join(data, "Logs");
const options = { env: home.env, program: "osaurus" } as const;
const logs = (...args: string[]) => runCli(["tools", "logs", ...args], options);

const hasTool = home.env["PATH"]!.split(":").some((one) => existsSync(join(one, "addr2line")));

/** Lets a fixture crash in a call, as the host does with an installed plugin. */
async function crash(fixture: string): Promise<string> {
  const pluginId = `test.${fixture}`;
  const log = openPluginLog({ folder, pluginId });
  const library = nativeFixture(fixture);
  const events = logEvents({ log, pluginId, library, version: () => "1.0.0", path: home.env["PATH"] });
  const crashed = Promise.withResolvers<void>();
  const onCrash: typeof events.onCrash = (...what) => {
    events.onCrash(...what);
    crashed.resolve();
  };
  const { plugin } = openPlugin(fixture, { events: { onLog: events.onLog, onOutput: events.onOutput, onCrash } });
  await plugin.call("invoke", ["tool", "misbehave", "{}"], FAR).catch(() => undefined);
  await crashed.promise;
  await log.close();
  return pluginId;
}

/** A log with these lines; gives the plugin's id. */
async function written(pluginId: string, ...lines: Omit<LogRecord, "time">[]): Promise<string> {
  const log = openPluginLog({ folder, pluginId });
  for (const line of lines) log.write(line);
  await log.close();
  return pluginId;
}

test("a crash is shown with its signal, the entry, the function where it was and the last lines", async () => {
  const { code, stdout, stderr } = await logs(await crash("crashes-deep-inside"));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("crash  test.crashes-deep-inside 1.0.0 crashed with SIGSEGV in invoke\n");
  expect(stdout).toContain("  signal: SIGSEGV\n  in: invoke\n  stack:\n");
  expect(stdout).toContain("    stderr about to add up\n");
  if (hasTool) expect(stdout).toMatch(/#0 write_the_total at crashes-deep-inside\.c:\d+ /);
});

test("with --json it is one list of the records, and --crashes leaves the others out", async () => {
  const id = await crash("aborts");
  const all = JSON.parse((await logs(id, "--json")).stdout) as LogRecord[];
  expect(all.map(({ kind }) => kind)).toEqual(["output", "crash"]);
  const crashes = JSON.parse((await logs(id, "--json", "--crashes")).stdout) as LogRecord[];
  expect(crashes).toEqual([all[1]]);
  expect(crashes[0]).toMatchObject({ signal: "SIGABRT", entry: "invoke", version: "1.0.0" });
});

test("what a terminal would obey never gets to it", async () => {
  const evil = "\u001b]0;owned\u0007\u001b[2J\u009b1m\r";
  const id = await written("test.evil", { kind: "log", level: "info", text: evil, payload: evil });
  for (const args of [[], ["--json"], ["--color", "never"]]) {
    const { code, stdout } = await logs(id, ...args);
    expect(code).toBe(0);
    expect(stdout).toContain("owned");
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
});

test("lines are chosen by number and by level", async () => {
  const levels = ["trace", "debug", "info", "warn", "error"] as const;
  const id = await written(
    "test.levels",
    ...levels.map((level) => ({ kind: "log", level, text: `a ${level}` }) as const),
  );
  const texts = async (...args: string[]) =>
    (JSON.parse((await logs(id, "--json", ...args)).stdout) as LogRecord[]).map(({ text }) => text);
  expect(await texts()).toHaveLength(5);
  expect(await texts("--lines", "2")).toEqual(["a warn", "a error"]);
  expect(await texts("--level", "warn")).toEqual(["a warn", "a error"]);
  expect(await texts("-n", "0")).toEqual([]);
});

test("an id that is neither installed nor in any log is unknown", async () => {
  for (const id of ["test.nowhere", "../Tools", ".hidden"]) {
    const { code, stdout, stderr } = await logs(id, "--json");
    expect(code).toBe(10);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "plugin_unknown" } });
    expect(stderr).toContain("is installed");
  }
});

test("an installed plugin without a line is no failure", async () => {
  installFixture(data, "echoes");
  const { code, stdout, stderr } = await logs("test.echoes");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(stderr).toContain("no lines yet");
  expect(await logs("test.echoes", "--json")).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
});

test("a number or a level that is none is refused", async () => {
  for (const args of [
    ["--lines", "-1"],
    ["--lines", "many"],
    ["--lines", "1000001"],
    ["--level", "loud"],
  ]) {
    const { code, stderr } = await logs("test.echoes", ...args);
    expect(code, stderr).toBe(2);
  }
});

test("a log that is no file of its own is not read", async () => {
  mkdirSync(join(folder, "test.locked"), { recursive: true });
  writeFileSync(join(home.path, "other"), "{}\n");
  symlinkSync(join(home.path, "other"), join(folder, "test.locked", "log.jsonl"));
  const { code, stderr } = await logs("test.locked");
  expect(code).toBe(20);
  expect(stderr).toContain("[file_unreadable]");
});

/** Follows a log; what was printed so far. */
function follow(id: string, ...args: string[]): { cli: StartedCli; text(): string } {
  const cli = startCli(["tools", "logs", id, "--follow", ...args], options);
  let text = "";
  cli.child.stdout!.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  onTestFinished(async () => {
    cli.child.kill("SIGKILL");
    await cli.result;
  });
  return { cli, text: () => text };
}

test("following goes on across files that are put aside, until Ctrl-C", async () => {
  const log = openPluginLog({ folder, pluginId: "test.followed", bytesMax: 2_000 });
  log.write({ kind: "log", level: "info", text: "before" });
  await log.flush();
  const { cli, text } = follow("test.followed", "--json");
  await vi.waitFor(() => expect(text()).toContain("before"), { timeout: 20_000 });
  const wanted = ["before"];
  for (let i = 0; i < 60; i++) {
    wanted.push(`line ${i}`);
    log.write({ kind: "log", level: "info", text: `line ${i}` });
    log.flushSync();
    if (i % 15 === 14) await vi.waitFor(() => expect(text()).toContain(`line ${i}"`), { timeout: 20_000 });
  }
  await log.close();
  expect(existsSync(join(folder, "test.followed", "log.1.jsonl"))).toBe(true);
  cli.child.kill("SIGINT");
  const { code, stdout, stderr } = await cli.result;
  expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
  const got = stdout
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as LogRecord).text);
  expect(got).toEqual(wanted);
});

test("following waits for the first line of a plugin", async () => {
  installFixture(data, "streams");
  const { cli, text } = follow("test.streams");
  const log = openPluginLog({ folder, pluginId: "test.streams" });
  log.write({ kind: "output", stream: "stdout", text: "the first" });
  await log.close();
  await vi.waitFor(() => expect(text()).toMatch(/Z stdout the first\n/), { timeout: 20_000 });
  cli.child.kill("SIGINT");
  expect((await cli.result).code).toBe(130);
});

test("following ends when nobody reads any more", async () => {
  const log = openPluginLog({ folder, pluginId: "test.unread" });
  log.write({ kind: "log", text: "one" });
  await log.flush();
  const bin = join(import.meta.dirname, "../../bin/osaurus");
  const child = spawn(bin, ["tools", "logs", "test.unread", "-f"], {
    env: home.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  child.stdout.destroy();
  // Each line is a chance to notice.
  const writing = setInterval(() => {
    log.write({ kind: "log", text: "more" });
    log.flushSync();
  }, 50);
  expect(await exited.finally(() => clearInterval(writing))).toEqual([0, null]);
  await log.close();
});
