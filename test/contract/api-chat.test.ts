// /api/v1/sessions and /api/v1/runs over real connections, with a model's server that says what the test wants: asking, following
// an answer that is being made, what ends it, and whose it is.

import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { artifactsFolder } from "../../src/base/paths.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import type { ChatEvent } from "../../src/protocol/api/runs.ts";
import {
  CHAT_MESSAGE_CHARS_MAX,
  CHAT_RUNS_PER_KEY_MAX,
  SESSION_TITLE_CHARS_MAX,
  SESSIONS_LISTED_MAX,
} from "../../src/protocol/limits.ts";
import { eventually } from "../helpers/eventually.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import {
  callsTools,
  keptModelServer,
  type ModelServer,
  pausing,
  responds,
  says,
  thinks,
} from "../helpers/model-server.ts";
import { type ServedHost, serveHost } from "../helpers/served-host.ts";

const STREAM = { accept: "text/event-stream" };

let served: ServedHost;
let model: ModelServer;
let mine: { readonly id: string; readonly key: string };
beforeAll(async () => {
  served = await serveHost({ times: { keyLookMs: 20 } });
  model = await keptModelServer({ models: ["m", "other"] });
  installFixture(served.home.env["OSAURUS_HOME"]!, "greets");
  installFixture(served.home.env["OSAURUS_HOME"]!, "echoes");
  const { id } = await (await served.host.agents()).create({ name: "mine" });
  const { key } = await (await served.host.accessKeys()).create({ name: "mine", agentId: id, expiresAt: null });
  mine = { id, key };
  const refused = await post("/sessions", { text: "Hello?" });
  expect(refused).toMatchObject({ status: 503, body: { error: { code: "model_provider_missing" } } });
  await (await served.host.models()).addProvider(
    { name: "test", baseUrl: model.url, model: "m" },
    new AbortController().signal,
  );
});
afterAll(async () => {
  await served.stop();
  await model.stop();
});

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
type Answer = { readonly status: number; readonly body: any };

async function ask(method: string, path: string, body?: unknown, key: string | null = served.key): Promise<Answer> {
  const response = await fetch(`${served.url}/api/v1${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const get = (path: string, key?: string | null) => ask("GET", path, undefined, key);
const post = (path: string, body: unknown = {}, key?: string | null) => ask("POST", path, body, key);
const failure = ({ status, body }: Answer) => [status, body.error?.code];

/** Begins a conversation; gives its run and session. */
async function begin(text: string, more: object = {}, key?: string): Promise<{ run: string; session: string }> {
  const { status, body } = await post("/sessions", { text, ...more }, key);
  expect(status, JSON.stringify(body)).toBe(202);
  return { run: body.run_id, session: body.session_id };
}

type Told = ChatEvent & { readonly at: number };

/** Events as they come, until the stream ends or whoever reads leaves. */
async function* follow(run: string, after = 0, key = served.key): AsyncGenerator<Told> {
  const headers = { ...STREAM, authorization: `Bearer ${key}`, ...(after > 0 ? { "last-event-id": `${after}` } : {}) };
  const response = await fetch(`${served.url}/api/v1/runs/${run}/events`, { headers });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  let held = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (held + text).split("\n\n");
    held = blocks.pop()!;
    for (const block of blocks.filter((one) => !one.startsWith(":"))) {
      const member = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)![1]!;
      yield { type: member("event"), at: Number(member("id")), ...JSON.parse(member("data")) } as Told;
    }
  }
}

async function all(run: string, after?: number): Promise<Told[]> {
  const told: Told[] = [];
  for await (const one of follow(run, after)) told.push(one);
  return told;
}

const textIn = (events: readonly ChatEvent[]) => events.map((one) => (one.type === "text" ? one.text : "")).join("");

/** Resolves when that much was said. */
async function untilSaid(run: string, text: string, key?: string): Promise<void> {
  let said = "";
  for await (const one of follow(run, 0, key)) {
    if (one.type === "text") said += one.text;
    if (said.includes(text)) return;
  }
  throw new Error(`it ended with ${said}`);
}

describe("a conversation", () => {
  test("begins with a question, and goes on with the next; both faces of it have the same", async () => {
    model.answers(thinks("Somebody greets.", "Hello, you."), says("I am ", "fine."));
    const { run, session } = await begin("  Hello\nthere  ");
    const told = await all(run);
    expect(told.map(({ type }) => type)).toEqual(["reasoning", "text", "end"]);
    expect(told.at(-1)).toMatchObject({ run: { state: "over", finish: "stop", error: null, ended_by: null } });
    const again = await post(`/sessions/${session}/runs`, { text: "How are you?" });
    expect(again).toMatchObject({ status: 202, body: { session_id: session } });
    expect(textIn(await all(again.body.run_id))).toBe("I am fine.");
    const shown = await get(`/sessions/${session.toLowerCase()}`);
    expect(shown.body).toMatchObject({
      id: session,
      agent_id: DEFAULT_AGENT_ID,
      title: "Hello there",
      turns: 4,
      older: 0,
      messages: [
        { role: "user", text: "  Hello\nthere  " },
        { role: "assistant", text: "Hello, you.", reasoning: "Somebody greets." },
        { role: "user", text: "How are you?" },
        { role: "assistant", text: "I am fine." },
      ],
      run: { run_id: again.body.run_id, state: "over", text: "How are you?", model: "m", is_kept: true },
    });
    const { body } = await get("/sessions?limit=1");
    expect(body.sessions).toMatchObject([{ id: session, title: "Hello there", turns: 4, is_running: false }]);
  });

  test("is asked with the model that is named, and one that nobody has is refused before anything is made", async () => {
    const count = (await get("/sessions")).body.sessions.length;
    expect(failure(await post("/sessions", { text: "x", model: "nobody/has-it" }))).toEqual([404, "model_unknown"]);
    expect((await get("/sessions")).body.sessions).toHaveLength(count);
    model.answers(says("ok"));
    const { run } = await begin("x", { model: "other" });
    await all(run);
    expect(model.completions.at(-1)!.body.model).toBe("other");
  });

  test("is renamed and deleted, and an answer that is being made in it ends", async () => {
    const { answer } = pausing("I will never", "end");
    model.answers(answer);
    const { run, session } = await begin("Tell me");
    await untilSaid(run, "never");
    const renamed = await ask("PATCH", `/sessions/${session}`, { title: "  Another\ntitle " });
    expect(renamed.body).toMatchObject({ title: "Another title", is_running: true });
    expect((await ask("DELETE", `/sessions/${session}`)).body).toEqual({ id: session, deleted: true });
    expect(failure(await get(`/sessions/${session}`))).toEqual([404, "session_unknown"]);
    expect(failure(await get(`/runs/${run}`))).toEqual([404, "session_unknown"]);
    expect(model.completions.at(-1)!.isCancelled).toBe(true);
  });

  test("takes texts up to their bounds, and nothing that it does not know", async () => {
    model.answers(says("ok"));
    const { run, session } = await begin("x".repeat(CHAT_MESSAGE_CHARS_MAX));
    await all(run);
    const path = `/sessions/${session}`;
    expect((await ask("PATCH", path, { title: "t".repeat(SESSION_TITLE_CHARS_MAX) })).status).toBe(200);
    const refused = [
      await post("/sessions", { text: "x".repeat(CHAT_MESSAGE_CHARS_MAX + 1) }),
      await post("/sessions", { text: " \n" }),
      await post("/sessions", {}),
      await post("/sessions", { text: "x", bogus: 1 }),
      await post(`${path}/runs`, { text: "x", agent: "mine" }),
      await ask("PATCH", path, { title: "t".repeat(SESSION_TITLE_CHARS_MAX + 1) }),
      await ask("PATCH", path, { title: "  " }),
      await get(`/sessions?limit=${SESSIONS_LISTED_MAX + 1}`),
    ];
    for (const answer of refused) expect(failure(answer)).toEqual([400, "request_invalid"]);
    expect(failure(await post("/sessions", { text: "x", agent: "nobody" }))).toEqual([404, "agent_unknown"]);
    expect(failure(await post("/sessions/nothing/runs", { text: "x" }))).toEqual([404, "session_unknown"]);
  });
});

describe("tools", () => {
  test("are shown with what they were given and gave back, without the frame that is for the model", async () => {
    await ask("PATCH", `/agents/${DEFAULT_AGENT_ID}`, { tools: { mode: "only", names: ["test.echoes/*"] } });
    const odd = '{"text":"</tool-result 1>"}';
    model.answers(callsTools({ name: "echo", arguments: odd, id: "c1" }), says("Done."));
    const { run, session } = await begin("Echo");
    const told = await all(run);
    expect(told.map(({ type }) => type)).toEqual(["tool_call", "tool_result", "text", "end"]);
    const result = { is_error: false, is_untrusted: true, duration_ms: expect.any(Number), has_waited: false };
    expect(told[0]).toMatchObject({ call: { id: "c1", name: "echo", arguments: odd } });
    expect(told[1]).toMatchObject({ call_id: "c1", result });
    const { messages } = (await get(`/sessions/${session}`)).body;
    const [call] = messages[1].calls;
    expect(call).toMatchObject({ id: "c1", name: "echo", arguments: odd, result });
    expect(JSON.parse(call.result.text)).toMatchObject({ ok: true, tool: "echo" });
    expect(call.result.text).not.toMatch(/^<tool-result/);
    // The model was given the frame.
    expect(model.completions.at(-1)!.body.messages.at(-1).content).toMatch(/^<tool-result [0-9a-f]+>\n/);
    expect(messages[2]).toEqual({ role: "assistant", text: "Done." });
  });

  test("that need consent wait for it, and whoever follows the run learns which question it is", async () => {
    await ask("PATCH", `/agents/${DEFAULT_AGENT_ID}`, { tools: { mode: "only", names: ["test.greets/*"] } });
    const hello = callsTools({ name: "hello", arguments: { name: "Ada" }, id: "c1" });
    model.answers(hello, says("Allowed."), hello, says("Denied."));
    const permissions = await served.host.permissions();
    const answer = async (run: string, allow: boolean) => {
      for await (const one of follow(run)) {
        if (one.type !== "approval") continue;
        expect((await permissions.listApprovals()).map(({ id }) => id)).toEqual([one.approval_id]);
        await permissions.answer(one.approval_id, { allow, remember: "once" });
        return;
      }
    };
    const { run, session } = await begin("Greet");
    await answer(run, true);
    expect((await all(run)).map(({ type }) => type)).toEqual(["tool_call", "approval", "tool_result", "text", "end"]);
    const { run_id: second } = (await post(`/sessions/${session}/runs`, { text: "Again" })).body;
    await answer(second, false);
    const told = await all(second);
    expect(told.find(({ type }) => type === "tool_result")).toMatchObject({ result: { is_error: true } });
    const { messages } = (await get(`/sessions/${session}`)).body;
    expect(messages[1].calls[0].result.text).toContain("Hello, Ada!");
    // How long it took is, for the most part, how long somebody thought about it.
    expect(messages[4].calls[0].result).toMatchObject({ has_waited: true, duration_ms: expect.any(Number) });
    expect(JSON.parse(messages[4].calls[0].result.text)).toMatchObject({ ok: false, kind: "user_denied" });
  });
});

test("what is allowed in a conversation is asked about in every other one, is listed, and ends with it", async () => {
  await ask("PATCH", `/agents/${DEFAULT_AGENT_ID}`, { tools: { mode: "only", names: ["test.greets/*"] } });
  const hello = callsTools({ name: "hello", arguments: { name: "Ada" }, id: "c1" });
  model.answers(hello, says("One."), hello, says("One again."), hello, says("Two."));
  const permissions = await served.host.permissions();
  const waiting = () => eventually(async () => expect(await permissions.listApprovals()).toHaveLength(1));
  const inOne = await begin("Greet");
  await waiting();
  const [{ id, session_id: of }] = (await get("/approvals")).body.approvals;
  expect(of).toBe(inOne.session);
  await post(`/approvals/${id}`, { decision: "allow", remember: "session" });
  await all(inOne.run);
  const { run_id: again } = (await post(`/sessions/${inOne.session}/runs`, { text: "Again" })).body;
  expect((await all(again)).map(({ type }) => type)).toEqual(["tool_call", "tool_result", "text", "end"]);

  const inTwo = await begin("Greet");
  await waiting();
  const shown = async () => {
    const { tools, grants } = (await get(`/permissions?agent=${DEFAULT_AGENT_ID}`)).body;
    const { policy } = tools.find(({ tool }: { tool: string }) => tool === "test.greets/hello");
    return { policy, grants };
  };
  const grant = { plugin_id: "test.greets", tool_id: "hello", agent_id: DEFAULT_AGENT_ID, policy: "auto" };
  expect(await shown()).toMatchObject({
    policy: "ask",
    grants: [{ ...grant, source: "session", session_id: inOne.session }],
  });
  await ask("DELETE", `/sessions/${inOne.session}`);
  expect((await shown()).grants).toEqual([]);
  await ask("DELETE", `/sessions/${inTwo.session}`);
});

describe("files that an agent shares", () => {
  test("are listed with the conversation and sent as files, and no others are", async () => {
    const html = "<script>alert(1)</script>";
    const share = (filename: string) => callsTools({ name: "share_artifact", arguments: { filename, content: html } });
    const shared = async (filename: string, key?: string) => {
      model.answers(share(filename), says("There."));
      const { run, session } = await begin("Share", {}, key);
      await eventually(async () => expect((await get(`/runs/${run}`)).body.state).toBe("over"));
      return { run, session };
    };
    const { run, session } = await shared("page ä.html", mine.key);
    const other = await shared("other.html");
    const file = { filename: "page ä.html", size: html.length };
    expect((await all(run)).find(({ type }) => type === "artifact")).toMatchObject(file);
    expect((await get(`/sessions/${session}`, mine.key)).body.artifacts).toEqual([file]);

    const download = (name: string, of = session, key: string = mine.key) =>
      fetch(`${served.url}/api/v1/sessions/${of}/artifacts/${encodeURIComponent(name)}`, {
        headers: { authorization: `Bearer ${key}` },
      });
    const page = await download("page ä.html", session.toLowerCase());
    expect([page.status, await page.text()]).toEqual([200, html]);
    expect(Object.fromEntries(page.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="page _.html"; filename*=UTF-8''page%20%C3%A4.html`,
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
    });
    const outside = join(served.home.path, "secret.txt");
    const folder = join(artifactsFolder(served.home.env), session);
    writeFileSync(outside, "secret");
    symlinkSync(outside, join(folder, "out.txt"));
    const refusal = async (name: string, of?: string, key?: string) => {
      const response = await download(name, of, key);
      return failure({ status: response.status, body: await response.json() });
    };
    const ways = [
      "other.html",
      "out.txt",
      `../${other.session}/other.html`,
      "../../secret.txt",
      outside,
      "page ä.html/",
    ];
    for (const name of ways) expect(await refusal(name), name).toEqual([404, "file_unknown"]);
    expect(await refusal("other.html", other.session)).toEqual([404, "session_unknown"]);
    expect(await refusal("other.html", other.session, "nobody's")).toEqual([401, "unauthorized"]);
    expect((await download("other.html", other.session, served.key)).status).toBe(200);
    await ask("DELETE", `/sessions/${session}`);
  });
});

describe("an answer that is being made", () => {
  test("is followed by several from the start, or from where one was cut off, and stands in no transcript yet", async () => {
    const { answer, go } = pausing("Once upon", " a time.");
    model.answers(says("Yes?"), answer);
    const { run: first, session } = await begin("Hello");
    await all(first);
    const { run_id: run } = (await post(`/sessions/${session}/runs`, { text: "A story" })).body;
    await untilSaid(run, "Once upon");
    const late = all(run);
    const shown = (await get(`/sessions/${session}`)).body;
    expect(shown.messages.map(({ text }: { text: string }) => text)).toEqual(["Hello", "Yes?"]);
    expect(shown.run).toMatchObject({ run_id: run, state: "running", text: "A story", finish: null });
    expect((await get("/sessions?limit=1")).body.sessions[0].is_running).toBe(true);
    expect(failure(await post(`/sessions/${session}/runs`, { text: "And?" }))).toEqual([409, "request_invalid"]);
    go();
    expect(textIn(await late)).toBe("Once upon a time.");
    expect(textIn(await all(run, 5))).toBe("upon a time.");
    expect((await get(`/runs/${run}`)).body).toMatchObject({ state: "over", finish: "stop" });
    const place = (await all(run)).at(-1)!.at;
    const headers = { ...STREAM, authorization: `Bearer ${served.key}`, "last-event-id": String(place) };
    const seen = await fetch(`${served.url}/api/v1/runs/${run}/events`, { headers });
    expect([seen.status, await seen.text()]).toEqual([204, ""]);
  });

  test("goes on when nobody follows it", async () => {
    const { answer, go } = pausing("First", " and last.");
    model.answers(answer);
    const { run, session } = await begin("Go on");
    await untilSaid(run, "First");
    go();
    await eventually(async () => expect((await get(`/runs/${run}`)).body.state).toBe("over"));
    expect((await get(`/sessions/${session}`)).body.messages[1].text).toBe("First and last.");
  });

  test("is stopped softly: what was said by then is kept", async () => {
    const { answer } = pausing("Half of", " it");
    model.answers(answer);
    const { run, session } = await begin("Say it");
    await untilSaid(run, "Half of");
    const stopped = await post(`/runs/${run}/stop`);
    expect(stopped).toMatchObject({ status: 200, body: { state: "over", finish: "cancelled", ended_by: "stop" } });
    expect((await post(`/runs/${run}/stop`)).body).toEqual(stopped.body);
    const { messages } = (await get(`/sessions/${session}`)).body;
    expect(messages.map(({ text }: { text: string }) => text)).toEqual(["Say it", "Half of"]);
    expect((await all(run)).at(-1)).toMatchObject({ type: "end", run: { finish: "cancelled" } });
  });

  test("that fails says why, and a question that nobody answered does not begin a conversation", async () => {
    model.answers(responds(401, { error: { message: "no" } }));
    const { run, session } = await begin("Anybody?");
    const { run: ended } = (await all(run)).at(-1) as Told & { type: "end" };
    expect(ended).toMatchObject({ finish: "failed", error: { code: "inference_unauthorized" }, is_kept: false });
    const shown = (await get(`/sessions/${session}`)).body;
    expect(shown).toMatchObject({ messages: [], run: { text: "Anybody?", is_kept: false } });
  });

  test("ends with the key that asked for it, and with its agent", async () => {
    const [keys, agents] = await Promise.all([served.host.accessKeys(), served.host.agents()]);
    const { key, entry } = await keys.create({ name: "short", agentId: null, expiresAt: null });
    await agents.create({ name: "short-lived" });
    model.answers(pausing("As long as", " I may").answer);
    const [mine, its] = [await begin("How long?", {}, key), await begin("How long?", { agent: "short-lived" })];
    await Promise.all([untilSaid(mine.run, "As long as", key), untilSaid(its.run, "As long as")]);
    const ended = Promise.all([all(mine.run), all(its.run)]);
    await keys.revoke(entry.id);
    await agents.delete("short-lived");
    const [ofKey, ofAgent] = await ended;
    expect(ofKey.at(-1)).toMatchObject({ type: "end", run: { finish: "cancelled", ended_by: "key" } });
    expect(ofAgent.at(-1)).toMatchObject({ type: "end", run: { ended_by: "agent" } });
  });

  test("is one of so many for each key", async () => {
    const { answer } = pausing("I wait", "");
    model.answers(answer);
    const { key } = await (await served.host.accessKeys()).create({ name: "many", agentId: null, expiresAt: null });
    const runs: string[] = [];
    for (let count = 0; count < CHAT_RUNS_PER_KEY_MAX; count++) runs.push((await begin("Wait", {}, key)).run);
    expect(failure(await post("/sessions", { text: "One more" }, key))).toEqual([429, "rate_limited"]);
    const { run } = await begin("Others may");
    await Promise.all([...runs, run].map((one) => post(`/runs/${one}/stop`)));
  });
});

test("a key for one agent has the conversations of that agent, and none of the others is there for it", async () => {
  const { answer } = pausing("Mine", "");
  model.answers(says("Yours."), answer);
  const other = await begin("Whose?");
  await all(other.run);
  const own = await begin("Whose?", {}, mine.key);
  await untilSaid(own.run, "Mine", mine.key);
  expect((await get(`/runs/${own.run}`)).body.agent_id).toBe(mine.id);
  const ids = (await get("/sessions", mine.key)).body.sessions.map(({ id }: { id: string }) => id);
  expect(ids).toEqual([own.session]);
  expect((await get("/sessions?agent=mine")).body.sessions).toHaveLength(1);
  expect(failure(await get("/sessions?agent=default", mine.key))).toEqual([403, "agent_scope_denied"]);
  expect(failure(await post("/sessions", { text: "x", agent: "default" }, mine.key))).toEqual([
    403,
    "agent_scope_denied",
  ]);
  const path = `/sessions/${other.session}`;
  const denied = [
    await get(path, mine.key),
    await ask("PATCH", path, { title: "x" }, mine.key),
    await ask("DELETE", path, undefined, mine.key),
    await post(`${path}/runs`, { text: "x" }, mine.key),
    await get(`/runs/${other.run}`, mine.key),
    await get(`/runs/${other.run}/events`, mine.key),
    await post(`/runs/${other.run}/stop`, {}, mine.key),
  ];
  for (const one of denied) expect(failure(one)).toEqual([404, "session_unknown"]);
  expect((await post(`/runs/${own.run}/stop`, {}, mine.key)).body.ended_by).toBe("stop");
});

// The last one: the server takes nothing more after it.
test("an answer that is being made when the server stops ends softly, and its readers are told", async () => {
  const { answer } = pausing("Before the end", "");
  model.answers(answer);
  const { run, session } = await begin("What now?");
  let draining: Promise<void> | undefined;
  let last: Told | undefined;
  for await (const one of follow(run)) {
    last = one;
    draining ??= served.server.connections.drain(5_000);
  }
  expect(last).toMatchObject({ type: "end", run: { finish: "cancelled", ended_by: "host" } });
  await draining;
  const turns = await (await served.host.agents()).sessions.turns(session);
  expect(turns.map(({ content }) => content)).toEqual(["What now?", "Before the end"]);
});
