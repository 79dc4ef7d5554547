// /api/v1/tasks over real connections: who sees which task, what is refused, and streams of what happens.

import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { artifactsFolder } from "../../src/base/paths.ts";
import {
  TASK_EVENTS_PAGE_MAX,
  TASK_MESSAGE_CHARS_MAX,
  TASK_STREAMS_PER_KEY_MAX,
  TASKS_LISTED_MAX,
} from "../../src/protocol/limits.ts";
import { stopServer } from "../../src/server/listen.ts";
import { type ServedHost, serveHost } from "../helpers/served-host.ts";
import { type ToldTaskService, toldTaskService } from "../helpers/told-task-service.ts";

let tasks: ToldTaskService = toldTaskService();
const instead = { tasks: async () => tasks as never };
let served: ServedHost;
let agents: { readonly mine: string; readonly other: string };
let myKey: string;
beforeAll(async () => {
  served = await serveHost({ instead, times: { keyLookMs: 20 } });
  const host = await served.host.agents();
  const make = async (name: string) => (await host.create({ name })).id;
  agents = { mine: await make("mine"), other: await make("other") };
  myKey = (await (await served.host.accessKeys()).create({ name: "mine", agentId: agents.mine, expiresAt: null })).key;
});
afterAll(async () => await served.stop());
beforeEach(() => {
  tasks = toldTaskService();
});

interface Asked extends RequestInit {
  readonly key?: string | null;
  readonly url?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
type Answer = Omit<Response, "json"> & { json(): Promise<any> };

async function ask(
  path: string,
  { key = served.key, url = served.url, headers, ...init }: Asked = {},
): Promise<Answer> {
  const bearer = key === null ? {} : { authorization: `Bearer ${key}` };
  return await fetch(`${url}/api/v1${path}`, { ...init, headers: { ...bearer, ...headers } });
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
async function json(path: string, asked?: Asked): Promise<any> {
  return await (await ask(path, asked)).json();
}

const post = (body?: unknown): Asked => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});

/** Events of a stream as they come, until it ends. */
async function* read(
  response: Pick<Response, "body">,
): AsyncGenerator<{ id: string; event: string; data: { kind: string } }> {
  let held = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (held + text).split("\n\n");
    held = blocks.pop()!;
    for (const block of blocks.filter((one) => !one.startsWith(":"))) {
      const member = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)![1]!;
      yield { id: member("id"), event: member("event"), data: JSON.parse(member("data")) };
    }
  }
}

const STREAM = { accept: "text/event-stream" };

describe("tasks", () => {
  test("are listed newest first, and by status, agent and plugin", async () => {
    const old = tasks.add({ title: "old", agentId: agents.mine, status: "completed" });
    const asking = tasks.add({ title: "asking", pluginId: "org.example.other", status: "awaitingClarification" });
    const ids = async (query: string) => (await json(`/tasks${query}`)).tasks.map(({ id }: { id: string }) => id);
    expect(await ids("")).toEqual([asking.id, old.id]);
    expect(await ids("?limit=1")).toEqual([asking.id]);
    expect(await ids("?agent=mine")).toEqual([old.id]);
    expect(await ids(`?agent=${agents.mine}`)).toEqual([old.id]);
    expect(await ids("?plugin=org.example.other")).toEqual([asking.id]);
    expect(await ids("?status=running,completed")).toEqual([old.id]);
    expect((await json("/tasks?limit=1")).tasks[0]).toMatchObject({ title: "asking", status: "awaitingClarification" });
  });

  test("are shown whole, with what may be long", async () => {
    const artifact = {
      filename: "a.txt",
      mime_type: "text/plain",
      size: 1,
      host_path: "/x/a.txt",
      is_directory: false,
    };
    const { id } = tasks.add({ output: "Hello", draft: '{"text":"He"}', artifacts: [artifact], sessionKey: "chat-1" });
    expect(await json(`/tasks/${id.toLowerCase()}`)).toMatchObject({
      id,
      status: "running",
      output: "Hello",
      draft: { text: "He" },
      artifacts: [artifact],
      session_key: "chat-1",
      is_served: true,
    });
  });

  test("are cancelled and answered, with what they are then", async () => {
    const question = { question: "Which?", allow_multiple: false };
    const asking = tasks.add({ status: "awaitingClarification", question });
    expect(await json(`/tasks/${asking.id}/answer`, post({ text: " this " }))).toMatchObject({ status: "running" });
    expect(tasks.answers).toEqual([{ id: asking.id, text: " this " }]);
    const again = await ask(`/tasks/${asking.id}/answer`, post({ text: "that" }));
    expect([again.status, (await again.json()).error.code]).toEqual([409, "task_not_waiting"]);
    expect(await json(`/tasks/${asking.id}/cancel`, post())).toMatchObject({ id: asking.id, status: "cancelled" });
    const over = await ask(`/tasks/${asking.id}/cancel`, post({}));
    expect([over.status, (await over.json()).error.code]).toEqual([409, "task_over"]);
  });

  test("are interrupted, with a message or without one", async () => {
    const [one, two] = [tasks.add(), tasks.add()];
    expect(await json(`/tasks/${one.id}/interrupt`, post({ message: " Stop " }))).toMatchObject({
      status: "completed",
    });
    expect(await json(`/tasks/${two.id}/interrupt`, post())).toMatchObject({ status: "completed" });
    expect(tasks.interrupts).toEqual([
      { id: one.id, message: " Stop " },
      { id: two.id, message: undefined },
    ]);
    const over = await ask(`/tasks/${one.id}/interrupt`, post({}));
    expect([over.status, (await over.json()).error.code]).toEqual([409, "task_over"]);
    const text = (chars: number) => post({ message: "x".repeat(chars) });
    const three = tasks.add();
    const tooLong = await ask(`/tasks/${three.id}/interrupt`, text(TASK_MESSAGE_CHARS_MAX + 1));
    expect([tooLong.status, (await tooLong.json()).error.code]).toEqual([400, "request_invalid"]);
    expect((await ask(`/tasks/${three.id}/interrupt`, text(TASK_MESSAGE_CHARS_MAX))).status).toBe(200);
  });

  test("send the files that they shared as files, and no others", async () => {
    const folder = join(realpathSync(served.home.path), "shared");
    const root = artifactsFolder(served.home.env);
    mkdirSync(join(root, "T"), { recursive: true });
    mkdirSync(folder);
    const place = (name: string) => join(realpathSync(root), "T", name);
    const artifact = (filename: string, host_path = place(filename)) => ({
      filename,
      mime_type: "text/html",
      size: 1,
      host_path,
      is_directory: false,
    });
    const html = "<script>alert(1)</script>";
    for (const name of ["page.html", "ä 'b'.txt", "other.txt"]) writeFileSync(place(name), html);
    writeFileSync(join(folder, "secret.txt"), "secret");
    symlinkSync(join(folder, "secret.txt"), place("out.txt"));
    symlinkSync(place("other.txt"), place("in.txt"));
    const artifacts = [
      ...["page.html", "ä 'b'.txt", "out.txt", "in.txt", "gone.txt"].map((name) => artifact(name)),
      artifact("secret.txt", join(folder, "secret.txt")),
    ];
    const task = tasks.add({ agentId: agents.mine, artifacts });
    const get = (name: string, key = myKey) => ask(`/tasks/${task.id}/artifacts/${encodeURIComponent(name)}`, { key });
    const page = await get("page.html");
    expect([page.status, await (page as Response).text()]).toEqual([200, html]);
    expect(Object.fromEntries(page.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="page.html"; filename*=UTF-8''page.html`,
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
    });
    expect((await get("ä 'b'.txt")).headers.get("content-disposition")).toBe(
      `attachment; filename="_ 'b'.txt"; filename*=UTF-8''%C3%A4%20%27b%27.txt`,
    );
    // Links, files elsewhere, files of others, and ways out.
    for (const name of ["out.txt", "in.txt", "gone.txt", "secret.txt", "other.txt", "../T/other.txt", "page.html/"]) {
      const refused = await get(name);
      expect([name, refused.status, (await refused.json()).error.code]).toEqual([name, 404, "file_unknown"]);
    }
    const hidden = tasks.add({ agentId: agents.other, artifacts });
    const others = await ask(`/tasks/${hidden.id}/artifacts/page.html`, { key: myKey });
    expect([others.status, (await others.json()).error.code]).toEqual([404, "task_unknown"]);
  });

  test.each([
    ["GET", ""],
    ["GET", "/events"],
    ["POST", "/cancel"],
    ["POST", "/answer"],
    ["POST", "/interrupt"],
  ])("that are not there are %s %s 404", async (method, path) => {
    const { id } = tasks.add({ agentId: agents.other });
    const asked = method === "GET" ? {} : post(path === "/interrupt" ? {} : { text: "x" });
    for (const name of [crypto.randomUUID(), "x", "%00", "..%2f"]) {
      const answer = await ask(`/tasks/${name}${path}`, asked);
      expect([answer.status, (await answer.json()).error.code]).toEqual([404, "task_unknown"]);
    }
    // Those of another agent are not there for a key that is for one: not even told apart.
    const hidden = await ask(`/tasks/${id}${path}`, { ...asked, key: myKey });
    expect([hidden.status, await hidden.text()]).toEqual([404, (await refusal(id)).text]);
    expect(await (await tasks.show(id)).status).toBe("running");
    // And this is no refusal of everything.
    const mine = tasks.add({ agentId: agents.mine, status: "awaitingClarification" });
    expect((await ask(`/tasks/${mine.id}${path}`, { ...asked, key: myKey })).status).toBe(200);
  });

  async function refusal(id: string): Promise<{ readonly text: string }> {
    const there = tasks;
    tasks = toldTaskService();
    const text = await (await ask(`/tasks/${id}`)).text();
    tasks = there;
    return { text };
  }

  test("of other agents are in no list of a key that is for one", async () => {
    const mine = tasks.add({ agentId: agents.mine });
    tasks.add({ agentId: agents.other });
    const list = async (query: string) => await json(`/tasks${query}`, { key: myKey });
    expect((await list("")).tasks.map(({ id }: { id: string }) => id)).toEqual([mine.id]);
    expect((await list("?agent=mine")).tasks).toHaveLength(1);
    expect((await list(`?agent=${agents.other}`)).error.code).toBe("agent_scope_denied");
    expect((await list("?agent=nobody")).error.code).toBe("agent_scope_denied");
    expect((await json("/tasks")).tasks).toHaveLength(2);
  });

  test("are nothing that anybody sees without a key, nor is what else there may be", async () => {
    const { id } = tasks.add();
    for (const path of ["/tasks", `/tasks/${id}`, `/tasks/${id}/events`, "/nowhere"]) {
      const { status } = await ask(path, { key: null });
      expect([path, status]).toEqual([path, 401]);
    }
    for (const path of ["/nowhere", "/tasks/x/y"]) expect((await json(path)).error.code).toBe("route_unknown");
    expect((await ask(`/tasks/${id}/cancel`)).status).toBe(404);
  });

  test.each([
    "?limit=0",
    `?limit=${TASKS_LISTED_MAX + 1}`,
    "?limit=1.5",
    "?limit=1&limit=2",
    "?plugin=a&plugin=a",
    "?status=done",
    "?state=running",
    "?__proto__=x",
  ])("are not listed for the query %s", async (query) => {
    const answer = await ask(`/tasks${query}`);
    expect([answer.status, (await answer.json()).error.code]).toEqual([400, "request_invalid"]);
    expect((await ask(`/tasks?limit=${TASKS_LISTED_MAX}&status=&plugin=`)).status).toBe(200);
  });

  test("take an answer of the size that there may be, and none of other forms", async () => {
    const { id } = tasks.add({ status: "awaitingClarification" });
    const refused = [undefined, null, [], "x", {}, { text: 1 }, { text: "" }, { text: " \n" }];
    for (const body of [...refused, { text: "x".repeat(TASK_MESSAGE_CHARS_MAX + 1) }]) {
      const answer = await ask(`/tasks/${id}/answer`, post(body));
      expect([answer.status, (await answer.json()).error.code]).toEqual([400, "request_invalid"]);
    }
    const form = { method: "POST", headers: { "content-type": "text/plain" }, body: '{"text":"x"}' };
    expect((await ask(`/tasks/${id}/answer`, form)).status).toBe(415);
    expect((await ask(`/tasks/${id}/cancel`, { method: "POST" })).status).toBe(415);
    expect(tasks.answers).toEqual([]);
    expect((await ask(`/tasks/${id}/answer`, post({ text: "x".repeat(TASK_MESSAGE_CHARS_MAX) }))).status).toBe(200);
  });
});

describe("events", () => {
  test("are read page by page", async () => {
    const { id } = tasks.add();
    for (let at = 0; at < 5; at++) tasks.tell(id, "activity", { kind: "tool", title: "Tool", detail: `t${at}` });
    const first = await json(`/tasks/${id}/events?limit=3`);
    expect(first.events.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3]);
    expect(first.events[0]).toMatchObject({ task_id: id, kind: "activity", type: 1, payload: { detail: "t0" } });
    const second = await json(`/tasks/${id}/events?limit=3&after=${first.next}`);
    expect(second.events.map(({ seq }: { seq: number }) => seq)).toEqual([4, 5]);
    expect(second.next).toBeNull();
    for (const query of ["?after=-1", "?after=x", "?limit=0", `?limit=${TASK_EVENTS_PAGE_MAX + 1}`]) {
      expect((await ask(`/tasks/${id}/events${query}`)).status).toBe(400);
    }
    expect((await ask(`/tasks/${id}/events?limit=${TASK_EVENTS_PAGE_MAX}`)).status).toBe(200);
  });

  test("have a next page when there are more, however many are on this one", async () => {
    const { id } = tasks.add();
    for (let at = 0; at < 3; at++) tasks.tell(id, "activity");
    expect((await json(`/tasks/${id}/events?limit=3`)).next).toBeNull();
    const { events } = tasks;
    tasks.events = async (...asked) => (await events(...asked)).slice(0, 1);
    expect(await json(`/tasks/${id}/events?limit=3`)).toMatchObject({ events: [{ seq: 1 }], next: 1 });
    expect(await json(`/tasks/${id}/events?limit=3&after=2`)).toMatchObject({ events: [{ seq: 3 }], next: null });
    expect(await json(`/tasks/${id}/events?after=3`)).toEqual({ events: [], next: null });
  });

  test("are not followed for whoever wants the head of an answer alone", async () => {
    const { id } = tasks.add();
    const response = await ask(`/tasks/${id}/events`, { method: "HEAD", headers: STREAM });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
    expect(tasks.followers).toBe(0);
  });

  test("come in as many streams of a key as may be open, and in no more", async () => {
    const { id } = tasks.add();
    const leave = Array.from({ length: TASK_STREAMS_PER_KEY_MAX }, () => new AbortController());
    const follow = async (signal?: AbortSignal) =>
      await ask(`/tasks/${id}/events`, { headers: STREAM, signal: signal! });
    await Promise.all(leave.map(async ({ signal }) => expect((await follow(signal)).status).toBe(200)));
    const refused = await follow();
    expect([refused.status, (await refused.json()).error.code]).toEqual([429, "rate_limited"]);
    expect((await ask(`/tasks/${id}/events`)).status).toBe(200);
    leave[0]!.abort();
    await tasks.followedBy(TASK_STREAMS_PER_KEY_MAX - 1);
    const again = new AbortController();
    expect((await follow(again.signal)).status).toBe(200);
    for (const one of [...leave, again]) one.abort();
    await tasks.followedBy(0);
  });

  test("come as a stream, numbered and named, until the terminal one", async () => {
    const { id } = tasks.add();
    tasks.tell(id, "started", { title: "Chat" });
    const response = await ask(`/tasks/${id}/events`, { headers: STREAM });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events = read(response);
    expect((await events.next()).value).toMatchObject({ id: "1", event: "started", data: { type: 0, seq: 1 } });
    tasks.tell(id, "output", { text: "Hel" });
    expect((await events.next()).value).toMatchObject({ id: "1", event: "output", data: { payload: { text: "Hel" } } });
    tasks.tell(id, "completed", { success: true });
    tasks.change(id, { status: "completed" });
    expect((await events.next()).value).toMatchObject({ id: "2", event: "completed" });
    expect(await events.next()).toMatchObject({ done: true });
    await tasks.followedBy(0);
  });

  test("go on behind the last one that a client has seen, and a client that has seen all need not come again", async () => {
    const { id } = tasks.add({ status: "completed" });
    tasks.tell(id, "started");
    tasks.tell(id, "activity");
    tasks.tell(id, "completed");
    const kinds = async (path: string, headers = {}) => {
      const kinds: string[] = [];
      for await (const { event } of read(await ask(path, { headers: { ...STREAM, ...headers } }))) kinds.push(event);
      return kinds;
    };
    expect(await kinds(`/tasks/${id}/events`)).toEqual(["started", "activity", "completed"]);
    expect(await kinds(`/tasks/${id}/events`, { "last-event-id": "1" })).toEqual(["activity", "completed"]);
    expect(await kinds(`/tasks/${id}/events?after=1`, { "last-event-id": "2" })).toEqual(["completed"]);
    expect((await ask(`/tasks/${id}/events?after=3`, { headers: STREAM })).status).toBe(204);
    expect((await ask(`/tasks/${id}/events`, { headers: { ...STREAM, "last-event-id": "x" } })).status).toBe(400);
  });

  test.each([
    ["text/event-stream;charset=utf-8", "text/event-stream; charset=utf-8"],
    ["application/json, Text/Event-Stream;q=0.5", "text/event-stream; charset=utf-8"],
    ["text/event-stream;q=0", "application/json; charset=utf-8"],
    ["text/event-streams", "application/json; charset=utf-8"],
    ["*/*", "application/json; charset=utf-8"],
  ])("are a stream or a page by what is accepted: %s", async (accept, type) => {
    const { id } = tasks.add({ status: "completed" });
    tasks.tell(id, "completed");
    const response = await ask(`/tasks/${id}/events`, { headers: { accept } });
    await response.text();
    expect(response.headers.get("content-type")).toBe(type);
  });

  test("end with the client that wanted them", async () => {
    const { id } = tasks.add();
    const leaves = new AbortController();
    const response = await ask(`/tasks/${id}/events`, { headers: STREAM, signal: leaves.signal });
    expect(response.status).toBe(200);
    await tasks.followedBy(1);
    leaves.abort();
    await tasks.followedBy(0);
  });

  test("end with the key that let them be read", async () => {
    const { id } = tasks.add({ agentId: agents.mine });
    const keys = await served.host.accessKeys();
    const made = await keys.create({ name: "short", agentId: agents.mine, expiresAt: null });
    const response = await ask(`/tasks/${id}/events`, { headers: STREAM, key: made.key });
    await tasks.followedBy(1);
    await keys.revoke("short");
    expect(await response.text()).not.toContain("event:");
    await tasks.followedBy(0);
  });

  test("end when the server is stopped, although the task goes on", async () => {
    const other = await serveHost({ instead });
    onTestFinished(other.stop);
    const { id } = tasks.add();
    const response = await ask(`/tasks/${id}/events`, { headers: STREAM, key: other.key, url: other.url });
    await tasks.followedBy(1);
    const stopped = stopServer(other.server, 60_000);
    expect(await response.text()).not.toContain("event:");
    await stopped;
    expect(tasks.followers).toBe(0);
  });

  test("end with what went wrong when they cannot go on", async () => {
    const { id } = tasks.add();
    tasks.tell(id, "started");
    tasks.follow = async function* (taskId) {
      yield* await this.events(taskId, 0, 1);
      throw new Error("the disk is gone, and so is /home/somebody");
    };
    const text = await (await ask(`/tasks/${id}/events`, { headers: STREAM })).text();
    expect(text).toContain("event: started");
    expect(text).toContain('event: error\ndata: {"error":{"code":"internal"');
    expect(text).not.toContain("somebody");
    expect(served.bugs).toHaveLength(1);
  });
});
