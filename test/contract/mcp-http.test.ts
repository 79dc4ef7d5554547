// `/mcp` behind the real server, with a shelf of the test's own: sessions, streams, and who is let in to what.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MCP_MESSAGE_BYTES_MAX } from "../../src/protocol/limits.ts";
import { makeShelf, type TestShelf, untilGivenUp } from "../helpers/mcp-shelf.ts";
import { type ServedHost, serveHost } from "../helpers/served-host.ts";

let shelf: TestShelf;
let served: ServedHost;
beforeAll(async () => {
  shelf = makeShelf();
  served = await serveHost({ instead: { shelf: async () => shelf }, times: { keyLookMs: 10 } });
});
afterAll(() => served.stop());
beforeEach(() => {
  shelf.calls.length = 0;
});

const NEWER = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

type Headers = Readonly<Record<string, string>>;
interface Asked {
  readonly headers?: Headers;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

function send(method: string, body: unknown, { headers = {}, key = served.key, signal }: Asked = {}) {
  return fetch(`${served.url}/mcp`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      accept: "application/json, text/event-stream",
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
}

const message = (method: string, params: object = {}, id: number | string = 1) => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});
const call = (name: string, more: object = {}) => message("tools/call", { name, arguments: {}, ...more });

/** A request of the newer era, with the headers that it wants. */
function newer(method: string, params: { name?: string; _meta?: object } & object = {}, asked: Asked = {}) {
  const name: Headers = params.name === undefined ? {} : { "mcp-name": params.name };
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": method, ...name, ...asked.headers };
  const _meta = { ...NEWER, ...params._meta };
  return send("POST", message(method, { ...params, _meta }), { ...asked, headers });
}

async function begin(asked: Asked = {}): Promise<string> {
  const response = await send("POST", message("initialize", { protocolVersion: "2025-11-25" }), asked);
  expect(response.status).toBe(200);
  return response.headers.get("mcp-session-id")!;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the server says.
type Json = Record<string, any>;

const jsonOf = async (response: Response) => (await response.json()) as Json;

/** The messages of a stream, one after the other. */
async function* messages(response: Response): AsyncGenerator<Json, undefined> {
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  let rest = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + chunk).split("\n\n");
    rest = events.pop()!;
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) yield JSON.parse(data) as Json;
    }
  }
  return undefined;
}

/** All that come until the stream ends. */
async function allOf(response: Response): Promise<Json[]> {
  const all: Json[] = [];
  for await (const message of messages(response)) all.push(message);
  return all;
}

async function newKey(agentId: string | null = null): Promise<string> {
  return (await (await served.host.accessKeys()).create({ name: "other", agentId, expiresAt: null })).key;
}

describe("who is let in", () => {
  test("nobody without a key, and no page of somebody else's with one", async () => {
    expect((await send("POST", message("ping"), { key: "osk-v1.nobody" })).status).toBe(401);
    expect((await send("POST", message("ping"), { headers: { origin: "https://evil.example" } })).status).toBe(403);
    expect((await send("POST", message("ping"), { headers: { origin: served.url } })).status).toBe(200);
    expect((await send("POST", message("ping"), { headers: { "content-type": "text/plain" } })).status).toBe(415);
  });

  test("another key than the one that began a session finds none, whatever it asks", async () => {
    const session = await begin();
    const other = { key: await newKey(), headers: { "mcp-session-id": session } };
    expect((await send("POST", message("ping"), other)).status).toBe(404);
    expect((await send("GET", undefined, other)).status).toBe(404);
    expect((await send("DELETE", undefined, other)).status).toBe(404);
    expect((await send("POST", message("ping"), { headers: other.headers })).status).toBe(200);
  });

  test("a key for one agent gets no other's tools", async () => {
    const agents = await served.host.agents();
    const [mine, other] = [await agents.create({ name: "mine" }), await agents.create({ name: "other" })];
    shelf.put("t", () => "x");
    const key = await newKey(mine.id);
    expect((await send("POST", call("t"), { key, headers: { "x-osaurus-agent-id": other.id } })).status).toBe(403);
    expect(shelf.calls.length).toBe(0);
    expect((await send("POST", call("t"), { key })).status).toBe(200);
    expect(shelf.calls[0]!.agentId).toBe(mine.id);
    await send("POST", call("t"), { headers: { "x-osaurus-agent-id": "other" } });
    expect(shelf.calls[1]!.agentId).toBe(other.id);
  });
});

describe("a key that is revoked", () => {
  const revocable = async () => {
    const keys = await served.host.accessKeys();
    const { key, entry } = await keys.create({ name: "to be revoked", agentId: null, expiresAt: null });
    return { key, revoke: () => keys.revoke(entry.id) };
  };

  test("ends what listens with it and what it called, and nobody else's", async () => {
    shelf.put("t", untilGivenUp);
    const { key, revoke } = await revocable();
    const stays = await send("GET", undefined, { headers: { "mcp-session-id": await begin() } });
    const stream = await send("GET", undefined, { key, headers: { "mcp-session-id": await begin({ key }) } });
    const listening = await newer("subscriptions/listen", { notifications: {} } as object, { key });
    const called = send("POST", call("t"), { key });
    await expect.poll(() => shelf.calls.length).toBe(1);
    await revoke();
    await allOf(stream);
    expect((await allOf(listening)).at(-1)!["result"].resultType).toBe("complete");
    expect((await jsonOf(await called))["error"].message).toBe("the access key lets in no more");
    shelf.changed();
    const told = messages(stays);
    expect((await told.next()).value!["method"]).toBe("notifications/tools/list_changed");
    await told.return(undefined);
  });
});

describe("the era of sessions", () => {
  test("none is begun for an agent that is not there or not the key's", async () => {
    const initialize = message("initialize", { protocolVersion: "2025-11-25" });
    const nobody = await send("POST", initialize, { headers: { "x-osaurus-agent-id": "nobody" } });
    expect([nobody.ok, nobody.headers.get("mcp-session-id")]).toEqual([false, null]);
    const mine = await (await served.host.agents()).create({ name: "scoped" });
    const asked = { key: await newKey(mine.id), headers: { "x-osaurus-agent-id": "default" } };
    const other = await send("POST", initialize, asked);
    expect([other.status, other.headers.get("mcp-session-id")]).toEqual([403, null]);
  });

  test("in one, an agent that is not there is an error of the request and not the end of the session", async () => {
    const headers = { "mcp-session-id": await begin(), "x-osaurus-agent-id": "nobody" };
    const response = await send("POST", message("tools/list"), { headers });
    expect([response.status, (await jsonOf(response))["error"].data.code]).toEqual([200, "agent_unknown"]);
  });

  test("a session is begun, used and ended; then it is gone", async () => {
    const headers = { "mcp-session-id": await begin(), "mcp-protocol-version": "2025-11-25" };
    const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
    expect((await send("POST", initialized, { headers })).status).toBe(202);
    expect((await send("POST", message("tools/list"), { headers })).status).toBe(200);
    expect((await send("DELETE", undefined, { headers })).status).toBe(204);
    for (const method of ["DELETE", "GET"]) expect((await send(method, undefined, { headers })).status).toBe(404);
    expect((await send("POST", message("ping"), { headers })).status).toBe(404);
  });

  test("without a session requests are answered one by one, and there is nothing to listen to or to end", async () => {
    shelf.put("t", () => "alone");
    const response = await send("POST", call("t"));
    expect((await jsonOf(response))["result"].content[0].text).toBe("alone");
    for (const method of ["GET", "DELETE"]) expect((await send(method, undefined)).status).toBe(405);
  });

  test("a revision that nobody serves is refused", async () => {
    const headers = { "mcp-session-id": await begin(), "mcp-protocol-version": "1999-01-01" };
    expect((await send("POST", message("ping"), { headers })).status).toBe(400);
  });

  test("whoever listens is told of changes; the last one who came is", async () => {
    const headers = { "mcp-session-id": await begin() };
    const first = await send("GET", undefined, { headers });
    const second = await send("GET", undefined, { headers });
    expect((await messages(first).next()).done).toBe(true);
    shelf.changed();
    const told = messages(second);
    expect((await told.next()).value).toEqual({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    await told.return(undefined);
  });

  test("only a session's own client cancels its calls", async () => {
    shelf.put("t", untilGivenUp);
    const [mine, other] = [{ "mcp-session-id": await begin() }, { "mcp-session-id": await begin() }];
    const answer = send("POST", call("t"), { headers: mine });
    await expect.poll(() => shelf.calls.length).toBe(1);
    const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
    expect((await send("POST", cancel, { headers: other })).status).toBe(202);
    expect((await send("POST", cancel)).status).toBe(202);
    expect(shelf.calls[0]!.signal!.aborted).toBe(false);
    expect((await send("POST", cancel, { headers: mine })).status).toBe(202);
    expect(await (await answer).text()).toBe("");
    expect(shelf.calls[0]!.signal!.aborted).toBe(true);
  });

  test("an unknown method is told with the status of an answer, which does not speak of the session", async () => {
    const response = await send("POST", message("resources/list"), { headers: { "mcp-session-id": await begin() } });
    expect([response.status, (await jsonOf(response))["error"].code]).toEqual([200, -32601]);
  });
});

describe("the era of requests", () => {
  test.each<[string, Headers, number]>([
    ["no revision", { "mcp-protocol-version": "" }, -32020],
    ["another revision", { "mcp-protocol-version": "2025-11-25" }, -32020],
    ["another method", { "mcp-method": "tools/list" }, -32020],
    ["another tool", { "mcp-name": "other" }, -32020],
    ["a name in base64 that is none", { "mcp-name": "=?base64?d!!A?=" }, -32020],
    ["another name in base64", { "mcp-name": "=?base64?b3RoZXI=?=" }, -32020],
  ])("headers that say something else than the request are refused: %s", async (_, headers, code) => {
    shelf.put("t", () => "x");
    const response = await newer("tools/call", { name: "t" }, { headers });
    expect([response.status, (await jsonOf(response))["error"].code]).toEqual([400, code]);
    expect(shelf.calls.length).toBe(0);
  });

  test("a name that no header can hold comes as base64", async () => {
    shelf.put("tö", () => "x");
    const headers = { "mcp-name": "=?base64?dMO2?=" };
    expect((await newer("tools/call", { name: "tö" }, { headers })).status).toBe(200);
  });

  test("what a request lacks, and what is not there, has a status of its own", async () => {
    const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };
    expect((await send("POST", message("tools/list"), { headers })).status).toBe(400);
    expect((await newer("ping")).status).toBe(404);
    expect((await newer("initialize")).status).toBe(404);
    expect((await newer("tools/call", { name: "nowhere" })).status).toBe(200);
  });

  test("a subscription is acknowledged and told of changes until its client leaves", async () => {
    const response = await newer("subscriptions/listen", { notifications: { toolsListChanged: true } } as object);
    const told = messages(response);
    expect((await told.next()).value!["params"].notifications).toEqual({ toolsListChanged: true });
    shelf.changed();
    expect((await told.next()).value!["method"]).toBe("notifications/tools/list_changed");
    await told.return(undefined);
  });
});

describe("answers", () => {
  const progressToken = { progressToken: 7 };

  test("progress makes a stream of an answer, for those who take one", async () => {
    shelf.put("t", () => "done");
    const streamed = await send("POST", call("t", { _meta: progressToken }));
    const all = await allOf(streamed);
    expect(all.map((one) => one["method"] ?? one["result"].content[0].text)).toEqual([
      "notifications/progress",
      "done",
    ]);
    const plain = await send("POST", call("t", { _meta: progressToken }), { headers: { accept: "application/json" } });
    expect(plain.headers.get("content-type")).toContain("application/json");
    expect((await jsonOf(plain))["result"].content[0].text).toBe("done");
  });

  test("a client that goes away gives its call up, in both eras, before and after something was told", async () => {
    shelf.put("t", untilGivenUp);
    for (const ask of [
      (signal: AbortSignal) => send("POST", call("t"), { signal }),
      (signal: AbortSignal) => newer("tools/call", { name: "t" }, { signal }),
      (signal: AbortSignal) => newer("tools/call", { name: "t", _meta: progressToken }, { signal }),
    ]) {
      shelf.calls.length = 0;
      const gone = new AbortController();
      const asking = ask(gone.signal).then((response) => response.text());
      asking.catch(() => {});
      await expect.poll(() => shelf.calls.length).toBe(1);
      gone.abort();
      await expect.poll(() => shelf.calls[0]!.signal!.aborted).toBe(true);
    }
  });

  test("numbers arrive and leave as they were written", async () => {
    shelf.put("t", ({ input }) => `{"ok":true,"result":${input}}`);
    const given = '{"id":12345678901234567891,"f":1.0}';
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":${given}}}`;
    expect(await (await send("POST", body)).text()).toContain(`"structuredContent":${given}`);
  });

  test("what is no message is refused with 400, and a body beyond the limit with 413", async () => {
    for (const body of ["{", "[]", '{"jsonrpc":"2.0","id":1}']) {
      const response = await send("POST", body);
      expect(response.status).toBe(400);
      expect((await jsonOf(response))["error"].code).toBeLessThan(0);
    }
    shelf.put("t", () => "fits");
    const text = JSON.stringify(call("t", { arguments: { a: "" } }));
    const fill = " ".repeat(MCP_MESSAGE_BYTES_MAX - text.length);
    expect((await send("POST", text + fill)).status).toBe(200);
    expect((await send("POST", `${text + fill} `)).status).toBe(413);
  });
});

test("when the server stops, who listens is let go with an answer, and open calls are told", async () => {
  shelf.put("t", untilGivenUp);
  const listening = await newer("subscriptions/listen", { notifications: {} } as object);
  const stream = await send("GET", undefined, { headers: { "mcp-session-id": await begin() } });
  const open = send("POST", call("t"));
  await expect.poll(() => shelf.calls.length).toBe(1);
  const stopped = served.stop();
  const last = (await allOf(listening)).at(-1);
  expect(last!["result"].resultType).toBe("complete");
  await allOf(stream);
  expect((await jsonOf(await open))["error"].code).toBe(-32603);
  await stopped;
});
