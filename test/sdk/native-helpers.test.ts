// The helpers for native plugins in C, C++ and Go: one plugin made with each of them does the same in a real host, in a
// process that watches its memory, and on hosts of every version.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { changeConfig, offerArtifact, sendTaskEvent } from "../../src/plugins/native/plugin-entries.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { buildSdkFixtures, SDK_BUILD_MS_MAX, sdkPlugin, sdkProgram } from "../helpers/build-sdk-fixtures.ts";
import { EXERCISE_ANSWERS } from "../helpers/exercise-answers.ts";
import { expectWholeManifest, FINDS_LEAKS, NASTY_TEXTS, useChecked, useInHost } from "../helpers/exercise-plugin.ts";

const CHECKED = FINDS_LEAKS ? { ASAN_OPTIONS: "detect_leaks=1" } : {};

/** A program in C that watches its memory cannot throw what a library in C++ throws, unless it has that from its start. */
function preloadFor(language: string): Record<string, string> {
  if (language !== "cpp" || !FINDS_LEAKS) return {};
  return { LD_PRELOAD: readFileSync(sdkProgram("preload"), "utf8").trim() };
}

const LANGUAGES = ["c", "cpp", "go"] as const;
/** Those that have something like an exception. */
const THROWING = ["cpp", "go"] as const;
const VERSIONS = [1, 2, 3, 4, 5, 6] as const;

beforeAll(() => buildSdkFixtures("plugins"), SDK_BUILD_MS_MAX);

test.each(LANGUAGES)("%s: the helper writes the whole manifest", expectWholeManifest);

test.each(LANGUAGES)("%s: every text comes back as it was", async (language) => {
  const { call } = await useInHost(language);
  for (const text of NASTY_TEXTS) {
    const value = { [text.slice(0, 100)]: [text, -0.5, 9007199254740993n, true, null].map(unlessBig) };
    expect(await call("echo", { text, value })).toEqual({
      ok: true,
      tool: "echo",
      result: { text, value },
      summary: "echoed",
    });
  }
  // A text in C ends at a NUL: what is behind it is not lost.
  const { result } = (await call("echo", { text: "a\0b", value: "a\0b" })) as { result?: unknown };
  expect(result).toEqual({ text: language === "c" ? "a\uFFFDb" : "a\0b", value: "a\0b" });
});

function unlessBig(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

test.each(LANGUAGES)("%s: a failure says its kind, its field and why", async (language) => {
  const { call } = await useInHost(language);
  for (const kind of ["invalid_args", "timeout", "execution_error", "unavailable", "rejected", "user_denied"]) {
    const message = language === "go" ? expect.stringContaining('no "luck"') : 'no "luck"';
    expect(await call("fails", { kind })).toMatchObject({ ok: false, kind, message, field: "kind" });
  }
});

test("C: a result that was not finished is a failure, not a broken answer", async () => {
  const { call, plugin } = await useInHost("c");
  const message = "the result of the tool is no JSON, or there was no memory for it";
  expect(await call("breaks")).toMatchObject({ ok: false, kind: "execution_error", message });
  expect(plugin.state).toBe("loaded");
});

test("C: a part without its function or with wrong JSON is named when the host asks for the manifest", () => {
  const { status, stdout, stderr } = spawnSync(sdkProgram("incomplete"), { env: CHECKED, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const said = stdout.trim().replaceAll("there is no manifest: ", "").split("\n");
  expect(said).toEqual([
    "a manifest",
    'tool "idle": it has no function to run',
    'tool "vague": its parameters are no JSON',
    'tool "needy": its requirements are no JSON',
    'tool "": it has no id',
    "a manifest",
    'route "idle": it has no function to serve it',
    'route "lost": it has no method or no path',
    "its capabilities or members are no JSON object",
  ]);
});

test.each(THROWING)("%s: what a tool throws is a failure of that call, and nothing else happens", async (language) => {
  const { call, crashes } = await useInHost(language);
  for (const oddly of [false, true]) {
    expect(await call("breaks", { oddly })).toMatchObject({ ok: false, kind: "execution_error" });
  }
  expect(await call("echo", { text: "still there" })).toMatchObject({ ok: true });
  expect(crashes).toEqual([]);
});

test("C++ works without exceptions", async () => {
  const { call } = await useInHost("cpp-plain");
  expect(await call("echo", { text: "plain" })).toEqual({ ok: true, tool: "echo", result: "plain" });
  expect(await call("echo")).toMatchObject({ ok: false, message: "there is no text" });
});

test.each(LANGUAGES)("%s: routes get the request and answer with a document", async (language) => {
  const { ask } = await useInHost(language);
  const request = { method: "POST", path: "/request/7", query: { a: "ü" }, headers: {}, body: '{"x":"\\u0000"}' };
  const answer = await ask("request", request);
  expect(answer).toMatchObject({ kind: "answer", status: 201, headers: [["content-type", "application/json"]] });
  expect(JSON.parse(String((answer as { body: string }).body))).toMatchObject(request);
  expect(await ask("broken")).toMatchObject({ kind: "answer", status: 500 });
  expect(await ask("no-such-route")).toMatchObject({ kind: "answer", status: 404 });
});

test.each(THROWING)("%s: a body that is no text arrives byte for byte", async (language) => {
  const { ask } = await useInHost(language);
  expect(await ask("bytes")).toMatchObject({ kind: "answer", body: Buffer.from("ff006180", "hex") });
});

test.each(LANGUAGES)(
  "%s: changes of settings, events of tasks and artifacts are told, the probe is not",
  async (language) => {
    const { plugin, logs } = await useInHost(language);
    const agentId = DEFAULT_AGENT_ID;
    await changeConfig(plugin, { agentId, key: "color", value: "blü" });
    await sendTaskEvent(plugin, { agentId, taskId: "T", kind: "completed", json: '{"title":"a \\"task\\""}' });
    await offerArtifact(plugin, { agentId, json: '{"filename":"a.csv"}', deadlineMs: 10_000 });
    expect(logs).toEqual(["changed color to blü", 'task T 4 a "task"', "shown a.csv"]);
  },
);

test.each(THROWING)("%s: what is thrown where nobody is answered is a line of the log", async (language) => {
  const { plugin, logs } = await useInHost(language);
  await changeConfig(plugin, { agentId: DEFAULT_AGENT_ID, key: "breaks", value: "" });
  expect(logs).toEqual(["changed breaks to ", expect.stringContaining("it broke in a change")]);
  expect(plugin.state).toBe("loaded");
});

test.each(LANGUAGES)("%s: all host functions are asked and answered", async (language) => {
  const { call, logs } = await useInHost(language);
  const { result } = (await call("uses_host")) as { result?: Record<string, unknown> };
  expect(result).toEqual(EXERCISE_ANSWERS);
  expect(logs).toEqual(["plain", 'structured {"n":1}']);
});

test("Go: a goroutine of its own, or a host that was kept, cannot ask for an agent", async () => {
  const { call } = await useInHost("go");
  expect(await call("asks_elsewhere")).toMatchObject({
    result: { before: "nothing", goroutine: "context_unavailable" },
  });
  expect(await call("asks_elsewhere")).toMatchObject({
    result: { before: "context_unavailable", goroutine: "context_unavailable" },
  });
});

test.each(LANGUAGES)("%s: nothing leaks and nothing is released wrongly, whatever happens", async (language) => {
  const { runner, invoke, send } = await useChecked(language, preloadFor(language));
  expect(await invoke("streams", "{}")).toMatchObject({ result: { heard: "heard ab", went_well: false } });
  if (language !== "c") {
    const message = expect.stringContaining("it broke in a chunk");
    expect(await invoke("streams", '{"breaks":true}')).toMatchObject({ ok: false, message });
  }
  expect(await invoke("uses_host", "{}")).toMatchObject({ result: { models: "no_answer", exec: "told" } });
  expect(await invoke("echo", '{"text":"a"}')).toMatchObject({ ok: true });
  expect(await invoke("fails", '{"kind":"timeout"}')).toMatchObject({ ok: false });
  expect(await invoke("breaks", "{}")).toMatchObject({ ok: false });
  expect(await invoke("none", "{}")).toMatchObject({ ok: false, kind: "tool_not_found" });
  expect(await invoke("echo", "[1")).toMatchObject({ ok: false, kind: "invalid_args" });
  await send("route", ['{"route_id":"request"}']);
  await send("route", ["no JSON"]);
  await send("config", ["key", "value"]);
  const { process, outputTail } = await runner.stop();
  expect(outputTail).toBe("");
  expect(process).toMatchObject({ code: 0, signal: null });
});

/** Runs a tool in a host of that version, whose table ends where that of its version ended. */
function useSmallHost(name: string, version: number) {
  const args = [sdkPlugin(`exercise-${name}`), `${version}`, "uses_host", "{}"];
  const { status, signal, stdout, stderr } = spawnSync(sdkProgram("small-host"), args, {
    env: CHECKED,
    encoding: "utf8",
  });
  const [manifest, answer, counts] = stdout.split("\n").filter((line) => line !== "");
  return {
    ended: status ?? signal,
    id: manifest && JSON.parse(manifest).plugin_id,
    result: answer && JSON.parse(answer).result,
    counts: counts && JSON.parse(counts),
    stderr,
  };
}

const CELLS = VERSIONS.flatMap((version) => LANGUAGES.map((language) => ({ version, language })));

test.each(CELLS)("$language on a host of version $version: it asks for what is there, and releases it", (cell) => {
  const { version, language } = cell;
  const { ended, id, result, counts, stderr } = useSmallHost(language, version);
  const given = version === 1 ? 0 : version < 4 ? 13 : 14;
  expect(ended).toBe(0);
  expect(id).toBe("test.exercise");
  expect(counts).toEqual({ given, released: version < 6 ? 0 : given });
  expect(result).toMatchObject({
    set: version === 1 ? null : "käse",
    agent: version < 4 ? null : "A",
    exec: version === 1 ? "not_supported" : { n: 9007199254740992 },
    models: version === 1 ? "not_supported" : "no_answer",
    http: version === 1 ? "not_supported" : "not_found",
    cancelled: version >= 3,
  });
  const lines = version === 1 ? [] : ["log 3 plain", `log 3 structured${version < 5 ? "" : ' {"n":1}'}`];
  expect(stderr.split("\n").filter((line) => line !== "")).toEqual(lines);
});

test("helpers that look at versions wrongly do not pass that", () => {
  expect(useSmallHost("c-careless", 3).ended).not.toBe(0);
  expect(useSmallHost("c-careless", 6).counts).toEqual({ given: 14, released: 0 });
});
