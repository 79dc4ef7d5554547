// The crate for Rust and the module for Zig: the plugin that test/sdk/native-helpers.test.ts has in other languages does
// the same made with them, in a real host, in a process that watches its memory, and on hosts of every version.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { changeConfig, offerArtifact, sendTaskEvent } from "../../src/plugins/native/plugin-entries.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { HOST_FUNCTIONS } from "../../src/protocol/host-functions.ts";
import { SDK_BUILD_MS_MAX } from "../helpers/build-sdk-fixtures.ts";
import { EXERCISE_ANSWERS } from "../helpers/exercise-answers.ts";
import { expectWholeManifest, NASTY_TEXTS, useChecked, useInHost } from "../helpers/exercise-plugin.ts";
import { FAR } from "../helpers/native-plugins.ts";
import { zigEnvironment } from "../helpers/zig.ts";

const ROOT = join(import.meta.dirname, "../..");

const ZIG = zigEnvironment();
/** Where there is no Zig, test/e2e/projects.test.ts holds that people are told how to get it. */
const LANGUAGES = ZIG === undefined ? (["rust"] as const) : (["rust", "zig"] as const);
const VERSIONS = [1, 2, 3, 4, 5, 6] as const;
const CELLS = VERSIONS.flatMap((version) => LANGUAGES.map((language) => ({ version, language })));

async function make(...goals: readonly string[]): Promise<string> {
  const args = ["-s", "-C", join(ROOT, "test/fixtures/sdk/exercise"), ...goals];
  return (await promisify(execFile)("make", args, { env: ZIG ?? process.env })).stdout;
}

beforeAll(async () => {
  await make(...LANGUAGES);
}, SDK_BUILD_MS_MAX);

test.each(LANGUAGES)("%s: the helper writes the whole manifest", expectWholeManifest);

test.each(LANGUAGES)("%s: every text comes back as it was, and so do numbers of 64 bits", async (language) => {
  const { call, plugin } = await useInHost(language);
  for (const text of [...NASTY_TEXTS, "a\0b"]) {
    const value = { [text.slice(0, 100)]: [text, -0.5, 1e300, true, null, {}, []] };
    const envelope = { ok: true, tool: "echo", result: { text, value }, summary: "echoed" };
    expect(await call("echo", { text, value })).toEqual(envelope);
  }
  const input = '{"text":"n","value":[9223372036854775807,-9223372036854775808,9007199254740993]}';
  const said = await plugin.call("invoke", ["tool", "echo", input], { ...FAR, agentId: DEFAULT_AGENT_ID });
  expect(said).toContain('"value":[9223372036854775807,-9223372036854775808,9007199254740993]');
});

test.each(LANGUAGES)("%s: a failure says its kind and why, and whether to try again", async (language) => {
  const { call } = await useInHost(language);
  const message = 'no "luck"';
  expect(await call("fails", { kind: "invalid_args" })).toMatchObject({ kind: "invalid_args", message, field: "kind" });
  for (const kind of ["timeout", "execution_error", "unavailable", "rejected", "user_denied"]) {
    const failure = { ok: false, kind, message, code: "unlucky", retryable: false };
    expect(await call("fails", { kind })).toMatchObject(failure);
  }
});

test("rust: a panic is a failure of that call, whatever it throws, and nothing else happens", async () => {
  const { call, plugin } = await useInHost("rust");
  const broke = { ok: false, kind: "execution_error" };
  expect(await call("breaks")).toMatchObject({ ...broke, message: 'the plugin panicked: it "broke"' });
  expect(await call("breaks", { how: "oddly" })).toMatchObject(broke);
  expect(await call("breaks", { how: "twice" })).toMatchObject(broke);
  expect(await call("breaks", { how: "error" })).toMatchObject({ ...broke, message: "invalid digit found in string" });
  expect(await call("echo", { text: "still there" })).toMatchObject({ ok: true });
  expect(plugin.state).toBe("loaded");
});

test.runIf(ZIG)(
  "zig: an error is a failure of that call, and a host that is asked on another thread refuses",
  async () => {
    const { call } = await useInHost("zig");
    expect(await call("breaks")).toMatchObject({ ok: false, kind: "execution_error", message: "ItBroke" });
    expect(await call("asks_elsewhere")).toMatchObject({ ok: true, result: { thread: "WrongThread" } });
  },
);

test.each(LANGUAGES)(
  "%s: routes get the request and answer; what goes wrong is told to the log only",
  async (language) => {
    const { ask, logs } = await useInHost(language);
    const request = { method: "POST", path: "/request/7", query: { a: "ü" }, headers: {}, body: '{"x":"\\u0000"}' };
    const answer = await ask("request", request);
    expect(answer).toMatchObject({ kind: "answer", status: 201, headers: [["content-type", "application/json"]] });
    expect(JSON.parse(String((answer as { body: string }).body))).toMatchObject(request);
    expect(await ask("bytes")).toMatchObject({ kind: "answer", body: Buffer.from("ff006180", "hex") });
    expect(await ask("no-such-route")).toMatchObject({ kind: "answer", status: 404 });
    const broken = await ask("broken");
    expect(broken).toMatchObject({ kind: "answer", status: 500 });
    expect(String((broken as { body: string }).body)).toBe('{"error":{"message":"the plugin failed"}}');
    expect(logs.join("\n")).toMatch(/it "broke"|ItBroke/);
  },
);

test.each(LANGUAGES)("%s: settings, events and artifacts are told, the probe is not", async (language) => {
  const { plugin, logs } = await useInHost(language);
  const agentId = DEFAULT_AGENT_ID;
  await changeConfig(plugin, { agentId, key: "color", value: "blü" });
  await sendTaskEvent(plugin, { agentId, taskId: "T", kind: "completed", json: '{"title":"a \\"task\\""}' });
  await offerArtifact(plugin, { agentId, json: '{"filename":"a.csv"}', deadlineMs: 10_000 });
  const task = expect.stringMatching(/^task T completed a "task"$/i);
  expect(logs).toEqual(["changed color to blü", task, "shown a.csv"]);
  await changeConfig(plugin, { agentId, key: "breaks", value: "" });
  expect(logs.join("\n")).toMatch(/it broke in a change|ItBrokeInAChange/);
  expect(plugin.state).toBe("loaded");
});

test.each(LANGUAGES)("%s: all host functions are asked and answered", async (language) => {
  const { call, logs } = await useInHost(language);
  const { result } = (await call("uses_host")) as { result?: Record<string, unknown> };
  expect(result).toEqual({ ...EXERCISE_ANSWERS, issue: "not_supported" });
  expect(logs).toEqual(["plain", 'structured {"n":1}']);
});

test.each(LANGUAGES)("%s: nothing leaks and nothing is released wrongly, whatever happens", async (language) => {
  const { runner, invoke, send } = await useChecked(language);
  expect(await invoke("streams", "{}")).toMatchObject({ result: { heard: "heard ab", went_well: false } });
  const message = expect.stringMatching(/it broke in a chunk|ItBrokeInAChunk/);
  expect(await invoke("streams", '{"breaks":true}')).toMatchObject({ ok: false, message });
  expect(await invoke("uses_host", "{}")).toMatchObject({ result: { models: "no_answer", exec: "told" } });
  expect(await invoke("echo", '{"text":"a"}')).toMatchObject({ ok: true });
  expect(await invoke("fails", '{"kind":"timeout"}')).toMatchObject({ ok: false });
  expect(await invoke("breaks", "{}")).toMatchObject({ ok: false });
  expect(await invoke("none", "{}")).toMatchObject({ ok: false, kind: "tool_not_found" });
  expect(await invoke("echo", "[1")).toMatchObject({ ok: false, kind: "invalid_args" });
  expect(await invoke("echo", '{"text":1,"text":2}')).toMatchObject({ ok: false, kind: "invalid_args" });
  expect(await invoke("echo", "[".repeat(100_000))).toMatchObject({ ok: false, kind: "invalid_args" });
  await send("route", ['{"route_id":"request"}']);
  await send("route", ["no JSON"]);
  await send("config", ["key", "value"]);
  const { process, outputTail } = await runner.stop();
  expect(outputTail).not.toMatch(/Sanitizer|SUMMARY/);
  expect(process).toMatchObject({ code: 0, signal: null });
});

test.each(CELLS)(
  "$language on a host of version $version: it asks for what is there, and crashes nowhere",
  async (cell) => {
    const { version, language } = cell;
    const { call, logs, plugin } = await useInHost(language, version);
    expect(await call("uses_host")).toMatchObject({
      ok: true,
      result: {
        set: version === 1 ? null : "käse",
        agent: version < 4 ? null : DEFAULT_AGENT_ID,
        exec: version === 1 ? "not_supported" : { changes: 0, last_insert_rowid: 0 },
        http: version === 1 ? "not_supported" : "ssrf_blocked",
        cancelled: version >= 3,
      },
    });
    const lines = version === 1 ? [] : ["plain", `structured${version < 5 ? "" : ' {"n":1}'}`];
    expect(logs).toEqual(lines);
    expect(plugin.state).toBe("loaded");
  },
);

test(
  "the crate's own tests pass, and the compiler refuses what must not be written",
  async () => {
    const said = await make("rust-units");
    expect(said.match(/test result: ok\. (\d+) passed/g)).toHaveLength(2);
  },
  SDK_BUILD_MS_MAX,
);

test.runIf(ZIG)("the module's own tests pass", () => make("zig-units"), SDK_BUILD_MS_MAX);

/** The names of host functions as the language writes them. */
const SPELLED = {
  "sdk/rust/src/host.rs": (name: string) => `pub fn ${name}(`,
  "sdk/zig/src/Host.zig": (name: string) => `pub fn ${camelCase(name)}(`,
  "sdk/swift/Sources/OsaurusPlugin/Host.swift": (name: string) => `public func ${camelCase(name)}(`,
} as const;

test.each(Object.entries(SPELLED))("%s has every function of the host", (path, spelled) => {
  const source = readFileSync(join(ROOT, path), "utf8");
  // Helpers release texts themselves.
  const names = Object.keys(HOST_FUNCTIONS).filter((name) => name !== "free_string");
  expect(names).toHaveLength(23);
  for (const name of names) expect(source).toContain(spelled(name));
});

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
