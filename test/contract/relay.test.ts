// The relay as both of its sides see it: hosts over WebSockets, callers over HTTP.

import { once } from "node:events";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { openRelay, type Relay, type RelayOptions } from "../../src/server/relay/open-relay.ts";
import {
  type AskOptions,
  ask,
  begin,
  openRaw,
  RelayHost,
  rawStatus,
  seconds,
  signed,
  type TestAgent,
  testAgent,
} from "../helpers/relay-host.ts";

const [ONE, TWO, THREE] = [testAgent(1), testAgent(2), testAgent(3)];
const BOTH = ["base64", "flow"];

/** A relay for the length of the test. Hosts that connect often are not its matter, unless a test says so. */
async function relayWith(limits: RelayOptions["limits"] = {}, options: Partial<RelayOptions> = {}): Promise<Relay> {
  const relay = await openRelay({ host: "127.0.0.1", port: 0, limits: { drainMs: 50, ...limits }, ...options });
  onTestFinished(() => relay.close());
  return relay;
}

async function signedIn(relay: Relay, agents = [ONE], features?: string[]): Promise<RelayHost> {
  const host = new RelayHost(relay.url);
  await host.signIn(agents, features);
  return host;
}

const nameOf = (relay: Relay, { address } = ONE) => `${address}.localhost:${relay.port}`;
const askOne = (relay: Relay, options?: AskOptions) => ask(relay.port, nameOf(relay), options);
const codeOf = ({ body }: { body: string }) => (JSON.parse(body) as { error: { code: string } }).error.code;

const UPGRADE = [
  "upgrade: websocket",
  "connection: upgrade",
  "sec-websocket-version: 13",
  `sec-websocket-key: ${"A".repeat(22)}==`,
];

/** All that comes on a connection until its end. */
async function readText(socket: Socket): Promise<string> {
  return (await buffer(socket)).toString();
}

// Signing in.

test("agents that signed in have addresses, and what is asked there comes to their host with all that it is", async () => {
  const relay = await relayWith();
  const host = new RelayHost(relay.url);
  const { agents, features } = await host.signIn([ONE, TWO]);
  expect(agents).toEqual(
    [ONE, TWO].map(({ address }) => ({ address, url: `http://${address}.localhost:${relay.port}` })),
  );
  expect(features).toBeUndefined();
  const body = '{"grüße":"\u{1f985}"}';
  const asked = ask(relay.port, nameOf(relay, TWO), { method: "POST", path: "/plugins/a/b?c=%20d&c", body });
  const { id, ...request } = await host.answer({ status: 201, headers: { "X-Made": "yes" }, body: "done: ü" });
  expect(id).not.toBe("");
  expect(request).toEqual({
    type: "request",
    method: "POST",
    path: "/plugins/a/b?c=%20d&c",
    headers: { "x-agent-address": TWO.address, "x-forwarded-for": "127.0.0.1" },
    body,
  });
  const { status, headers, body: answer } = await asked;
  expect({ status, answer }).toEqual({ status: 201, answer: "done: ü" });
  expect(headers).toMatchObject({ "x-made": "yes", "access-control-allow-origin": "*", "content-length": "8" });
});

test("with a public URL, agents have names below its host, and no others", async () => {
  const relay = await relayWith({}, { publicUrl: new URL("https://agents.example.org") });
  const host = new RelayHost(relay.url);
  const { agents } = await host.signIn([ONE]);
  expect(agents[0]?.url).toBe(`https://${ONE.address}.agents.example.org`);
  const asked = ask(relay.port, `${ONE.address}.agents.example.org`);
  await host.answer();
  expect((await asked).status).toBe(200);
  for (const name of [`${ONE.address}.localhost:${relay.port}`, `${ONE.address}.example.org`, ONE.address]) {
    const refused = await ask(relay.port, name);
    expect([refused.status, codeOf(refused)]).toEqual([400, "invalid_subdomain"]);
  }
});

test("who signs with another key, for another nonce or at another time is refused and sent away", async () => {
  const relay = await relayWith({ connectsPerMinute: 10 });
  const wrong = [
    (nonce: string) => ({ agents: [signed({ ...TWO, address: ONE.address }, nonce, seconds())], nonce }),
    () => ({ agents: [signed(ONE, "ab".repeat(32), seconds())], nonce: "ab".repeat(32) }),
    (nonce: string) => ({ agents: [signed(ONE, nonce, seconds() - 40)], nonce, timestamp: seconds() - 40 }),
    (nonce: string) => ({ agents: [{ address: ONE.address, signature: "0x00" }], nonce }),
  ];
  for (const make of wrong) {
    const host = new RelayHost(relay.url);
    const { nonce } = await host.next("challenge");
    host.send({ type: "auth", timestamp: seconds(), ...make(nonce) });
    expect((await host.next("auth_error")).error).not.toBe("");
    expect(await host.ended).toBe(1008);
  }
  expect(codeOf(await askOne(relay))).toBe("agent_offline");
});

test("a recorded sign-in opens nothing on another connection", async () => {
  const relay = await relayWith();
  const first = new RelayHost(relay.url);
  const { nonce } = await first.next("challenge");
  const timestamp = seconds();
  const auth = { type: "auth" as const, agents: [signed(ONE, nonce, timestamp)], nonce, timestamp };
  first.send(auth);
  await first.next("auth_ok");
  const second = new RelayHost(relay.url);
  await second.next("challenge");
  second.send(auth);
  expect((await second.next("auth_error")).error).toContain("nonce");
});

test("a nonce is good for one agent, and for one attempt", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  host.send({ type: "request_challenge" });
  const { nonce } = await host.next("challenge");
  const add = (agent = TWO) =>
    ({ type: "add_agent", ...signed(agent, nonce, seconds()), nonce, timestamp: seconds() }) as const;
  host.send(add());
  expect((await host.next("agent_added")).address).toBe(TWO.address);
  host.send(add(THREE));
  expect((await host.next("error")).error).toContain(`add_agent ${THREE.address}: there is no open challenge`);
  expect(codeOf(await ask(relay.port, nameOf(relay, THREE)))).toBe("agent_offline");
});

test("where only some agents are allowed, others do not get in, with whatever signature", async () => {
  const relay = await relayWith({}, { allow: [ONE.address.toUpperCase().replace("0X", "0x")] });
  const host = await signedIn(relay);
  await host.addAgent(TWO);
  expect((await host.next("error")).error).toContain("not allowed");
  const other = new RelayHost(relay.url);
  await expect(other.signIn([TWO])).rejects.toThrow();
  expect((await other.next("auth_error")).error).toContain("not allowed");
});

test("who does not sign in, or says something else first, is sent away", async () => {
  const silent = new RelayHost((await relayWith({ authMs: 30 })).url);
  expect((await silent.next("auth_error")).error).toContain("in time");
  expect(await silent.ended).toBe(1008);
  const relay = await relayWith({ connectsPerMinute: 20 });
  for (const text of [
    "",
    "null",
    "{}",
    '{"type":"auth"}',
    '{"type":"pong"}',
    '{"type":"request_challenge"}',
    "[".repeat(99),
  ]) {
    const host = new RelayHost(relay.url);
    await host.next("challenge");
    host.socket.send(text);
    expect(await host.ended).toBe(1008);
  }
  const binary = new RelayHost(relay.url);
  await binary.next("challenge");
  binary.socket.send(Buffer.from("{}"));
  expect(await binary.ended).toBe(1003);
});

test("a frame may be as long as it may, and ends the connection when it is longer", async () => {
  const relay = await relayWith({ frameBytes: 4_096 });
  const host = await signedIn(relay);
  const frame = (bytes: number) => `{"type":"pong"${" ".repeat(bytes - 15)}}`;
  host.socket.send(frame(4_096));
  await host.settle();
  host.socket.send(frame(4_097));
  expect(await host.ended).toBe(1009);
});

test("a tunnel has as many agents as it may, also when they come one by one, and a place that was left is free", async () => {
  const relay = await relayWith({ agents: 2 });
  const host = await signedIn(relay, [ONE, TWO]);
  await host.addAgent(THREE);
  expect((await host.next("error")).error).toContain("2 agents at most");
  await host.addAgent(TWO); // It has that one.
  await host.next("agent_added");
  host.send({ type: "remove_agent", address: TWO.address });
  await host.next("agent_removed");
  expect(codeOf(await ask(relay.port, nameOf(relay, TWO)))).toBe("agent_offline");
  await host.addAgent(THREE);
  expect((await host.next("agent_added")).url).toBe(`http://${nameOf(relay, THREE)}`);
  const greedy = new RelayHost(relay.url);
  await expect(greedy.signIn([testAgent(4), testAgent(5), testAgent(6)])).rejects.toThrow();
  expect((await greedy.next("auth_error")).error).toContain("2 agents at most");
});

test("who connects an agent anew takes it over; who had it is told, and can no longer remove it", async () => {
  const relay = await relayWith();
  const before = await signedIn(relay, [ONE, TWO]);
  const after = await signedIn(relay, [ONE]);
  expect((await before.next("agent_removed")).address).toBe(ONE.address);
  before.send({ type: "remove_agent", address: ONE.address });
  expect((await before.next("error")).error).toContain("not an agent of this tunnel");
  before.socket.close();
  await before.ended;
  const asked = askOne(relay);
  await after.answer({ body: "after" });
  expect((await asked).body).toBe("after");
  expect(codeOf(await ask(relay.port, nameOf(relay, TWO)))).toBe("agent_offline");
});

test("as many connections a minute as may come from one address, and no more; a minute later again", async () => {
  let nowMs = 0;
  const relay = await relayWith({ connectsPerMinute: 3 }, { clock: () => nowMs });
  for (let count = 0; count < 3; count++) await new RelayHost(relay.url).next("challenge");
  expect(await new RelayHost(relay.url).ended).toBe(429);
  nowMs += 60_000;
  await new RelayHost(relay.url).next("challenge");
});

test("as many tunnels as may are open from one address, and no more; behind a trusted proxy, by what it says", async () => {
  const relay = await relayWith({ tunnelsPerCaller: 2, connectsPerMinute: 10 });
  const first = await signedIn(relay);
  await signedIn(relay, [TWO]);
  // What a caller says of itself counts only from a proxy that is trusted.
  expect(await new RelayHost(relay.url, { "x-forwarded-for": "192.0.2.1" }).ended).toBe(429);
  first.socket.close();
  await first.ended;
  await signedIn(relay, [THREE]);
  const behind = await relayWith({ tunnelsPerCaller: 1, tunnels: 2 }, { trustsProxy: true });
  await new RelayHost(behind.url, { "x-forwarded-for": "192.0.2.1" }).next("challenge");
  await new RelayHost(behind.url, { "x-forwarded-for": "192.0.2.2" }).next("challenge");
  expect(await new RelayHost(behind.url, { "x-forwarded-for": "192.0.2.9, 192.0.2.1" }).ended).toBe(429);
  expect(await new RelayHost(behind.url, { "x-forwarded-for": "192.0.2.3" }).ended).toBe(503);
});

test("web pages cannot connect as hosts", async () => {
  const relay = await relayWith();
  expect(await new RelayHost(relay.url, { origin: "https://evil.example" }).ended).toBe(403);
  const head = ["GET /tunnel/connect HTTP/1.1", "host: localhost", ...UPGRADE];
  const codeFor = async (...headers: string[]) => {
    const socket = openRaw(relay.port);
    socket.write([...head, ...headers, "", ""].join("\r\n"));
    return /"code":"(\w+)"/.exec(await readText(socket))?.[1];
  };
  expect(await codeFor("origin: https://evil.example")).toBe("origin_refused");
  expect(await codeFor(...Array<string>(201 - head.length).fill("x-a: b"), "x-a: c")).toBe("too_many_headers");
});

test("a host that answers no pings is taken for gone; one that answers stays", async () => {
  const relay = await relayWith({ pingMs: 40 });
  const lively = await signedIn(relay, [TWO]);
  const lost = await signedIn(relay);
  let pings = 0;
  lively.socket.on("message", (data) => {
    if (!String(data).includes('"ping"')) return;
    pings++;
    lively.send({ type: "pong" });
  });
  expect(await lost.ended).toBe(1006);
  expect(lost.waiting("ping")).toBe(3);
  while (pings < 5) await once(lively.socket, "message");
  expect(codeOf(await askOne(relay))).toBe("agent_offline");
});

test("who sends more than answers may send so many frames a minute, and is sent away with one more", async () => {
  const relay = await relayWith({ controlFramesPerMinute: 5 });
  const host = await signedIn(relay);
  for (let count = 0; count < 4; count++) host.socket.send("what?");
  for (let count = 0; count < 4; count++) expect((await host.next("error")).error).toContain("not understood");
  host.socket.send("what?");
  expect((await host.next("error")).error).toContain("too many");
  expect(await host.ended).toBe(1008);
});

// Requests.

test("what is about the way, or only the relay knows, is taken out of a request; the rest goes through", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  const through = { authorization: "Bearer x", accept: "text/*", "x-hub-signature": "sha256=1", "x-two": ["a", "b"] };
  const asked = askOne(relay, {
    method: "POST",
    body: "x",
    headers: {
      ...through,
      cookie: "osr_session=1",
      connection: "close, x-mine",
      "x-mine": "1",
      "keep-alive": "timeout=5",
      te: "trailers",
      "proxy-authorization": "Basic x",
      "x-forwarded-for": "10.1.2.3",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "evil.example",
      "x-forwarded-port": "1",
      "x-real-ip": "10.1.2.3",
      forwarded: "for=10.1.2.3",
      "fly-client-ip": "10.1.2.3",
      "cf-connecting-ip": "10.1.2.3",
      "x-agent-address": TWO.address,
    },
  });
  const { headers } = await host.answer();
  await asked;
  expect(headers).toEqual({
    ...through,
    "x-two": "a, b",
    "x-agent-address": ONE.address,
    "x-forwarded-for": "127.0.0.1",
  });
});

test("what an answer says of the connection or of other agents' names is taken out of it", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  const asked = askOne(relay);
  await host.answer({
    body: "four",
    headers: {
      "Content-Type": "text/plain",
      "Content-Length": "9999",
      Connection: "keep-alive, X-Hop",
      "X-Hop": "1",
      "Transfer-Encoding": "chunked",
      "Keep-Alive": "timeout=9",
      Upgrade: "h2c",
      "Access-Control-Allow-Origin": "https://evil.example",
      "Access-Control-Allow-Credentials": "true",
      "Strict-Transport-Security": "max-age=1; includeSubDomains",
      "Set-Cookie": "a=b; Domain=.localhost; Path=/; domain=example.org",
    },
  });
  const { headers, body } = await asked;
  expect(body).toBe("four");
  const { date: _, connection: __, ...rest } = headers;
  expect(rest).toEqual({
    "content-type": "text/plain",
    "content-length": "4",
    "access-control-allow-origin": "*",
    "set-cookie": ["a=b; Path=/"],
  });
});

test.each([
  ["a line end in a header", { headers: { "x-a": "b\r\nset-cookie: c=d" } }],
  ["a line end in a name", { headers: { "x-a\r\nx-b": "c" } }],
  ["a NUL in a header", { headers: { "x-a": "b\0" } }],
  ["a header beyond Latin-1", { headers: { "x-a": "\u{1f985}" } }],
  ["too long headers", { headers: { "x-a": "b".repeat(65_536) } }],
  ["a status below what ends a request", { status: 101 }],
  ["a status that there is not", { status: 600 }],
  ["no base64 where it says so", { body: "a", body_encoding: "base64" as const }],
])("an answer with %s becomes 502", async (_, answer) => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  const asked = askOne(relay);
  await host.answer(answer);
  const { status, body } = await asked;
  expect([status, codeOf({ body })]).toEqual([502, "invalid_response"]);
});

test("a body may be as long as it may; with one byte more it is refused, said before or found out", async () => {
  const relay = await relayWith({ bodyBytes: 1_000 });
  const host = await signedIn(relay);
  const asked = askOne(relay, { method: "POST", body: "x".repeat(1_000) });
  expect((await host.answer({ body: "y".repeat(1_000) })).body).toBe("x".repeat(1_000));
  expect((await asked).body).toBe("y".repeat(1_000));
  for (const headers of [{}, { "transfer-encoding": "chunked" }]) {
    const refused = await askOne(relay, { method: "POST", body: "x".repeat(1_001), headers });
    expect([refused.status, codeOf(refused)]).toEqual([413, "body_too_large"]);
  }
  const tooLong = askOne(relay);
  await host.answer({ body: "y".repeat(1_001) });
  expect((await tooLong).status).toBe(502);
});

test("with the real limits, a body of ten million bytes goes both ways, and whoever sends one more can read why not", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay, [ONE], BOTH);
  const body = "x".repeat(10_000_000);
  const asked = askOne(relay, { method: "PUT", body });
  await host.answer({ body });
  expect((await asked).bytes.length).toBe(10_000_000);
  expect(codeOf(await askOne(relay, { method: "PUT", body: `${body}x` }))).toBe("body_too_large");
});

test("a body that JSON blows up beyond a frame goes as base64, or not at all", async () => {
  const relay = await relayWith({ frameBytes: 8_192 });
  const plain = await signedIn(relay);
  const body = "\u0001".repeat(2_000);
  const refused = await askOne(relay, { method: "POST", body });
  expect([refused.status, codeOf(refused)]).toEqual([413, "body_too_large"]);
  plain.socket.close();
  await plain.ended;
  const able = await signedIn(relay, [ONE], BOTH);
  const asked = askOne(relay, { method: "POST", body });
  const { body: got, body_encoding } = await able.answer();
  expect([Buffer.from(got!, "base64").toString(), body_encoding]).toEqual([body, "base64"]);
  await asked;
});

test("bytes that are no text pass where both sides know how, and are refused where the host does not", async () => {
  const relay = await relayWith();
  const bytes = Buffer.from([0, 255, 254, 10, 13]);
  const able = new RelayHost(relay.url);
  expect((await able.signIn([ONE], [...BOTH, "tomorrow"])).features).toEqual(BOTH);
  const asked = askOne(relay, { method: "POST", body: bytes });
  const { body, body_encoding } = await able.answer({ body: bytes.toString("base64"), body_encoding: "base64" });
  expect([body, body_encoding]).toEqual([bytes.toString("base64"), "base64"]);
  expect((await asked).bytes).toEqual(bytes);
  const plain = await signedIn(relay, [TWO]);
  const refused = await ask(relay.port, nameOf(relay, TWO), { method: "POST", body: bytes });
  expect([refused.status, codeOf(refused)]).toEqual([415, "binary_body"]);
  expect(plain.waiting("request")).toBe(0);
});

test("HEAD has no body, and the length that the host says", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  const asked = askOne(relay, { method: "HEAD" });
  await host.answer({ headers: { "content-length": "1234" } });
  const { status, headers, body } = await asked;
  expect([status, headers["content-length"], body]).toEqual([200, "1234", ""]);
});

test("what a browser asks before is answered by the relay, for whatever page", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  const { status, headers } = await askOne(relay, {
    method: "OPTIONS",
    headers: {
      origin: "https://page.example",
      "access-control-request-method": "PUT",
      "access-control-request-headers": "content-type, x-a",
    },
  });
  expect(status).toBe(204);
  expect(headers).toMatchObject({
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "PUT",
    "access-control-allow-headers": "content-type, x-a",
    "access-control-max-age": "600",
  });
  expect(headers["access-control-allow-credentials"]).toBeUndefined();
  expect(host.waiting("request")).toBe(0);
});

test("an agent may be asked so often a minute; the next one waits, and other agents' callers do not", async () => {
  let nowMs = 0;
  const relay = await relayWith({ requestsPerMinute: 2 }, { clock: () => nowMs });
  const host = await signedIn(relay, [ONE, TWO]);
  for (let count = 0; count < 2; count++) {
    const asked = askOne(relay);
    await host.answer();
    expect((await asked).status).toBe(200);
  }
  const refused = await askOne(relay);
  expect([refused.status, codeOf(refused), refused.headers["retry-after"]]).toEqual([429, "rate_limited", "60"]);
  const other = ask(relay.port, nameOf(relay, TWO));
  await host.answer();
  expect((await other).status).toBe(200);
  nowMs += 60_000;
  const again = askOne(relay);
  await host.answer();
  expect((await again).status).toBe(200);
});

test("setting the machine's clock gives nobody more requests, and makes nobody wait longer", async () => {
  const relay = await relayWith({ requestsPerMinute: 1, connectsPerMinute: 2 });
  const host = await signedIn(relay);
  const asked = askOne(relay);
  await host.answer();
  await asked;
  await signedIn(relay, [TWO]);
  const realNow = Date.now;
  for (const hours of [1, -1]) {
    vi.spyOn(Date, "now").mockImplementation(() => realNow() + hours * 3_600_000);
    const { status, headers } = await askOne(relay);
    expect([status, Number(headers["retry-after"]) <= 60]).toEqual([429, true]);
    expect(await new RelayHost(relay.url).ended).toBe(429);
    vi.restoreAllMocks();
  }
});

test("a host has so many open requests; one more is told to come back", async () => {
  const relay = await relayWith({ requestsOpen: 2 });
  const host = await signedIn(relay);
  const open = [askOne(relay), askOne(relay)];
  const first = await host.next("request");
  const second = await host.next("request");
  const refused = await askOne(relay);
  expect([refused.status, codeOf(refused)]).toEqual([503, "tunnel_busy"]);
  for (const { id } of [second, first]) host.send({ type: "response", id, status: 200, headers: {}, body: id });
  expect((await Promise.all(open)).map(({ body }) => body).sort()).toEqual([first.id, second.id].sort());
});

test("all callers together make the relay hold so many bytes, which are free again when they are answered", async () => {
  const relay = await relayWith({ heldBytes: 1_000 });
  const host = await signedIn(relay);
  const first = askOne(relay, { method: "POST", body: "x".repeat(600) });
  const { id } = await host.next("request");
  const refused = await askOne(relay, { method: "POST", body: "x".repeat(401) });
  expect([refused.status, codeOf(refused)]).toEqual([503, "relay_busy"]);
  host.send({ type: "response", id, status: 200, headers: {} });
  await first;
  const again = askOne(relay, { method: "POST", body: "x".repeat(1_000) });
  await host.answer();
  expect((await again).status).toBe(200);
});

test("neither one caller nor one host takes the room of all: others still get theirs", async () => {
  const relay = await relayWith({ heldBytes: 1_000, heldBytesEach: 300 }, { trustsProxy: true });
  const host = await signedIn(relay, [ONE, TWO]);
  const other = await signedIn(relay, [THREE]);
  const post = (agent: TestAgent, from: string, bytes: number) =>
    ask(relay.port, nameOf(relay, agent), {
      method: "POST",
      body: "x".repeat(bytes),
      headers: { "x-forwarded-for": from },
    });
  // One caller, of many agents.
  const first = post(ONE, "192.0.2.1", 200);
  const { id } = await host.next("request");
  const refused = await post(THREE, "192.0.2.1", 101);
  expect([refused.status, codeOf(refused)]).toEqual([503, "relay_busy"]);
  // Many callers, of all agents of one host.
  expect(codeOf(await post(TWO, "192.0.2.2", 101))).toBe("relay_busy");
  const passes = post(THREE, "192.0.2.2", 300);
  await other.answer();
  expect((await passes).status).toBe(200);
  host.send({ type: "response", id, status: 200, headers: {} });
  await first;
  const again = post(TWO, "192.0.2.1", 300);
  await host.answer();
  expect((await again).status).toBe(200);
});

test("an answer counts for its host as well: one that its reader has no room for is refused", async () => {
  const relay = await relayWith({ heldBytesEach: 300 });
  const host = await signedIn(relay);
  for (const [bytes, status] of [
    [101, 503],
    [100, 200],
  ] as const) {
    const asked = askOne(relay, { method: "POST", body: "x".repeat(200) });
    await host.answer({ body: "y".repeat(bytes) });
    const { headers, ...answer } = await asked;
    expect([answer.status, headers["retry-after"]]).toEqual([status, status === 503 ? "1" : undefined]);
  }
});

test("who asks on and on and reads none of it is sent away", async () => {
  const relay = await relayWith({ unsentBytes: 100_000, requestsPerMinute: 1_000 });
  const host = await signedIn(relay);
  host.socket.pause();
  const asked: Promise<string>[] = [];
  for (let code = ""; code !== "tunnel_send_failed"; ) {
    asked.push(askOne(relay, { method: "POST", body: "x".repeat(500_000) }).then(codeOf));
    // Those that went out are answered only when the host is gone.
    code = await Promise.race([...asked, delay(20, "")]);
  }
  host.send({ type: "ping" });
  const codes = new Set(await Promise.all(asked));
  expect(codes).toEqual(new Set(["tunnel_send_failed", "agent_offline"]));
});

test("whose an agent is, is looked at when the body is there, not before", async () => {
  const relay = await relayWith();
  const before = await signedIn(relay);
  /** Somebody whose body is half there. */
  const halfway = async () => {
    const text = `POST / HTTP/1.1\r\nhost: ${nameOf(relay)}\r\nconnection: close\r\ncontent-length: 8\r\n\r\nhalf`;
    const socket = openRaw(relay.port);
    await new Promise<void>((resolve) => socket.write(text, () => resolve()));
    return { socket, answer: readText(socket) };
  };
  const [taken, lost] = [await halfway(), await halfway()];
  const after = await signedIn(relay);
  taken.socket.write("half");
  expect((await after.answer({ body: "after" })).body).toBe("halfhalf");
  expect(await taken.answer).toContain("after");
  expect(before.waiting("request")).toBe(0);
  after.socket.terminate();
  expect(codeOf(await askOne(relay))).toBe("agent_offline");
  lost.socket.write("half");
  expect(await lost.answer).toMatch(/^HTTP\/1.1 502 .*"agent_offline"/s);
});

test("a host that takes nothing off its connection is not sent ever more", async () => {
  const relay = await relayWith({ unsentBytes: 1_000_000 });
  const host = await signedIn(relay);
  host.socket.pause();
  let refused: Awaited<ReturnType<typeof ask>> | undefined;
  const bodies = Array.from({ length: 40 }, () =>
    askOne(relay, { method: "POST", body: "x".repeat(500_000) }).then((answer) => {
      refused = answer;
      return answer;
    }),
  );
  await Promise.race(bodies);
  expect([refused!.status, codeOf(refused!)]).toEqual([502, "tunnel_send_failed"]);
  host.socket.terminate();
  await Promise.all(bodies);
});

test("no answer within the time is 504, and the host is told that nobody waits any more", async () => {
  const relay = await relayWith({ answerMs: 30 });
  const host = await signedIn(relay, [ONE], BOTH);
  const late = await askOne(relay);
  expect([late.status, codeOf(late)]).toEqual([504, "gateway_timeout"]);
  const { id } = await host.next("request");
  expect((await host.next("stream_cancel")).id).toBe(id);
  host.send({ type: "response", id, status: 200, headers: {}, body: "late" });
  await host.settle();
});

test("a host that goes away leaves those who wait a 502", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  const asked = askOne(relay);
  await host.next("request");
  host.socket.terminate();
  const { status, body } = await asked;
  expect([status, codeOf({ body })]).toEqual([502, "agent_offline"]);
});

test("a host can answer only what it was asked itself", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  const thief = await signedIn(relay, [TWO]);
  const asked = askOne(relay);
  const { id } = await host.next("request");
  thief.send({ type: "response", id, status: 200, headers: {}, body: "stolen" });
  await thief.settle();
  host.send({ type: "response", id, status: 200, headers: {}, body: "true" });
  expect((await asked).body).toBe("true");
});

// Streams.

test("a stream's pieces arrive as they come, text and bytes, until its end", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay, [ONE], BOTH);
  const beginning = begin(relay.port, nameOf(relay));
  const { id } = await host.next("request");
  host.send({
    type: "stream_start",
    id,
    status: 203,
    headers: { "content-type": "text/event-stream", "content-length": "5" },
  });
  const response = await beginning;
  expect([response.statusCode, response.headers["content-length"]]).toEqual([203, undefined]);
  const pieces = [
    { data: "data: ü\n\n" },
    { data: Buffer.from([255]).toString("base64"), body_encoding: "base64" as const },
  ];
  for (const piece of pieces) {
    const came = once(response, "data");
    host.send({ type: "stream_chunk", id, ...piece });
    expect((await came)[0]).toEqual(Buffer.from(piece.data, piece.body_encoding ?? "utf8"));
  }
  const ended = once(response, "end");
  host.send({ type: "stream_end", id });
  await ended;
  expect(response.complete).toBe(true);
});

test.each([
  ["says so", (host: RelayHost, id: string) => host.send({ type: "stream_end", id, error: "the plugin is gone" })],
  ["goes away", (host: RelayHost) => host.socket.terminate()],
  ["says nothing for too long", () => {}],
  ["begins again", (host: RelayHost, id: string) => host.send({ type: "stream_start", id, status: 200, headers: {} })],
  ["answers whole", (host: RelayHost, id: string) => host.send({ type: "response", id, status: 200, headers: {} })],
  [
    "sends no base64",
    (host: RelayHost, id: string) => host.send({ type: "stream_chunk", id, data: "a", body_encoding: "base64" }),
  ],
])("a stream whose host %s breaks off, so that nobody takes it for whole", async (_, breakOff) => {
  const relay = await relayWith({ streamIdleMs: 50 });
  const host = await signedIn(relay);
  const beginning = begin(relay.port, nameOf(relay));
  const { id } = await host.next("request");
  host.send({ type: "stream_start", id, status: 200, headers: {} });
  const response = await beginning;
  const gone = once(response, "error");
  response.resume();
  breakOff(host, id);
  expect((await gone)[0]).toMatchObject({ code: "ECONNRESET" });
  expect(response.complete).toBe(false);
});

test("a piece of a stream that did not begin is a 502", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  const asked = askOne(relay);
  const { id } = await host.next("request");
  host.send({ type: "stream_chunk", id, data: "x" });
  expect(codeOf(await asked)).toBe("invalid_response");
});

test("when a stream's reader goes away, its host is told", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay, [ONE], BOTH);
  const beginning = begin(relay.port, nameOf(relay));
  const { id } = await host.next("request");
  host.send({ type: "stream_start", id, status: 200, headers: {} });
  (await beginning).destroy();
  expect((await host.next("stream_cancel")).id).toBe(id);
});

test("a slow reader makes its own stream wait, nobody else's, and gets all of it", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay, [ONE], BOTH);
  const beginning = begin(relay.port, nameOf(relay));
  const { id } = await host.next("request");
  host.send({ type: "stream_start", id, status: 200, headers: {} });
  const response = await beginning;
  response.pause();
  const piece = "x".repeat(100_000);
  let sent = 0;
  while (host.waiting("stream_pause") === 0) {
    host.send({ type: "stream_chunk", id, data: piece });
    sent += piece.length;
    await host.settle();
  }
  const other = askOne(relay);
  await host.answer({ body: "quick" });
  expect((await other).body).toBe("quick");
  let got = 0;
  response.on("data", (chunk: Buffer) => {
    got += chunk.length;
  });
  response.resume();
  expect((await host.next("stream_resume")).id).toBe(id);
  const ended = once(response, "end");
  host.send({ type: "stream_end", id });
  await ended;
  expect(got).toBe(sent);
});

test("a reader who takes nothing of a stream whose host cannot wait is cut off", async () => {
  const relay = await relayWith({ streamHeldBytes: 300_000, streamPauseBytes: 100_000 });
  const host = await signedIn(relay, [ONE]);
  const beginning = begin(relay.port, nameOf(relay));
  const { id } = await host.next("request");
  host.send({ type: "stream_start", id, status: 200, headers: {} });
  const response = await beginning;
  response.pause();
  const gone = once(response, "error");
  let isGone = false;
  void gone.then(() => {
    isGone = true;
  });
  const piece = "x".repeat(1_000_000);
  for (let count = 0; count < 30 && !isGone; count++) {
    host.send({ type: "stream_chunk", id, data: piece });
    await host.settle();
  }
  response.resume();
  expect((await gone)[0]).toMatchObject({ code: "ECONNRESET" });
});

// What is no request for an agent.

test("the relay says that it is there, whatever name it is asked under, and nothing else of itself", async () => {
  const relay = await relayWith();
  for (const name of [`127.0.0.1:${relay.port}`, "relay.internal", "localhost"]) {
    const { status, body } = await ask(relay.port, name, { path: "/health" });
    expect([status, body]).toEqual([200, '{"status":"ok"}']);
    for (const path of ["/", "/plugins/a/b", "/metrics", "/api/v1/tunnel"]) {
      expect(codeOf(await ask(relay.port, name, { path }))).toBe("invalid_subdomain");
    }
  }
  const plain = await ask(relay.port, "localhost", { path: "/tunnel/connect" });
  expect([plain.status, codeOf(plain)]).toEqual([426, "upgrade_required"]);
  expect(codeOf(await ask(relay.port, nameOf(relay), { path: "/health" }))).toBe("agent_offline");
});

test("WebSockets go to the one path for hosts, and nowhere else", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  for (const [name, path] of [
    [nameOf(relay), "/plugins/a/socket"],
    [nameOf(relay), "/tunnel/connect"],
    [`localhost:${relay.port}`, "/"],
  ]) {
    const text = [`GET ${path} HTTP/1.1`, `host: ${name}`, ...UPGRADE, "", ""].join("\r\n");
    expect(await rawStatus(relay.port, text)).toBeGreaterThanOrEqual(400);
  }
  expect(host.waiting("request")).toBe(0);
});

test("what comes behind an upgrade that is not made is no request, and the connection ends with the answer", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  const socket = openRaw(relay.port);
  const answer = readText(socket);
  const name = `host: ${nameOf(relay)}`;
  const first = ["GET /first HTTP/1.1", name, "connection: upgrade", "upgrade: h2c", "", ""];
  const second = ["POST /second HTTP/1.1", name, "content-length: 200", "", ""];
  socket.write([...first, ...second].join("\r\n"));
  const { id, path } = await host.next("request");
  expect(path).toBe("/first");
  socket.write(["GET /smuggled HTTP/1.1", name, "", ""].join("\r\n"));
  socket.write(["GET /tunnel/connect HTTP/1.1", "host: localhost", ...UPGRADE, "", ""].join("\r\n"));
  host.send({ type: "response", id, status: 200, headers: {}, body: "one" });
  expect(await answer).toMatch(/^HTTP\/1.1 200 .*\r\n\r\none$/s);
  expect(host.waiting("request")).toBe(0);
});

test("the same behind an upgrade that expects something", async () => {
  const relay = await relayWith();
  const first = [
    "GET /health HTTP/1.1",
    "host: localhost",
    "expect: foo",
    "connection: upgrade",
    "upgrade: h2c",
    "",
    "",
  ];
  const second = ["POST /health HTTP/1.1", "host: localhost", "content-length: 200", "", ""];
  const socket = openRaw(relay.port);
  const answer = readText(socket);
  socket.write([...first, ...second].join("\r\n"));
  socket.write(["GET /health HTTP/1.1", "host: localhost", "", ""].join("\r\n"));
  expect((await answer).match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
});

test.each([
  ["two names", "GET /", ["host: localhost", "host: localhost"], 400],
  ["no name", "GET /", [], 400],
  ["a target with a host in it", "GET http://localhost/", ["host: localhost"], 400],
  ["two lengths", "POST /", ["host: localhost", "content-length: 1", "content-length: 2"], 400],
  ["a length and pieces", "POST /", ["host: localhost", "content-length: 4", "transfer-encoding: chunked"], 400],
  ["200 headers and one more", "GET /", ["host: localhost", ...Array(200).fill("x-a: b")], 431],
  ["long headers", "GET /", ["host: localhost", `x-a: ${"b".repeat(65_536)}`], 431],
])("a request with %s is refused", async (_, line, headers, status) => {
  const relay = await relayWith();
  const { port } = relay;
  const named = headers.map((header) => header.replace("localhost", nameOf(relay)));
  expect(await rawStatus(port, [`${line} HTTP/1.1`, ...named, "", ""].join("\r\n"))).toBe(status);
});

test("200 headers pass", async () => {
  const relay = await relayWith();
  const host = await signedIn(relay);
  const headers = Array.from({ length: 198 }, (_, at) => `x-${at}: b`);
  const text = ["GET / HTTP/1.1", `host: ${nameOf(relay)}`, "connection: close", ...headers, "", ""].join("\r\n");
  const status = rawStatus(relay.port, text);
  expect(Object.keys((await host.answer()).headers)).toHaveLength(198 + 2);
  expect(await status).toBe(200);
});

test("a relay that is stopped lets requests finish, takes no new ones, and leaves nothing open", async () => {
  const relay = await openRelay({ host: "127.0.0.1", port: 0 });
  const host = await signedIn(relay);
  const asked = askOne(relay);
  const { id } = await host.next("request");
  const idle = openRaw(relay.port);
  await once(idle, "connect");
  const closed = relay.close();
  const late = openRaw(relay.port);
  await new Promise((resolve) => late.once("close", resolve));
  host.send({ type: "response", id, status: 200, headers: {}, body: "still" });
  expect((await asked).body).toBe("still");
  await closed;
  expect(await host.ended).toBe(1001);
  idle.destroy();
});

test("who is connected already when a relay is stopped gets an answer, no tunnel, and the end of the connection", async () => {
  const relay = await openRelay({ host: "127.0.0.1", port: 0 });
  const host = await signedIn(relay);
  const asked = askOne(relay);
  const { id } = await host.next("request");
  const name = `localhost:${relay.port}`;
  /** A request of which all but the end is there. */
  const halfway = async (...lines: string[]) => {
    const socket = openRaw(relay.port);
    await new Promise<void>((resolve) =>
      socket.write(`${[...lines, `host: ${name}`].join("\r\n")}\r\n`, () => resolve()),
    );
    return { socket, answer: readText(socket) };
  };
  const health = await halfway("GET /health HTTP/1.1");
  const tunnel = await halfway("GET /tunnel/connect HTTP/1.1", ...UPGRADE);
  // They are there before the relay stops: it took them first.
  await askOne(relay, { method: "OPTIONS" });
  const closed = relay.close();
  for (const { socket } of [health, tunnel]) socket.write("\r\n");
  expect(await health.answer).toMatch(/^HTTP\/1.1 200 .*connection: close/is);
  expect(await tunnel.answer).toMatch(/^HTTP\/1.1 503 .*"relay_stopping"/s);
  host.send({ type: "response", id, status: 200, headers: {} });
  await asked;
  await closed;
});

test("a stream without an end does not keep a relay from stopping", async () => {
  const relay = await openRelay({ host: "127.0.0.1", port: 0, limits: { drainMs: 20 } });
  const host = await signedIn(relay);
  const beginning = begin(relay.port, nameOf(relay));
  const { id } = await host.next("request");
  host.send({ type: "stream_start", id, status: 200, headers: {} });
  const response = await beginning;
  const gone = once(response, "error");
  response.resume();
  await relay.close();
  await gone;
  await delay(0);
});
