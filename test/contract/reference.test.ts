// The reference says what the host does: the members of every answer, request and event, what they hold, and the codes of
// errors. All of it is taken from the host's own functions, and held against the tables of src/protocol/host-functions.ts.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { openArtifacts } from "../../src/host/artifacts-host.ts";
import { createHttpClient } from "../../src/host-api/http-client.ts";
import { HostError } from "../../src/protocol/errors.ts";
import { HOST_ERRORS, HOST_FUNCTIONS, type HostMembers, PLUGIN_FUNCTIONS } from "../../src/protocol/host-functions.ts";
import type { HostCall, HostFunction } from "../../src/protocol/host-slots.ts";
import type { RunOutcome, SharedArtifact } from "../../src/protocol/inference.ts";
import {
  INFERENCE_REQUEST_BYTES_MAX,
  PLUGIN_INFERENCE_OPEN_MAX,
  TASK_REQUEST_CHARS_MAX,
} from "../../src/protocol/limits.ts";
import { parseRouteAnswer } from "../../src/protocol/route-answer.ts";
import type { PluginContext } from "../../src/server/plugins/plugin-context.ts";
import { routeRequest } from "../../src/server/plugins/route-request.ts";
import { readAnswer } from "../../src/tools/envelope.ts";
import { withHostFields } from "../../src/tools/host-fields.ts";
import { openHostApi } from "../helpers/host-api.ts";
import { startServer } from "../helpers/http-server.ts";
import { toldInference, untilEnded } from "../helpers/told-inference.ts";
import { breaks, hangs, says, wants } from "../helpers/told-runs.ts";
import { OTHER_TASK, reportOf, TASK, toldTasks } from "../helpers/told-tasks.ts";
import { openToldTasks, PLUGIN } from "../helpers/told-tasks-host.ts";

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isList = (of: (one: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(of);
const isText = (value: unknown) => typeof value === "string";

const IS_OF: Readonly<Record<string, (value: unknown) => boolean>> = {
  anything: () => true,
  text: isText,
  number: (value) => typeof value === "number",
  "whole number": Number.isInteger,
  true: (value) => value === true,
  "true or false": (value) => typeof value === "boolean",
  object: isObject,
  list: Array.isArray,
  "list of texts": isList(isText),
  "list of lists": isList(Array.isArray),
  "list of objects": isList(isObject),
};

/** Together these have all the members that are described, and no others, and hold what is said of them. */
function expectDescribed(what: string, members: HostMembers, seen: readonly Json[]): void {
  const names = new Set(seen.flatMap(Object.keys));
  expect([...names].sort(), what).toEqual(Object.keys(members).sort());
  for (const [name, { type, required, is }] of Object.entries(members)) {
    const values = seen.filter((one) => Object.hasOwn(one, name)).map((one) => one[name]);
    expect(values.length === seen.length, `${what}: ${name} is always there`).toBe(required === true);
    for (const value of values) expect(IS_OF[type]!(value), `${what}: ${name} is ${type}`).toBe(true);
    expectWords(`${what}: ${name}`, is, values);
  }
}

/** What is named in a sentence about a member: what a text may be, or the members of objects. */
function expectWords(what: string, is: string, values: readonly unknown[]): void {
  const words = Array.from(is.matchAll(/`([a-z]\w*)`/g), ([, word]) => word!);
  if (words.length === 0 || words.includes("task_status")) return;
  const inside = values.flat().filter(isObject);
  if (inside.length === 0) return values.forEach((value) => void expect(words, what).toContain(value));
  const names = new Set(inside.flatMap(Object.keys));
  if (is.includes("such as")) expect([...names], what).toEqual(expect.arrayContaining(words));
  else expect([...names].sort(), what).toEqual(words.sort());
}

/** The members that are looked at in a text while it is read. */
function readIn(text: string, read: (text: string) => unknown): string[] {
  const names = new Set<string>();
  const parse = JSON.parse;
  const spy = vi.spyOn(JSON, "parse").mockImplementation((json) => {
    const noted =
      <Arguments extends [object, string | symbol], Result>(look: (...args: Arguments) => Result) =>
      (...args: Arguments): Result => {
        if (typeof args[1] === "string") names.add(args[1]);
        return look(...args);
      };
    return new Proxy(parse(json) as object, {
      get: noted(Reflect.get),
      getOwnPropertyDescriptor: noted(Reflect.getOwnPropertyDescriptor),
    });
  });
  onTestFinished(() => spy.mockRestore());
  read(text);
  spy.mockRestore();
  return [...names];
}

const HELLO = JSON.stringify({ messages: [{ role: "user", content: "Hello" }] });
const ARTIFACT: SharedArtifact = {
  filename: "a.txt",
  mime_type: "text/plain",
  size: 1,
  host_path: "/a.txt",
  is_directory: false,
  description: "one letter",
};
const FULL: Partial<RunOutcome> = {
  usage: { promptTokens: 2, completionTokens: 3, totalTokens: 5, isEstimated: true },
  toolCallsExecuted: [{ name: "look", tool_call_id: "c1" }],
  sharedArtifacts: [ARTIFACT],
};
const CHAT = { name: "m", provider: "test", type: "chat", capabilities: ["chat"] } as const;
const ACTIVITY = { kind: "tool", title: "Tool", detail: "look", timestamp: "2026-01-01T00:00:00Z" } as const;
const RUNS = reportOf({ output: "so far", draft: '{"a":1}' }, { currentStep: "Thinking", activity: [ACTIVITY] });
const ENDED = reportOf({ id: OTHER_TASK, status: "completed", summary: "Chat completed" });

test("what comes out of a function has the members that are described, and no others", async () => {
  const outcomes = [FULL, {}, FULL, {}];
  const inference = toldInference({
    run: () => outcomes.shift()!,
    models: async () => [
      { ...CHAT, id: "test/m", contextWindow: 8 },
      { ...CHAT, id: "test/e", type: "embedding", dimensions: 2 },
    ],
  });
  const http = createHttpClient({ mayReach: () => true });
  onTestFinished(() => http.close());
  const server = await startServer({ "/text": "Hello", "/bytes": Uint8Array.of(0xff) });
  const { call, folder } = openHostApi({ inference, tasks: toldTasks({ reports: [RUNS, ENDED] }), http });
  mkdirSync(join(folder, "artifacts"));
  writeFileSync(join(folder, "artifacts", "a.txt"), "a");
  const get = (path: string) => [JSON.stringify({ method: "GET", url: `${server.url}${path}` })];
  const asked: Partial<Record<HostFunction, readonly (string | null)[][]>> = {
    db_exec: [["CREATE TABLE t(a)", null]],
    db_query: [["SELECT 1", null]],
    dispatch: [['{"prompt":"p"}']],
    task_status: [[TASK], [OTHER_TASK]],
    complete: [[HELLO], [HELLO]],
    complete_stream: [
      [HELLO, "chunks"],
      [HELLO, "chunks"],
    ],
    embed: [['{"input":"a"}']],
    list_models: [[]],
    http_request: [get("/text"), get("/bytes")],
    file_read: [['{"path":"a.txt"}']],
    list_active_tasks: [[]],
  };
  const described = Object.entries(HOST_FUNCTIONS).filter(([, { answer }]) => answer !== undefined);
  expect(described.map(([name]) => name).sort()).toEqual(Object.keys(asked).sort());
  for (const [name, all] of Object.entries(asked) as [HostFunction, (string | null)[][]][]) {
    const answers: Json[] = [];
    for (const args of all) answers.push(JSON.parse((await call(name, args))!));
    expectDescribed(name, HOST_FUNCTIONS[name].answer!, answers);
    if (name !== "list_active_tasks") continue;
    const names = (answers[0]!["tasks"] as Json[]).flatMap(Object.keys);
    expect(Object.keys(HOST_FUNCTIONS.task_status.answer!)).toEqual(expect.arrayContaining(names));
  }
});

test("a route gets the members that are described, and of its answer those are read", () => {
  const raw = { method: "GET", rawHeaders: ["Host", "localhost"] };
  const sent = (body?: Buffer) => ({ request: { raw, body }, path: "/a/7", search: "q=1" });
  const known = { pluginId: "p", agentAddress: "0x1", baseUrl: "http://localhost" };
  const match = { route: { id: "item" }, params: { id: "7" } } as never;
  const requests = [undefined, Buffer.of(0xff)].map(
    (body) => JSON.parse(routeRequest({ ...sent(body), ...known } as unknown as PluginContext, match).json) as Json,
  );
  expectDescribed("handle_route", PLUGIN_FUNCTIONS["handle_route"]!.request!, requests);
  const empty = PLUGIN_FUNCTIONS["handle_route"]!.request!["remote_addr"]!.is === "empty";
  expect(requests.map((request) => request["remote_addr"] === "")).toEqual([empty, empty]);
  const read = readIn('{"status":200}', parseRouteAnswer);
  expect(read.sort()).toEqual(Object.keys(PLUGIN_FUNCTIONS["handle_route"]!.answer!).sort());
});

test("a tool and whoever takes files get the members that are described, and of an answer those are read", async () => {
  const { request, answer } = PLUGIN_FUNCTIONS["invoke"]!;
  const fields = { secrets: new Map([["key", "value"]]), workingDirectory: "/work" };
  const given: Json[] = [JSON.parse(withHostFields("{}", fields)!)];
  const artifacts = openArtifacts({ folder: "/", offer: async (json) => void given.push(JSON.parse(json)) });
  await artifacts.offer(ARTIFACT);
  expectDescribed("invoke", request!, given);
  const texts = ['{"ok":true}', '{"ok":true,"data":1}', '{"ok":false}', '{"error":"x"}'];
  const read = new Set(texts.flatMap((text) => readIn(text, (json) => readAnswer("t", json))));
  expect([...read].sort()).toEqual(Object.keys(answer!).sort());
  const kinds = Array.from(answer!["kind"]!.is.matchAll(/`(\w+)`/g), ([, kind]) => kind!);
  for (const kind of kinds) {
    expect(readAnswer("t", JSON.stringify({ ok: false, kind })).envelope).toMatchObject({ kind });
  }
});

test("an event of a task has the members that are described, and they are of the events that are named", async () => {
  const artifacts = { save: async () => ARTIFACT, find: async () => ARTIFACT, offer: async () => {} };
  const share = JSON.stringify({ filename: "a.txt", content: "a" });
  const { host, dispatch, untilTold, told, passed } = await openToldTasks({
    artifacts,
    turns: [
      wants(["clarify", '{"question":"Which?","options":["a","b"]}']),
      wants(["share_artifact", share]),
      says("done"),
      () => breaks("model_unknown", "half"),
      (_, signal) => hangs("on and on", signal),
    ],
  });
  const { id } = await dispatch({ sessionKey: "s" });
  await untilTold("clarification");
  await host.draft(PLUGIN, id, '{"a":1}');
  await dispatch({ sessionKey: "s" });
  await untilTold("completed");
  await dispatch();
  await untilTold("failed");
  const last = await dispatch();
  await untilTold("output");
  await host.cancel(last.id);
  await untilTold("cancelled");

  const events = [...told, ...passed];
  const members = PLUGIN_FUNCTIONS["on_task_event"]!.request!;
  expectDescribed(
    "on_task_event",
    members,
    events.map(({ payload }) => payload),
  );
  const kindsWith = (name: string) =>
    new Set(events.filter(({ payload }) => name in payload).map(({ kind }) => kind.toUpperCase()));
  for (const [name, { is }] of Object.entries(members)) {
    if (name === "title") continue;
    const of = is.match(/^of ((?:`[A-Z]+`(?:, | and )?)+)/)![1]!;
    const named = Array.from(of.matchAll(/[A-Z]+/g), ([kind]) => kind);
    expect(named, name).toEqual(expect.arrayContaining([...kindsWith(name)]));
    expect([...kindsWith(name)], name).toEqual(expect.arrayContaining(name === "artifacts" ? [] : named));
  }
  expect(kindsWith("title")).toEqual(
    new Set(events.map(({ kind }) => kind.toUpperCase()).filter((one) => one !== "CLARIFICATION")),
  );
});

const codeIn = (text: string | null) => (JSON.parse(text!) as { error: string }).error;
const fails = (code: ConstructorParameters<typeof HostError>[0]) => async () => {
  throw new HostError(code, "it failed");
};

/** What tasks are refused with. */
async function taskErrors(): Promise<Partial<Record<HostFunction, readonly string[]>>> {
  const inference = toldInference();
  const dispatch = async (json: string, tasks = toldTasks(), context: Partial<HostCall> = {}) =>
    codeIn(await openHostApi({ inference, tasks }).call("dispatch", [json], context));
  const status = async (id: string) =>
    codeIn(await openHostApi({ inference, tasks: toldTasks() }).call("task_status", [id]));
  const prompt = '{"prompt":"p"}';
  return {
    dispatch: [
      await dispatch("{}"),
      await dispatch(" ".repeat(TASK_REQUEST_CHARS_MAX + 1)),
      await dispatch(prompt, toldTasks(), { agentId: undefined }),
      await dispatch(prompt, toldTasks({ dispatch: fails("rate_limited") })),
      await dispatch(prompt, toldTasks({ dispatch: fails("task_limit_reached") })),
    ],
    task_status: [await status("none"), await status(TASK)],
  };
}

/** What models are refused with, or end with before their time. */
async function modelErrors(): Promise<Partial<Record<HostFunction, readonly string[]>>> {
  const large = " ".repeat(INFERENCE_REQUEST_BYTES_MAX + 1);
  const gone: Partial<HostCall> = { gone: AbortSignal.abort() };
  const waits = async (signal: AbortSignal) => {
    await untilEnded({ signal } as never);
    throw signal.reason;
  };
  const slow = {
    inference: toldInference({ run: untilEnded, embed: (_model, _texts, signal) => waits(signal), models: waits }),
    inferenceMsMax: 1,
  };
  const told = (what: Parameters<typeof toldInference>[0]) => ({ inference: toldInference(what) });
  const ask = async (name: HostFunction, json: string, deps: object, context?: Partial<HostCall>) =>
    codeIn(await openHostApi(deps).call(name, [json], context));
  const busy = async (name: HostFunction, json: string) => {
    const leave = new AbortController();
    const { call } = openHostApi({ ...slow, inferenceMsMax: 60_000 });
    const open = Array.from({ length: PLUGIN_INFERENCE_OPEN_MAX }, () => call(name, [json], { gone: leave.signal }));
    const refused = codeIn(await call(name, [json]));
    leave.abort();
    await Promise.all(open);
    return refused;
  };
  const common = async (name: HostFunction, json: string) => [
    await ask(name, "{", told({})),
    await ask(name, large, told({})),
    await busy(name, json),
    await ask(name, json, slow),
    await ask(name, json, slow, gone),
  ];
  const completion = async (name: HostFunction) => [
    ...(await common(name, HELLO)),
    await ask(name, HELLO, told({ run: () => ({ finish: "failed" }) })),
    await ask(name, HELLO, told({ run: () => ({ finish: "max_iterations" }) })),
  ];
  return {
    complete: await completion("complete"),
    complete_stream: await completion("complete_stream"),
    embed: [
      ...(await common("embed", '{"input":"a"}')),
      await ask("embed", '{"input":"a"}', told({ embed: fails("model_unknown") })),
    ],
    list_models: [
      await ask("list_models", "", told({ models: fails("model_unknown") })),
      await ask("list_models", "", slow),
      await ask("list_models", "", slow, gone),
    ],
  };
}

const source = (path: string) => readFileSync(join(import.meta.dirname, "../../src", path), "utf8");
const quotedIn = (text: string) => Array.from(text.matchAll(/"([a-z]+(?:_[a-z]+)*)"/g), ([, word]) => word!);

/** What may happen to networks, files and disks: the codes that their sources know. */
function systemErrors(): Partial<Record<HostFunction, readonly string[]>> {
  const typeIn = (path: string, name: string) =>
    quotedIn(source(path).match(new RegExp(`type ${name} =([^;]*);`))![1]!);
  const database = ["statement-result", "plugin-database", "plugin-databases", "open-database"];
  const known = new Set(Object.values(HOST_FUNCTIONS).flatMap(({ errors = [] }) => errors));
  const made = database
    .flatMap((name) => quotedIn(source(`store/${name}.ts`)))
    .filter((word) => known.has(word) || /^(?:database|statement)_/.test(word));
  return {
    http_request: [...typeIn("host-api/http-failure.ts", "HttpFailureCode"), "rate_limit_exceeded"],
    file_read: [...typeIn("host-api/artifact-file.ts", "ArtifactFailure"), "invalid_request"],
    db_exec: made,
    db_query: made,
  };
}

test("the errors of a function are those that it gives, and no others", async () => {
  const given = { ...(await taskErrors()), ...(await modelErrors()), ...systemErrors() };
  const described = Object.entries(HOST_FUNCTIONS).filter(([, { errors }]) => errors !== undefined);
  expect(described.map(([name]) => name).sort()).toEqual(Object.keys(given).sort());
  for (const [name, { errors }] of described) {
    expect([...new Set(given[name as HostFunction])].sort(), name).toEqual([...errors!].sort());
  }
  // What is refused anywhere is described somewhere.
  const all = new Set([...Object.keys(HOST_ERRORS), ...described.flatMap(([, { errors }]) => errors!)]);
  for (const file of readdirSync(join(import.meta.dirname, "../../src/host-api"))) {
    if (file.endsWith(".test.ts")) continue;
    for (const [, code] of source(`host-api/${file}`).matchAll(/refusal\(\s*"(\w+)"/g))
      expect(all, file).toContain(code);
  }
});

test("the errors of all functions are those of the host and of the line to the plugin", async () => {
  const inference = toldInference();
  const unserved = codeIn(await openHostApi({ isServed: () => false }).call("list_models"));
  const elsewhere = codeIn(await openHostApi({ inference }).call("list_models", [], { isInContext: false }));
  const none = codeIn(await openHostApi().call("list_models"));
  const models = async () => Promise.reject(new Error("nobody foresaw this"));
  const unforeseen = codeIn(await openHostApi({ inference: toldInference({ models }) }).call("list_models"));
  expect([unserved, elsewhere, none, unforeseen]).toEqual([
    "context_unavailable",
    "context_unavailable",
    "not_supported",
    "internal",
  ]);
  const line = source("plugins/native/host-call-desk.ts") + source("../native/runner/pool.c").replaceAll('\\"', '"');
  const ofLine = Array.from(line.matchAll(/error"?: ?"(\w+)"|"error":"(\w+)"/g), ([, one, other]) => one ?? other);
  expect(new Set([...ofLine, unserved, none, unforeseen])).toEqual(new Set(Object.keys(HOST_ERRORS)));
});
