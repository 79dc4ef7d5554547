// The test kit: plugins in a real host, with models, network and clock of the test's own. What a kit finds wrong is there to
// be found: each check is tried with a plugin that does it, and with one that does nothing wrong.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import {
  HTTP_REQUESTS_MAX,
  HTTP_WINDOW_MS,
  ROUTE_BURST_MAX,
  ROUTE_BURST_MS,
  TASK_DISPATCH_WINDOW_MS,
  TASK_DISPATCHES_MAX,
} from "../../src/protocol/limits.ts";
import { abiMatrix, type OpenPluginOptions, openPlugin } from "../../src/testkit/index.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { mountSmallDisk } from "../helpers/small-disk.ts";
import { tempDir } from "../helpers/temp-dir.ts";

/** Where kits make their homes, so that it is seen what they leave. */
let scratch: string;
const TMPDIR = process.env["TMPDIR"];

const homes = () => readdirSync(scratch).filter((name) => name.startsWith("osprey-testkit-"));

beforeEach(() => {
  scratch = tempDir();
  process.env["TMPDIR"] = scratch;
});
afterEach(() => {
  if (TMPDIR === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = TMPDIR;
  expect(homes(), "what a kit left").toEqual([]);
});

const open = (fixture: string, options: OpenPluginOptions = {}) =>
  openPlugin({ library: nativeFixture(fixture), ...options });

const NOTHING_WRONG = { leaks: [], wrongReleases: [], foreignCalls: [], crashes: [], warnings: [] };

test("a tool is called in a real host: its answer, what it asked and what it logged in that call are there", async () => {
  await using kit = await open("greets", { config: { greeting: "Ahoy" } });
  expect([kit.pluginId, kit.abi, kit.manifest.capabilities.tools[0].id]).toEqual(["test.greets", 6, "hello"]);
  const first = await kit.call("hello", { name: "Ada" });
  expect(first.envelope).toEqual({ ok: true, tool: "hello", result: { text: "Ahoy, Ada!" } });
  expect(first.hostCalls).toEqual([
    {
      name: "config_get",
      args: ["greeting"],
      request: undefined,
      answer: "Ahoy",
      chunks: [],
      agent: DEFAULT_AGENT_ID,
      inContext: true,
    },
  ]);
  expect(first.logs).toEqual([{ level: "debug", message: "greeted", payload: null, agent: DEFAULT_AGENT_ID }]);
  await kit.call("hello");
  expect([kit.hostCalls.length, kit.logs.length]).toEqual([2, 2]);
  kit.forgetSeen();
  expect([kit.hostCalls, kit.logs]).toEqual([[], []]);
  expect(await kit.report()).toEqual(NOTHING_WRONG);
});

test("what the plugin does not offer, and a call that somebody refuses, is as in every host", async () => {
  await using kit = await open("greets");
  await expect(kit.call("goodbye")).rejects.toMatchObject({ code: "tool_unknown" });
  const refused = await kit.call("hello", {}, { consent: "denied" });
  expect(refused.envelope).toMatchObject({ ok: false, kind: "user_denied" });
  expect((await kit.call("hello", { name: 1 })).envelope).toMatchObject({ ok: false, kind: "invalid_args" });
  expect(refused.hostCalls).toEqual([]);
});

test("settings are stored for an agent and told to the plugin before the call returns", async () => {
  await using kit = await open("greets", { agents: ["Ben"] });
  await kit.setConfig("greeting", "Moin");
  await kit.setConfig("greeting", "Servus", { agent: "Ben" });
  const told = kit.configChanges.map(({ key, value, agent }) => [key, value, agent]);
  expect(told).toEqual([
    ["greeting", "Moin", DEFAULT_AGENT_ID],
    ["greeting", "Servus", await kit.agentId("Ben")],
  ]);
  expect((await kit.call("hello")).envelope).toMatchObject({ result: { text: "Moin, world!" } });
  expect((await kit.call("hello", {}, { agent: "Ben" })).envelope).toMatchObject({
    result: { text: "Servus, world!" },
  });
  expect(await kit.storedConfig("greeting", { agent: "Ben" })).toBe("Servus");
  await kit.setConfig("greeting", null);
  expect(await kit.storedConfig("greeting")).toBeUndefined();
  await kit.configChanged("greeting", "Huhu");
  expect(kit.configChanges.at(-1)).toMatchObject({ key: "greeting", value: "Huhu" });
  expect(await kit.storedConfig("greeting")).toBeUndefined();
});

test("what the plugin itself stores can be looked at", async () => {
  await using kit = await open("keeps-settings");
  await kit.call("set", { a: "key", b: "kept" });
  expect(await kit.storedConfig("key")).toBe("kept");
});

const EXCHANGE = {
  request: { method: "POST", url: "https://api.example.com/v1/notes" },
  response: { status: 201, headers: { "Content-Type": "text/plain" }, body: "grüße" },
};
const fetched = (url: string, more = {}) => ({ request: { method: "POST", url, ...more } });

test("requests over HTTP are answered as recorded, and those that are not fail with their names", async () => {
  const second = { ...EXCHANGE, response: { status: 409, body: "", body_encoding: "utf8" as const } };
  await using kit = await open("fetches", { http: [EXCHANGE, second] });
  const fetch = async (request: object) => JSON.parse((await kit.call("fetch", request as never)).answer!);
  expect(await fetch(fetched(EXCHANGE.request.url))).toMatchObject({ status: 201, body: "grüße" });
  expect(await fetch(fetched(EXCHANGE.request.url))).toMatchObject({ status: 409, body: "" });
  expect(await fetch(fetched(EXCHANGE.request.url))).toMatchObject({ status: 409 });
  const missed = await fetch(fetched("https://other.example.com/"));
  expect(missed).toMatchObject({
    error: "network_error",
    message: "no answer is recorded for POST https://other.example.com/.",
  });
  expect(kit.http.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    ...Array.from({ length: 3 }, () => "POST https://api.example.com/v1/notes"),
    "POST https://other.example.com/",
  ]);
  expect((await kit.report()).warnings).toEqual(["no answer is recorded for POST https://other.example.com/"]);
});

test("what the host refuses before the network is refused, whatever is recorded", async () => {
  const local = { ...EXCHANGE, request: { method: "POST", url: "http://127.0.0.1:9/" } };
  await using kit = await open("fetches", { http: [local] });
  const { answer } = await kit.call("fetch", fetched("http://127.0.0.1:9/"));
  expect(JSON.parse(answer!)).toMatchObject({ error: "ssrf_blocked" });
  expect(kit.http.requests).toEqual([]);
});

test("the limit of requests goes by the clock of the test: at the limit, one past it, and when the time is over", async () => {
  await using kit = await open("fetches", { http: [EXCHANGE], now: "2026-01-31T12:00:00Z" });
  const fetch = async () => JSON.parse((await kit.call("fetch", fetched(EXCHANGE.request.url))).answer!);
  for (let done = 0; done < HTTP_REQUESTS_MAX; done++) expect(await fetch()).toMatchObject({ status: 201 });
  expect(await fetch()).toMatchObject({ error: "rate_limit_exceeded", retry_after_ms: HTTP_WINDOW_MS });
  kit.clock.advance(HTTP_WINDOW_MS - 1);
  expect(await fetch()).toMatchObject({ error: "rate_limit_exceeded", retry_after_ms: 1 });
  kit.clock.advance(1);
  expect(await fetch()).toMatchObject({ status: 201 });
  expect(new Date(kit.clock.now()).toISOString()).toBe("2026-01-31T12:01:00.000Z");
});

test("a recording has what the server said, without what signs anybody in, and answers like the server", async () => {
  const server = createServer((request, response) => {
    response.setHeader("set-cookie", "session=1").setHeader("x-kind", "real");
    response.end(`hello ${request.headers.authorization}`);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((done) => server.once("listening", done));
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = join(tempDir(), "recorded.json");
  const url = `http://${place}/notes?key=s3cr3t-key`;
  const request = { request: { method: "GET", url, headers: { Authorization: "Bearer s3cr3t-key" } } };
  const config = { api_key: "s3cr3t-key" };
  const ask = async (http: NonNullable<OpenPluginOptions["http"]>) => {
    await using kit = await open("fetches", { http, config, reaches: [place] });
    return JSON.parse((await kit.call("fetch", request)).answer!);
  };
  const real = await ask({ record: file });
  expect(real).toMatchObject({ status: 200, body: "hello Bearer s3cr3t-key" });
  const text = readFileSync(file, "utf8");
  expect(text).not.toContain("s3cr3t-key");
  expect(text).not.toContain("session=1");
  expect(JSON.parse(text)).toMatchObject([{ response: { status: 200, headers: { "x-kind": "real" } } }]);
  server.close();
  const replay = await ask(file);
  expect(replay).toMatchObject({ status: 200, headers: { "x-kind": "real" } });
});

test("a file of exchanges that cannot be used is refused with the path of the member", async () => {
  const file = join(tempDir(), "recorded.json");
  writeFileSync(file, JSON.stringify([{ ...EXCHANGE, response: { status: "ok" } }]));
  await expect(open("fetches", { http: file })).rejects.toMatchObject({
    code: "test_invalid",
    message: expect.stringContaining("[0].response.status"),
  });
  await expect(open("fetches", { http: join(file, "none") })).rejects.toMatchObject({ code: "test_invalid" });
});

test("a task runs with the model of the test, and the plugin's events are there", async () => {
  const model = { turns: [{ text: "All is done." }] };
  await using kit = await open("dispatches", { model });
  const { envelope } = await kit.call("dispatch", { request: { prompt: "Work" } });
  expect(envelope).toMatchObject({ ok: true, result: { status: "running" } });
  await kit.tasks.idle();
  const [task] = await kit.tasks.list();
  expect(task).toMatchObject({ status: "completed", output: "All is done." });
  const kinds = kit.events.map(({ kind }) => kind);
  expect([kinds[0], kinds.at(-1)]).toEqual(["started", "completed"]);
  expect(kit.events[0]).toMatchObject({ taskId: task!.id, agent: DEFAULT_AGENT_ID });
  expect(await kit.report()).toMatchObject({ leaks: [], foreignCalls: [], crashes: [] });
});

test("how often a plugin may dispatch goes by the clock of the test", async () => {
  await using kit = await open("dispatches", { model: { turns: [{ text: "done" }] }, now: 0 });
  const request = { prompt: "Work", session_key: "one" };
  const { envelope } = await kit.call("many", { request, times: String(TASK_DISPATCHES_MAX + 1) });
  if (!envelope.ok) throw new Error(envelope.message);
  const refused = envelope.result.filter((one: { error?: string }) => one.error === "rate_limit_exceeded");
  expect(refused).toHaveLength(1);
  kit.clock.advance(TASK_DISPATCH_WINDOW_MS);
  expect((await kit.call("dispatch", { request })).envelope).toMatchObject({ result: { status: "running" } });
  await kit.tasks.idle();
});

test("routes are asked for through the whole server: as the owner, and as anybody", async () => {
  await using kit = await open("counts-requests");
  expect(await kit.route({ path: "/secret" })).toMatchObject({ status: 200, body: '{"told":"only the owner"}' });
  expect(await kit.route({ path: "/secret", as: "anybody" })).toMatchObject({ status: 401 });
  expect(await kit.route({ path: "/secret", method: "POST", body: "{}" })).toMatchObject({ status: 200 });
  expect(await kit.route({ path: "/hits" })).toMatchObject({ body: '{"secret":1,"save":1,"open":0}' });
  expect((await kit.route({ path: "/none" })).status).toBe(404);
});

test("how often open routes may be asked for goes by the clock of the test", async () => {
  await using kit = await open("counts-requests", { now: 0 });
  const ask = async () => (await kit.route({ path: "/open", as: "anybody" })).status;
  for (let done = 0; done < ROUTE_BURST_MAX; done++) expect(await ask()).toBe(200);
  expect(await ask()).toBe(429);
  kit.clock.advance(Math.ceil(ROUTE_BURST_MS / ROUTE_BURST_MAX));
  expect([await ask(), await ask()]).toEqual([200, 429]);
});

test("a plugin that does not load says so with the words that users see, and nothing of it is left", async () => {
  await expect(open("load-init-crashes")).rejects.toMatchObject({ code: "load_crashed" });
  await expect(open("load-no-entry")).rejects.toMatchObject({ code: "entry_missing" });
  await expect(openPlugin({ library: join(scratch, "none.so") })).rejects.toMatchObject({ code: "library_unknown" });
  await expect(openPlugin({ project: tempDir() })).rejects.toMatchObject({ code: "project_unknown" });
  await expect(openPlugin({ library: "a", project: "b" })).rejects.toMatchObject({ code: "test_invalid" });
});

test("where there is no room for its home, that is said, and nothing is left", async ({ skip }) => {
  const fill = mountSmallDisk(scratch);
  if (fill === undefined) return skip("a small file system cannot be mounted here");
  const noRoom = { code: "output_failed", hint: expect.stringContaining("TMPDIR") };
  // Neither for what is installed in it, nor for the home itself.
  writeFileSync(join(scratch, "most"), Buffer.alloc(1_000_000));
  await expect(open("greets")).rejects.toMatchObject(noRoom);
  fill();
  await expect(open("greets")).rejects.toMatchObject(noRoom);
  expect(readdirSync(scratch).filter((name) => !/^(most|fill-.*)$/.test(name))).toEqual([]);
});

test("a text that is not released is counted", async () => {
  await using kit = await open("forgets-host-texts");
  await kit.call("misbehave");
  expect((await kit.report()).leaks).toMatchObject([{ name: "list_models", count: 1 }]);
});

test("a text that is released twice is counted", async () => {
  await using kit = await open("frees-host-text-twice");
  await kit.call("misbehave");
  expect((await kit.report()).wrongReleases).toEqual([{ name: "list_models", count: 1 }]);
});

test("calls from threads that the host does not know are counted", async () => {
  await using kit = await open("asks-from-thread");
  await kit.call("misbehave");
  const names = (await kit.report()).foreignCalls.map(({ name }) => name);
  expect(names.sort()).toEqual(["config_get", "get_active_agent_id"]);
});

test("a crash is told of, and without checks nothing is counted", async () => {
  await using kit = await open("segfaults", { checks: false });
  expect((await kit.call("misbehave")).envelope).toMatchObject({ ok: false, code: "plugin_crashed" });
  expect(await kit.report()).toMatchObject({ leaks: [], crashes: [expect.stringContaining("SIGSEGV")] });
});

test("the matrix names the function that a plugin uses although its host does not have it", async () => {
  const calls = [{ tool: "misbehave" }];
  const rows = await abiMatrix({ library: nativeFixture("reads-newer-function"), hosts: [3, 6], calls });
  expect(rows[0]).toMatchObject({ host: 3, loads: true, crashed: true, calls: [{ ok: false }] });
  expect(rows[0]!.problem).toMatch(/it read \w+, which its host does not have/);
  expect(rows[1]).toMatchObject({ host: 6, loads: true, crashed: false, problem: undefined });
});

test("a plugin that asks which host it has is at home on all of them", async () => {
  const rows = await abiMatrix({ library: nativeFixture("greets"), calls: [{ tool: "hello", args: { name: "Ada" } }] });
  expect(rows.map(({ host, abi }) => [host, abi])).toEqual([[1, 1], ...[2, 3, 4, 5, 6].map((host) => [host, 6])]);
  for (const row of rows) expect(row).toMatchObject({ crashed: false, calls: [{ tool: "hello", ok: true }] });
});

test("a plugin for newer hosts refuses to load on an older one, which is no crash", async () => {
  const rows = await abiMatrix({ library: nativeFixture("echoes-input"), hosts: [1] });
  expect(rows).toMatchObject([{ host: 1, loads: false, crashed: false, problem: expect.stringContaining("entry") }]);
});

test("closing twice is one closing, and the process ends by itself afterwards", async () => {
  const kit = await open("greets");
  expect(homes().filter((name) => !name.endsWith(".owner"))).toHaveLength(1);
  await Promise.all([kit.close(), kit.close()]);
  await kit.close();
});
