// What comes through the tunnel, from the relay's frame to the answer: a real connection, a real tunnel, and a small server
// where the host would be.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setImmediate as immediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { ALL_FEATURES, bodyOf, connectedTunnel as connected } from "../../../test/helpers/connected-tunnel.ts";
import { eventually } from "../../../test/helpers/eventually.ts";
import { TUNNEL_HEADERS_MAX, TUNNEL_REQUESTS_MAX } from "../../protocol/limits.ts";
import { TunnelRequests } from "./tunnel-requests.ts";

/** Answers what it was asked, as JSON. */
async function mirror(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const { method, url, headers } = request;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ method, url, headers, body: body.toString("base64") }));
}

const messageOf = (answer: { body?: string | null | undefined }) => JSON.parse(answer.body!).error.message;

test("a request arrives with its method, path, query, headers and body, under the agent's public name", async () => {
  const { host, address } = await connected({ serve: mirror });
  const headers = { "X-Custom": "a", authorization: "Bearer k", accept: "*/*" };
  const answer = await host.ask(address, "/plugins/p/x?a=%20b", { method: "POST", headers, body: "grüße" });
  const asked = JSON.parse(answer.body!);
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toBe("application/json");
  expect([asked.method, asked.url, Buffer.from(asked.body, "base64").toString()]).toEqual([
    "POST",
    "/plugins/p/x?a=%20b",
    "grüße",
  ]);
  expect(asked.headers).toEqual({
    "x-custom": "a",
    authorization: "Bearer k",
    accept: "*/*",
    "x-agent-address": address,
    "x-forwarded-for": "203.0.113.7",
    host: `${address}.relay.example`,
    connection: "close",
    "content-length": "7",
  });
});

test("what a caller says of host, agent, cookies and the connection itself does not arrive", async () => {
  const { host, address } = await connected({ serve: mirror });
  const headers = {
    Host: "localhost",
    "X-Osaurus-Agent-Id": "AAAAAAAA-0000-4000-8000-000000000001",
    Cookie: "osr_session=x",
    "content-length": "99",
    "transfer-encoding": "chunked",
    connection: "x-hop, close",
    "x-hop": "1",
    upgrade: "websocket",
    expect: "100-continue",
    te: "trailers",
    "proxy-authorization": "Basic eDp5",
  };
  const asked = JSON.parse((await host.ask(address, "/", { headers })).body!);
  expect(Object.keys(asked.headers).sort()).toEqual(["connection", "host", "x-agent-address", "x-forwarded-for"]);
  expect(asked.headers.host).toBe(`${address}.relay.example`);
});

test("each request reaches the agent at whose address it was asked, in whatever case the address is written", async () => {
  const { host, address, connections } = await connected({ serve: mirror });
  const { status } = await host.ask(address.toUpperCase().replace("0X", "0x"), "/");
  expect(status).toBe(200);
  await eventually(() => expect(connections.size).toBe(0));
});

test.each([
  ["another address", { "x-agent-address": `0x${"12".repeat(20)}` }],
  ["two addresses", { "X-Agent-Address": `0x${"12".repeat(20)}` }],
])("what is asked at %s is not there, and reaches nobody", async (_what, headers) => {
  const serve = vi.fn();
  const { host, address } = await connected({ serve });
  const answer = await host.ask(address, "/", { headers });
  expect([answer.status, answer.headers["content-type"], messageOf(answer)]).toEqual([
    404,
    "application/json; charset=utf-8",
    "No matching route",
  ]);
  expect(serve).not.toHaveBeenCalled();
});

test.each([
  ["a path without a slash", { path: "plugins/x" }, "Invalid path"],
  ["a whole address", { path: "http://127.0.0.1/plugins/x" }, "Invalid path"],
  ["a path that ends its line", { path: "/x HTTP/1.1\r\nhost: localhost\r\n\r\nGET /y" }, "Invalid path"],
  ["a path with a character beyond ASCII", { path: "/ü" }, "Invalid path"],
  ["an empty path", { path: "" }, "Invalid path"],
  ["no method", { method: "" }, "Invalid method"],
  ["a method that ends its line", { method: "GET / HTTP/1.1\r\n" }, "Invalid method"],
  ["a method that nobody knows", { method: "BREW" }, "Invalid method"],
  ["CONNECT", { method: "CONNECT" }, "Invalid method"],
  ["a value that ends its line", { headers: { x: "a\r\nhost: localhost" } }, "Invalid header"],
  ["a value with a NUL", { headers: { x: "a\0" } }, "Invalid header"],
  ["a name that ends its line", { headers: { "x: y\r\nz": "a" } }, "Invalid header"],
  ["an empty name", { headers: { "": "a" } }, "Invalid header"],
  ["a name twice", { headers: { "x-a": "1", "X-A": "2" } }, "Invalid header"],
  ["a body that is not what it is said to be", { body: "a?", body_encoding: "base64" as const }, "Invalid body"],
])("%s is refused before anything is asked of the host", async (_what, more, message) => {
  const serve = vi.fn();
  const { host, address } = await connected({ serve }, ALL_FEATURES);
  const answer = await host.ask(address, "/", { method: "POST", ...more });
  expect([answer.status, messageOf(answer)]).toEqual([400, message]);
  expect(serve).not.toHaveBeenCalled();
});

test("a header that is called like a member of every object arrives as any other", async () => {
  const { host, address } = await connected({ serve: mirror });
  const headers = JSON.parse('{"constructor":"a","x-b":"c"}') as Record<string, string>;
  expect(JSON.parse((await host.ask(address, "/", { headers })).body!).headers).toMatchObject(headers);
});

test("headers between neighbours stay here, all others pass", async () => {
  const { host, address } = await connected({
    serve: (_request, response) => {
      response.setHeader("x-a", "1").setHeader("keep-alive", "timeout=5").setHeader("set-cookie", ["a=1", "b=2"]);
      response.writeHead(201).end("made");
    },
  });
  const answer = await host.ask(address, "/", { method: "POST" });
  expect([answer.status, answer.body]).toEqual([201, "made"]);
  expect(Object.keys(answer.headers).sort()).toEqual(["date", "set-cookie", "x-a"]);
});

test("a HEAD has the length of what is not sent, and no body", async () => {
  const { host, address } = await connected({
    serve: (_request, response) => response.writeHead(200, { "content-length": 1_234 }).end(),
  });
  const answer = await host.ask(address, "/", { method: "HEAD" });
  expect([answer.status, answer.headers["content-length"], answer.body]).toEqual([200, "1234", ""]);
});

test("bytes that are no text pass as base64 where the relay knows that, in both directions", async () => {
  const bytes = Buffer.from([0, 255, 128, 10]);
  const { host, address } = await connected(
    { serve: async (request, response) => response.end(await bodyOf(request)) },
    ALL_FEATURES,
  );
  const body = bytes.toString("base64");
  const answer = await host.ask(address, "/", { method: "POST", body, body_encoding: "base64" });
  expect([answer.body, answer.body_encoding]).toEqual([body, "base64"]);
  expect((await host.ask(address, "/", { method: "POST", body: "text" })).body_encoding).toBeUndefined();
});

test("without that they are refused rather than damaged", async () => {
  const { host, address } = await connected({ serve: (_request, response) => response.end(Buffer.from([255])) });
  const answer = await host.ask(address, "/");
  expect([answer.status, messageOf(answer)]).toEqual([502, "Binary responses cannot pass the tunnel"]);
  const asked = await host.ask(address, "/", { method: "POST", body: "AAAA", body_encoding: "base64" });
  expect([asked.status, messageOf(asked)]).toEqual([400, "Invalid body"]);
});

test.each([TUNNEL_HEADERS_MAX, TUNNEL_HEADERS_MAX + 1])("an answer with %i headers", async (count) => {
  const { host, address } = await connected({
    serve(_request, response) {
      response.sendDate = false;
      for (let n = 0; n < count; n++) response.setHeader(`x-${n}`, "1");
      response.end();
    },
  });
  expect((await host.ask(address, "/")).status).toBe(count === TUNNEL_HEADERS_MAX ? 200 : 502);
});

test(`${TUNNEL_REQUESTS_MAX} requests may be open, and one more is told that the tunnel is busy`, async () => {
  const waiting: ServerResponse[] = [];
  const { host, address, connections } = await connected({
    serve: (_request, response) => void waiting.push(response),
  });
  for (let n = 0; n < TUNNEL_REQUESTS_MAX; n++) host.request(address, `/${n}`);
  await eventually(() => expect(waiting.length).toBe(TUNNEL_REQUESTS_MAX));
  const refused = await host.ask(address, "/one-more");
  expect([refused.status, messageOf(refused)]).toEqual([503, "The tunnel is busy"]);
  for (const response of waiting) response.end();
  await eventually(() => expect(connections.size).toBe(0));
  host.request(address, "/again");
  await eventually(() => expect(waiting.length).toBe(TUNNEL_REQUESTS_MAX + 1));
});

test("an id that is in use already is not taken twice", async () => {
  const waiting: ServerResponse[] = [];
  const { host, address } = await connected({ serve: (_request, response) => void waiting.push(response) });
  host.request(address, "/first", { id: "same" });
  host.request(address, "/second", { id: "same" });
  host.request(address, "/third");
  await eventually(() => expect(waiting.map(({ req }) => req.url)).toEqual(["/first", "/third"]));
});

test("a host that does not answer in time, and one that breaks off, are said as that", async () => {
  let isSlow = false;
  const { host, address, connections } = await connected({
    serve: (request, response) => {
      if (request.url === "/hangs") return;
      if (request.url === "/half") return void response.writeHead(200, { "content-length": 10 }).write("half");
      if (request.url === "/breaks") return void response.write("a", () => response.destroy());
      isSlow = true;
      request.socket.destroy();
    },
    times: { answerMs: 200 },
  });
  for (const path of ["/hangs", "/half"]) {
    const answer = await host.ask(address, path);
    expect([answer.status, messageOf(answer)]).toEqual([504, "The host did not answer in time"]);
  }
  for (const path of ["/breaks", "/none"]) {
    const answer = await host.ask(address, path);
    expect([answer.status, messageOf(answer)]).toEqual([502, "The answer of the host broke off"]);
  }
  expect(isSlow).toBe(true);
  await eventually(() => expect(connections.size).toBe(0));
});

test.each(["text/event-stream", "application/x-ndjson; charset=utf-8", "TEXT/Event-Stream"])(
  "an answer of the type %s comes piece by piece",
  async (type) => {
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    const { host, address } = await connected({
      async serve(_request, response) {
        response.writeHead(200, { "content-type": type, "x-a": "1" });
        response.write("one\n");
        await goOn; // Only once the first piece arrived.
        response.end("two\n");
      },
    });
    const id = host.request(address, "/");
    const start = await host.next("stream_start");
    expect([start.id, start.status, start.headers["content-type"], start.headers["x-a"]]).toEqual([id, 200, type, "1"]);
    expect(await host.next("stream_chunk")).toEqual({ type: "stream_chunk", id, data: "one\n" });
    resolve();
    expect(await host.next("stream_chunk")).toEqual({ type: "stream_chunk", id, data: "two\n" });
    expect(await host.next("stream_end")).toEqual({ type: "stream_end", id });
  },
);

test("a character that is cut between two pieces is sent whole, and bytes that are none as base64", async () => {
  const snail = Buffer.from("🐌");
  const pieces = [
    snail.subarray(0, 1),
    snail.subarray(1, 3),
    snail.subarray(3),
    Buffer.from([255]),
    snail.subarray(0, 2),
  ];
  let goOn = Promise.withResolvers<void>();
  async function serve(_request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const [n, piece] of pieces.entries()) {
      if (n === 3) await goOn.promise; // The character is a piece of its own.
      await new Promise((done) => response.write(piece, done));
    }
    response.end();
  }
  const { host, address } = await connected({ serve }, ALL_FEATURES);
  host.request(address, "/");
  await host.next("stream_chunk");
  goOn.resolve();
  await host.next("stream_end");
  const chunks = host.frames.filter(({ type }) => type === "stream_chunk");
  const bytes = chunks.map((one) =>
    one.type === "stream_chunk" ? Buffer.from(one.data, one.body_encoding === "base64" ? "base64" : "utf8") : snail,
  );
  expect(Buffer.concat(bytes)).toEqual(Buffer.concat(pieces));
  expect(chunks[0]).toMatchObject({ data: "🐌" });
  goOn = Promise.withResolvers();
  const plain = await connected({ serve });
  plain.host.request(plain.address, "/");
  await plain.host.next("stream_chunk");
  goOn.resolve();
  expect(await plain.host.next("stream_end")).toMatchObject({ error: "Binary responses cannot pass the tunnel" });
});

/** Writes for as long as somebody reads; counts what was taken. */
function endless() {
  const state = { bytes: 0, isOver: false };
  const serve = async (_request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const over = new AbortController();
    response.once("close", () => {
      state.isOver = true;
      over.abort();
    });
    response.writeHead(200, { "content-type": "text/event-stream" });
    const piece = `data: ${"x".repeat(60_000)}\n\n`;
    for (;;) {
      state.bytes += piece.length;
      if (response.write(piece)) continue;
      await once(response, "drain", { signal: over.signal });
    }
  };
  const quietly = (request: IncomingMessage, response: ServerResponse) => void serve(request, response).catch(() => {});
  return { state, serve: quietly };
}

/** Resolves when nothing was written in many turns of the loop in which all of this happens. */
async function standsStill(state: { readonly bytes: number }): Promise<void> {
  for (let before = -1; before !== state.bytes; ) {
    before = state.bytes;
    for (let turns = 0; turns < 500; turns++) await immediate();
  }
}

test("a relay that does not read holds the host's answer up instead of filling its memory", async () => {
  const { state, serve } = endless();
  const { host, address } = await connected({ serve });
  host.request(address, "/");
  await host.next("stream_chunk");
  host.socket.pause();
  await standsStill(state);
  const before = state.bytes;
  expect(before).toBeLessThan(40e6);
  host.socket.resume();
  await eventually(() => expect(state.bytes).toBeGreaterThan(before + 1e6));
});

test("a relay that knows how can hold one answer up, let it go on, and say that nobody wants it any more", async () => {
  const { state, serve } = endless();
  const { host, address, connections } = await connected({ serve }, ALL_FEATURES);
  const id = host.request(address, "/");
  await host.next("stream_chunk");
  host.send({ type: "stream_pause", id });
  host.send({ type: "ping" });
  await host.next("pong"); // It was read.
  await standsStill(state);
  const before = state.bytes;
  expect((await host.ask(address, "/other", { headers: { "x-agent-address": "0x0" } })).status).toBe(404);
  host.send({ type: "stream_resume", id });
  await eventually(() => expect(state.bytes).toBeGreaterThan(before + 1e6));
  host.send({ type: "stream_cancel", id });
  await eventually(() => expect([state.isOver, connections.size]).toEqual([true, 0]));
  expect(host.frames.some(({ type }) => type === "stream_end")).toBe(false);
});

test("an answer that is not wanted any more before it began is let go, also while it is held up", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const { host, address, connections } = await connected({ serve: () => resolve() }, ALL_FEATURES);
  const id = host.request(address, "/");
  await asked;
  host.send({ type: "stream_pause", id });
  host.send({ type: "stream_cancel", id });
  await eventually(() => expect(connections.size).toBe(0));
});

test("a stream of which nothing comes for too long is ended", async () => {
  const { host, address, connections } = await connected({
    serve: (_request, response) => void response.writeHead(200, { "content-type": "text/event-stream" }).write("a\n"),
    times: { idleMs: 100 },
  });
  const id = host.request(address, "/");
  expect(await host.next("stream_end")).toEqual({ type: "stream_end", id, error: "Nothing came for too long" });
  await eventually(() => expect(connections.size).toBe(0));
});

test("what a host answered whole arrives whole, also when it was held up meanwhile", async () => {
  const { promise: isHeldUp, resolve } = Promise.withResolvers<void>();
  const piece = "x".repeat(50_000);
  const { host, address } = await connected(
    {
      async serve(_request, response) {
        response.writeHead(200, { "content-type": "text/event-stream" }).write("first\n");
        await isHeldUp;
        response.write(piece);
        response.write(piece);
        response.end("last\n");
      },
    },
    ALL_FEATURES,
  );
  const id = host.request(address, "/");
  await host.next("stream_chunk");
  host.send({ type: "stream_pause", id });
  host.send({ type: "ping" });
  await host.next("pong");
  resolve();
  for (let turns = 0; turns < 500; turns++) await immediate(); // As much as can be is written now.
  host.send({ type: "stream_resume", id });
  expect(await host.next("stream_end")).toEqual({ type: "stream_end", id });
  const text = host.frames.map((frame) => (frame.type === "stream_chunk" ? frame.data : "")).join("");
  expect(text).toBe(`first\n${piece}${piece}last\n`);
});

test("a stream that is held up for too long is ended, and its place is free again", async () => {
  const { state, serve } = endless();
  const { host, address, connections } = await connected({ serve, times: { pausedMs: 100 } }, ALL_FEATURES);
  const id = host.request(address, "/", { id: "held up" });
  await host.next("stream_chunk");
  host.send({ type: "stream_pause", id });
  expect(await host.next("stream_end")).toEqual({ type: "stream_end", id, error: "Nothing was taken for too long" });
  await eventually(() => expect([state.isOver, connections.size]).toEqual([true, 0]));
  host.request(address, "/", { id });
  expect((await host.next("stream_start")).id).toBe(id);
});

test("a relay that holds an answer up that it did not want any more holds nothing up", async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
  });
  const sent: string[] = [];
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  const requests = new TunnelRequests({
    accept: (connection) => void server.emit("connection", connection),
    async send({ type }) {
      sent.push(type);
      if (type === "stream_chunk") await left;
    },
    unsentBytes: () => Number.POSITIVE_INFINITY,
    answerMs: 1e6,
    idleMs: 1e6,
    pausedMs: 1e6,
  });
  const agent = { agentId: "a", url: "http://a.example" };
  const ask = () => requests.take({ type: "request", id: "r", method: "GET", path: "/", headers: {} }, agent, true);
  ask();
  await eventually(() => expect(sent).toEqual(["stream_start", "stream_chunk"]));
  requests.steer({ type: "stream_cancel", id: "r" });
  requests.steer({ type: "stream_pause", id: "r" });
  leave();
  await requests.finished(5_000);
  ask(); // Its place is free.
  await eventually(() => expect(sent.length).toBeGreaterThan(2));
  requests.cancel();
});

test("a host that stops answers what it was asked before, and refuses what comes then", async () => {
  const waiting: ServerResponse[] = [];
  const { tunnel, host, address } = await connected({ serve: (_request, response) => void waiting.push(response) });
  const open = host.request(address, "/before");
  await eventually(() => expect(waiting.length).toBe(1));
  tunnel.drain();
  const refused = await host.ask(address, "/then");
  expect([refused.status, messageOf(refused)]).toEqual([503, "The host is stopping"]);
  waiting[0]!.end("done");
  const answer = host.next("response");
  await tunnel.stop(); // At once: what was answered leaves all the same.
  expect(await answer).toMatchObject({ id: open, status: 200, body: "done" });
  expect(waiting.length).toBe(1);
});

test("a request that never ends does not keep a host from stopping", async () => {
  const asked = Promise.withResolvers<void>();
  const { tunnel, host, address, connections } = await connected({ serve: () => asked.resolve() });
  host.request(address, "/");
  await asked.promise;
  tunnel.drain();
  await tunnel.stop();
  await eventually(() => expect(connections.size).toBe(0));
});

test("a stream that breaks off is said to be no whole one", async () => {
  const { host, address } = await connected({
    serve: (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("a\n", () => response.destroy());
    },
  });
  const id = host.request(address, "/");
  expect(await host.next("stream_end")).toEqual({ type: "stream_end", id, error: "The answer of the host broke off" });
});

test("when the tunnel is lost, all that was open is ended", async () => {
  const { state, serve } = endless();
  const { host, address, connections } = await connected({ serve });
  host.request(address, "/");
  await host.next("stream_chunk");
  host.socket.terminate();
  await eventually(() => expect([state.isOver, connections.size]).toEqual([true, 0]));
});

test("when an agent is deleted, what was open for it is ended, and nothing else", async () => {
  const waiting: string[] = [];
  const { host, agents, address, connections } = await connected({
    serve: (request) => void waiting.push(request.url!),
  });
  const ada = (await agents.create({ name: "Ada" })).address;
  await host.next("request_challenge");
  host.send({ type: "challenge", nonce: "ab".repeat(32) });
  await host.next("add_agent");
  host.send({ type: "agent_added", address: ada, url: "http://ada.example" });
  host.request(ada, "/ada");
  host.request(address, "/default");
  await eventually(() => expect(waiting.length).toBe(2));
  await agents.delete("Ada");
  await eventually(() => expect(connections.size).toBe(1));
});
