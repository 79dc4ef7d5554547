// The states of the tunnel: how it comes up, how it is lost, and that it is gone when it ought to be.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../../test/helpers/eventually.ts";
import { openTestTunnel } from "../../../test/helpers/open-test-tunnel.ts";
import { openSmallRelay } from "../../../test/helpers/small-relay.ts";
import { recoverAddress } from "../../base/ethereum-signature.ts";
import { DEFAULT_AGENT_ID } from "../../protocol/agent-id.ts";
import { TUNNEL_AGENTS_MAX, TUNNEL_PINGS_MISSED_MAX } from "../../protocol/limits.ts";
import { tunnelSignatureText } from "../../protocol/tunnel-frames.ts";
import { DEFAULT_AGENT, putAgent } from "../../store/agent-rows.ts";
import { controlDb } from "../../store/control-db.ts";
import type { TunnelService } from "./tunnel-service.ts";

/** However busy the machine is. */
/** Begins a try, and waits until it failed. */
async function failedTry(tunnel: TunnelService): Promise<void> {
  tunnel.connect().catch(() => {}); // It waits for more tries than this one.
  await eventually(async () => expect((await tunnel.status()).state).toBe("waiting"));
}

/** A server that is no relay; gives the address at which one would be. */
async function openNoRelay(status: number, headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, headers).end());
  server.listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/tunnel/connect`;
}

/** A port at which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createNetServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Makes an agent as another process would, past the host. */
async function putElsewhere(data: string, address: string | null): Promise<void> {
  const db = controlDb(data);
  onTestFinished(() => db.close());
  const agent = {
    ...DEFAULT_AGENT,
    id: "AAAAAAAA-0000-4000-8000-000000000001",
    name: "Ada",
    isDefault: false,
    address,
  };
  (await db.openForWrite()).write((sqlite) => putAgent(sqlite, agent));
}

const wishOf = (data: string) => join(data, "Config/tunnel.json");

test("nothing is connected or written before somebody wants it, and the status has every agent with its address", async () => {
  const relay = await openSmallRelay();
  const { tunnel, agents, data, told } = await openTestTunnel(relay.url);
  await agents.create({ name: "Ada" });
  tunnel.resume();
  const status = await tunnel.status();
  expect(status).toMatchObject({ connected: false, state: "off", relayUrl: relay.url, error: null, retryInMs: null });
  expect(status.agents.map(({ name, status, url }) => [name, status, url])).toEqual([
    ["default", "disconnected", null],
    ["Ada", "disconnected", null],
  ]);
  for (const { address } of status.agents) expect(address).toMatch(/^0x[0-9a-f]{40}$/);
  expect([relay.hosts.length, existsSync(wishOf(data)), told]).toEqual([0, false, []]);
});

test("each agent signs the relay's challenge with its own key, and has the address that the relay gives it", async () => {
  const relay = await openSmallRelay();
  const { tunnel, agents, told } = await openTestTunnel(relay.url);
  await agents.create({ name: "Ada" });
  const status = await tunnel.connect();
  const { frames } = await relay.nextHost();
  const [auth] = frames;
  if (auth?.type !== "auth") throw new Error("the first frame is no auth");
  expect(Math.abs(auth.timestamp - Date.now() / 1_000)).toBeLessThan(30);
  for (const { address, signature } of auth.agents) {
    expect(recoverAddress(tunnelSignatureText(address, auth.nonce, auth.timestamp), signature)).toBe(address);
  }
  expect(status).toMatchObject({ connected: true, state: "connected", error: null });
  for (const { id, address, url, status: one } of status.agents) {
    expect([url, one]).toEqual([`http://${address}.relay.example`, "connected"]);
    expect(tunnel.urlOf(id)).toBe(url);
  }
  expect(status.agents.length).toBe(2);
  expect(told).toEqual([Object.fromEntries(status.agents.map(({ id, url }) => [id, url]))]);
});

test("two who connect at once get one connection, and to connect again changes nothing", async () => {
  const relay = await openSmallRelay();
  const { tunnel } = await openTestTunnel(relay.url);
  await Promise.all([tunnel.connect(), tunnel.connect()]);
  await tunnel.connect();
  expect(relay.hosts.length).toBe(1);
});

test("disconnect ends the connection, and a host that starts anew stays off", async () => {
  const relay = await openSmallRelay();
  const { tunnel, data, told, again } = await openTestTunnel(relay.url);
  await tunnel.connect();
  expect(JSON.parse(readFileSync(wishOf(data), "utf8"))).toEqual({ relay_url: relay.url });
  const host = await relay.nextHost();
  expect(await tunnel.disconnect()).toMatchObject({ connected: false, state: "off", error: null, retryInMs: null });
  await host.gone();
  expect(tunnel.urlOf(DEFAULT_AGENT_ID)).toBeUndefined();
  expect(told.at(-1)).toEqual({});
  again(relay.url).resume();
  expect([existsSync(wishOf(data)), relay.hosts.length]).toEqual([false, 1]);
});

test("a host that starts anew connects again to the relay that was wanted", async () => {
  const relay = await openSmallRelay();
  const { tunnel, again } = await openTestTunnel(relay.url);
  await tunnel.connect();
  await tunnel.stop();
  const other = again(relay.url);
  other.resume();
  await relay.nextHost();
  await relay.nextHost();
  await eventually(async () => expect((await other.status()).state).toBe("connected"));
});

test("what was wanted of one relay is not wanted of another", async () => {
  const [relay, other] = [await openSmallRelay(), await openSmallRelay()];
  const { tunnel, again, notes } = await openTestTunnel(relay.url);
  await tunnel.connect();
  await tunnel.stop();
  const moved = again(other.url);
  moved.resume();
  expect((await moved.status()).state).toBe("off");
  expect(notes.at(-1)).toContain("was connected to another relay");
  expect(other.hosts.length).toBe(0);
});

test.each(["{", "[]", '{"relay_url":7}', "x".repeat(20_000)])(
  "a file of wishes that is none is told of: %.20s",
  async (text) => {
    const { tunnel, data, notes } = await openTestTunnel("ws://127.0.0.1:1/tunnel/connect");
    mkdirSync(join(data, "Config"), { recursive: true });
    writeFileSync(wishOf(data), text);
    tunnel.resume();
    expect((await tunnel.status()).state).toBe("off");
    expect(notes).toEqual([expect.stringContaining("tunnel.json")]);
  },
);

test("a wish that cannot be written is said to whoever wanted it", async () => {
  const { tunnel, data } = await openTestTunnel("ws://127.0.0.1:1/tunnel/connect");
  mkdirSync(wishOf(data), { recursive: true });
  await expect(tunnel.connect()).rejects.toMatchObject({ code: "tunnel_failed" });
  expect((await tunnel.status()).state).toBe("off");
});

test("an address that is no relay's is refused before anything is connected or kept", async () => {
  const { tunnel, data, notes } = await openTestTunnel("http://127.0.0.1/tunnel/connect");
  await expect(tunnel.connect()).rejects.toMatchObject({ code: "relay_invalid" });
  tunnel.resume();
  expect(existsSync(wishOf(data))).toBe(false);
  expect((await tunnel.status()).relayUrl).toBe("");
  expect(notes).toEqual([]);
});

test("without a network, connecting says in the end what went wrong last, and it goes on trying until the relay is there", async () => {
  const port = await closedPort();
  const url = `ws://127.0.0.1:${port}/tunnel/connect`;
  const { tunnel, notes } = await openTestTunnel(url, { times: { connectWaitMs: 500 } });
  const message = "the tunnel is not connected after 0.5 s: nothing listens at the relay's address";
  await expect(tunnel.connect()).rejects.toMatchObject({ code: "tunnel_failed", message });
  expect(await tunnel.status()).toMatchObject({ connected: false, error: expect.stringContaining("nothing listens") });
  const relay = await openSmallRelay({ port });
  await relay.nextHost();
  await eventually(async () => expect(await tunnel.status()).toMatchObject({ connected: true, error: null }));
  expect(notes).toEqual([expect.stringContaining("the tunnel is down")]); // Said once, however often it was tried.
});

test("whoever connects waits for a relay that is there a moment later", async () => {
  const port = await closedPort();
  const { tunnel } = await openTestTunnel(`ws://127.0.0.1:${port}/tunnel/connect`);
  const connecting = tunnel.connect();
  await eventually(async () => expect((await tunnel.status()).error).toContain("nothing listens"));
  await openSmallRelay({ port });
  expect(await connecting).toMatchObject({ connected: true, error: null });
});

test("whoever wants it while it waits for the next try begins one", async () => {
  const port = await closedPort();
  const url = `ws://127.0.0.1:${port}/tunnel/connect`;
  const { tunnel } = await openTestTunnel(url, { times: { backoffMsMin: 1e6, backoffMsMax: 1e6 } });
  await failedTry(tunnel);
  expect((await tunnel.status()).retryInMs).toBeGreaterThan(1e5);
  await openSmallRelay({ port });
  expect((await tunnel.connect()).connected).toBe(true);
});

test("the time until the next try doubles to its bound, is somewhat random, and is never longer", async () => {
  const port = await closedPort();
  const url = `ws://127.0.0.1:${port}/tunnel/connect`;
  const { tunnel } = await openTestTunnel(url, { times: { backoffMsMin: 1e5, backoffMsMax: 6e5 } });
  const waits: number[] = [];
  for (let tries = 0; tries < 5; tries++) {
    await failedTry(tunnel);
    waits.push((await tunnel.status()).retryInMs!);
  }
  for (const [tries, most] of [1e5, 2e5, 4e5, 6e5, 6e5].entries()) {
    expect(waits[tries]).toBeLessThanOrEqual(most);
    expect(waits[tries]).toBeGreaterThan(most * 0.7);
  }
  expect(waits[3]).not.toBe(waits[4]);
});

test("a connection that held makes the next try a first one again, one that did not hold does not", async () => {
  const relay = await openSmallRelay();
  const steady = await openTestTunnel(relay.url, { times: { backoffMsMin: 1e5, backoffMsMax: 8e5, stableMsMin: 0 } });
  const shaky = await openTestTunnel(relay.url, { times: { backoffMsMin: 1e5, backoffMsMax: 8e5 } });
  for (const { tunnel } of [steady, shaky]) {
    for (let times = 0; times < 2; times++) {
      await tunnel.connect();
      (await relay.nextHost()).socket.terminate();
      await eventually(async () => expect((await tunnel.status()).state).toBe("waiting"));
    }
  }
  expect((await steady.tunnel.status()).retryInMs).toBeLessThanOrEqual(1e5);
  expect((await shaky.tunnel.status()).retryInMs).toBeGreaterThan(1.4e5);
});

test("a relay that refuses is not asked again soon", async () => {
  const relay = await openSmallRelay({
    instead: (host) => host.send({ type: "auth_error", error: "not\u001b[31m you\nagain" }),
  });
  const { tunnel } = await openTestTunnel(relay.url, { times: { backoffMsMin: 10, backoffMsMax: 1e6 } });
  await expect(tunnel.connect()).rejects.toMatchObject({
    message: expect.stringContaining("the relay refused: not [31m you again"),
  });
  expect((await tunnel.status()).retryInMs).toBeGreaterThan(7e5);
});

test("a connection that is lost comes back, and plugins are told of both", async () => {
  const relay = await openSmallRelay();
  const { tunnel, told } = await openTestTunnel(relay.url);
  await tunnel.connect();
  (await relay.nextHost()).socket.terminate();
  await relay.nextHost();
  await eventually(() => expect(told.length).toBe(3));
  expect(told.map((urls) => Object.keys(urls))).toEqual([[DEFAULT_AGENT_ID], [], [DEFAULT_AGENT_ID]]);
  expect((await tunnel.status()).connected).toBe(true);
});

test("agents that are made are added while it is connected, and deleted ones are removed", async () => {
  const relay = await openSmallRelay();
  const { tunnel, agents, told } = await openTestTunnel(relay.url);
  await tunnel.connect();
  const host = await relay.nextHost();
  const { address, id } = await agents.create({ name: "Ada" });
  await host.next("request_challenge");
  host.send({ type: "challenge", nonce: "ab".repeat(32) });
  const { signature, nonce, timestamp, ...add } = await host.next("add_agent");
  expect(add).toEqual({ type: "add_agent", address });
  expect(recoverAddress(tunnelSignatureText(address, nonce, timestamp), signature)).toBe(address);
  expect((await tunnel.status()).agents[1]).toMatchObject({ status: "connecting", url: null });
  host.send({ type: "agent_added", address, url: "http://ada.example/" });
  await eventually(() => expect(tunnel.urlOf(id)).toBe("http://ada.example"));
  expect(told.at(-1)).toMatchObject({ [id]: "http://ada.example" });
  await agents.delete("Ada");
  expect(await host.next("remove_agent")).toEqual({ type: "remove_agent", address });
  expect(tunnel.urlOf(id)).toBeUndefined();
  expect(Object.keys(told.at(-1)!)).toEqual([DEFAULT_AGENT_ID]);
});

test("agents that another process made are noticed as well", async () => {
  const relay = await openSmallRelay();
  const { tunnel, data } = await openTestTunnel(relay.url);
  await tunnel.connect();
  const host = await relay.nextHost();
  await putElsewhere(data, null);
  await host.next("request_challenge");
});

test("an agent that is deleted while it is being added has no public address afterwards", async () => {
  const relay = await openSmallRelay();
  const { tunnel, agents } = await openTestTunnel(relay.url);
  await tunnel.connect();
  const host = await relay.nextHost();
  const { address, id } = await agents.create({ name: "Ada" });
  await host.next("request_challenge");
  await agents.delete("Ada");
  await host.next("remove_agent");
  host.send({ type: "challenge", nonce: "ab".repeat(32) });
  await eventually(() => expect(host.frames.at(-1)!.type).not.toBe("request_challenge"));
  host.send({ type: "agent_added", address, url: "http://ada.example" });
  const { status } = await host.ask(address, "/");
  expect([status, tunnel.urlOf(id)]).toEqual([404, undefined]);
});

test("of several challenges for one more agent, only the first is signed", async () => {
  const relay = await openSmallRelay();
  const { tunnel, agents } = await openTestTunnel(relay.url);
  await tunnel.connect();
  const host = await relay.nextHost();
  await agents.create({ name: "Ada" });
  await host.next("request_challenge");
  host.send({ type: "challenge", nonce: "ab".repeat(32) });
  host.send({ type: "challenge", nonce: "cd".repeat(32) });
  expect((await host.next("add_agent")).nonce).toBe("ab".repeat(32));
  host.send({ type: "challenge", nonce: "ef".repeat(32) });
  host.send({ type: "ping" });
  await host.next("pong");
  expect(host.frames.filter(({ type }) => type === "add_agent").length).toBe(1);
});

test("when a relay refuses one more agent, that agent has no address, and the next one is tried", async () => {
  const relay = await openSmallRelay();
  const { tunnel, agents, notes } = await openTestTunnel(relay.url);
  await tunnel.connect();
  const host = await relay.nextHost();
  await agents.create({ name: "Ada" });
  const { address } = await agents.create({ name: "Bob" });
  await host.next("request_challenge");
  host.send({ type: "error", error: "too many agents" });
  await host.next("request_challenge");
  host.send({ type: "challenge", nonce: "ab".repeat(32) });
  expect((await host.next("add_agent")).address).toBe(address);
  host.send({ type: "agent_added", address, url: "http://bob.example" });
  await eventually(async () =>
    expect((await tunnel.status()).agents.map(({ status, error }) => [status, error])).toEqual([
      ["connected", null],
      ["error", "the relay refused: too many agents"],
      ["connected", null],
    ]),
  );
  expect(notes).toContain("an agent has no public address: the relay refused: too many agents");
});

test(`${TUNNEL_AGENTS_MAX} agents are carried; one more is not, and the status says why`, async () => {
  const relay = await openSmallRelay();
  const { tunnel, agents } = await openTestTunnel(relay.url);
  for (let n = 2; n <= TUNNEL_AGENTS_MAX; n++) await agents.create({ name: `a${n}` });
  const full = await tunnel.connect();
  expect(full.agents.filter(({ status }) => status === "connected").length).toBe(TUNNEL_AGENTS_MAX);
  await tunnel.disconnect();
  await agents.create({ name: "z" });
  const { agents: rows } = await tunnel.connect();
  expect(rows.filter(({ status }) => status === "connected").length).toBe(TUNNEL_AGENTS_MAX);
  expect(rows.at(-1)).toMatchObject({ name: "z", status: "error", url: null, error: expect.stringContaining("50") });
  await relay.nextHost();
  const host = await relay.nextHost();
  await agents.delete("a2"); // Makes room.
  await host.next("request_challenge");
});

test("an agent whose key is gone is left out, and the others are connected", async () => {
  const relay = await openSmallRelay();
  const { tunnel, data } = await openTestTunnel(relay.url);
  await putElsewhere(data, `0x${"12".repeat(20)}`);
  const { agents } = await tunnel.connect();
  expect(agents.map(({ status }) => status)).toEqual(["connected", "error"]);
});

test.each([
  ["ftp://x.example", null],
  ["http://x.example/path", null],
  ["http://user:pw@x.example", null],
  ["javascript:alert(1)", null],
  [`https://${"x".repeat(300)}.example`, null],
  ["https://X.Example:8443/", "https://x.example:8443"],
])("of the public addresses that a relay gives, only those of web servers count: %.40s", async (given, taken) => {
  const relay = await openSmallRelay({ urlOf: () => given });
  const { tunnel } = await openTestTunnel(relay.url);
  const { agents } = await tunnel.connect();
  expect(agents[0]!.url).toBe(taken);
  expect(agents[0]!.status).toBe(taken === null ? "error" : "connected");
});

test("addresses of agents that are not ours are not taken", async () => {
  const relay = await openSmallRelay({
    async instead(host) {
      host.send({ type: "challenge", nonce: "ab".repeat(32) });
      await host.next("auth");
      const address = `0x${"12".repeat(20)}`;
      host.send({ type: "auth_ok", agents: [{ address, url: "http://x.example" }] });
    },
  });
  const { tunnel, told } = await openTestTunnel(relay.url);
  const { agents } = await tunnel.connect();
  expect(agents.map(({ status, url }) => [status, url])).toEqual([["error", null]]);
  expect(told).toEqual([{}]);
});

test("an agent whose address the relay gives to another host loses it", async () => {
  const relay = await openSmallRelay();
  const { tunnel, told } = await openTestTunnel(relay.url);
  const { agents } = await tunnel.connect();
  const host = await relay.nextHost();
  host.send({ type: "agent_removed", address: agents[0]!.address });
  await eventually(() => expect(told.at(-1)).toEqual({}));
  expect((await tunnel.status()).agents[0]).toMatchObject({
    status: "error",
    error: expect.stringContaining("another host"),
  });
});

/** What relays do that are none, or that are ill. Each says what the tunnel makes of it. */
const MISBEHAVING = {
  "says nothing": [() => {}, "did not let us in in time"],
  "speaks before it challenges": [
    (host) => host.send({ type: "agent_added", address: `0x${"1".repeat(40)}`, url: "" }),
    "no relay",
  ],
  "challenges with something else": [(host) => host.send('{"type":"challenge","nonce":"short"}'), "no relay"],
  "lets in without asking": [(host) => host.send({ type: "auth_ok", agents: [] }), "no relay"],
  "sends rubbish": [(host) => host.send("\u0000{]"), "no relay"],
  "sends bytes": [(host) => host.send(Buffer.from([1, 2, 3])), "no relay"],
  "challenges twice": [
    (host) => {
      host.send({ type: "challenge", nonce: "ab".repeat(32) });
      host.send({ type: "challenge", nonce: "cd".repeat(32) });
    },
    "no relay",
  ],
  "sends 20 MB": [(host) => host.send("x".repeat(20_000_000)), "too large"],
  closes: [(host) => host.socket.close(4_003), "closed the connection (4003)"],
  "breaks off": [(host) => host.socket.terminate(), "closed the connection (1006)"],
} satisfies Record<string, readonly [NonNullable<Parameters<typeof openSmallRelay>[0]>["instead"], string]>;

test.each(Object.entries(MISBEHAVING))("a relay that %s is left, and tried again", async (_name, [instead, reason]) => {
  const relay = await openSmallRelay({ instead: instead! });
  const { tunnel } = await openTestTunnel(relay.url, { times: { authMs: 300 } });
  await failedTry(tunnel);
  await relay.nextHost();
  await relay.nextHost();
  expect((await tunnel.status()).error).toContain(reason);
});

test.each([404, 429])("a server that refuses with %i is said at once", async (status) => {
  const { tunnel } = await openTestTunnel(await openNoRelay(status));
  await expect(tunnel.connect()).rejects.toMatchObject({
    code: "tunnel_failed",
    message: expect.stringContaining(`with status ${status}`),
  });
});

test.each([302, 503])("a server that answers with %i is asked again, and no redirect is followed", async (status) => {
  const location = "ws://127.0.0.1:1/tunnel/connect";
  const { tunnel } = await openTestTunnel(await openNoRelay(status, { location }), { times: { connectWaitMs: 500 } });
  const message = `the tunnel is not connected after 0.5 s: the relay answered with status ${status}`;
  await expect(tunnel.connect()).rejects.toMatchObject({ message });
});

test.each([
  ["12", 12_000, 15_000],
  ["999999", 60_000, 60_000],
  ["0", 1_000, 1_250],
  ["soon", 45_000, 60_000],
])("a relay that is asked too often is asked again when it says, within bounds: %s", async (after, least, most) => {
  const url = await openNoRelay(429, { "retry-after": after });
  const { tunnel } = await openTestTunnel(url, { times: { backoffMsMin: 1_000, backoffMsMax: 60_000 } });
  await expect(tunnel.connect()).rejects.toMatchObject({
    message: expect.stringContaining("the relay answered with status 429: it takes 5 connections a minute"),
  });
  const { retryInMs } = await tunnel.status();
  expect(retryInMs).toBeGreaterThan(least * 0.9); // Some of it is over by now.
  expect(retryInMs).toBeLessThanOrEqual(most);
});

test("a relay that falls silent once it is connected is left", async () => {
  const relay = await openSmallRelay();
  const { tunnel, notes } = await openTestTunnel(relay.url, { times: { pingMs: 30 } });
  await tunnel.connect();
  await relay.nextHost();
  await relay.nextHost();
  expect(notes).toContain("the tunnel is down: the relay fell silent");
});

test("a relay that gives signs of life is kept, and its pings are answered", async () => {
  const relay = await openSmallRelay();
  const { tunnel } = await openTestTunnel(relay.url, { times: { pingMs: 300 } });
  await tunnel.connect();
  const host = await relay.nextHost();
  const end = performance.now() + 300 * (TUNNEL_PINGS_MISSED_MAX + 1);
  for (let ts = 1; performance.now() < end; ts++) {
    host.send({ type: "ping", ts });
    expect(await host.next("pong")).toEqual({ type: "pong", ts });
  }
  expect([host.socket.readyState, relay.hosts.length]).toEqual([1, 1]);
});

test("what a relay says at the wrong time, or in words that nobody knows, changes nothing", async () => {
  const relay = await openSmallRelay();
  const { tunnel, notes } = await openTestTunnel(relay.url);
  await tunnel.connect();
  const host = await relay.nextHost();
  const address = `0x${"12".repeat(20)}`;
  host.send('{"type":"unheard of"}');
  host.send("rubbish");
  host.send({ type: "challenge", nonce: "ab".repeat(32) }); // Nobody asked: nothing is signed.
  host.send({ type: "agent_added", address, url: "http://x.example" });
  host.send({ type: "agent_removed", address });
  host.send({ type: "auth_ok", agents: [] });
  host.send({ type: "stream_cancel", id: "nobody's" });
  host.send({ type: "error", error: "a word of warning" });
  host.send({ type: "ping" });
  await host.next("pong");
  expect(host.frames.map(({ type }) => type)).toEqual(["auth", "pong"]);
  expect(notes).toEqual(["the tunnel's relay says: a word of warning"]);
  expect((await tunnel.status()).agents.map(({ status }) => status)).toEqual(["connected"]);
});

test.each(["connecting", "signing in", "connected", "waiting"] as const)(
  "it can be ended while it is %s, and nothing of it is left",
  async (when) => {
    const relay = await openSmallRelay(when === "signing in" ? { instead() {} } : {});
    const { tunnel, told } = await openTestTunnel(relay.url, { times: { backoffMsMin: 1e6, backoffMsMax: 1e6 } });
    const connecting = tunnel.connect().catch((error: Error) => error.message);
    if (when === "signing in") await relay.nextHost();
    if (when === "connected" || when === "waiting") await connecting;
    if (when === "waiting") {
      (await relay.nextHost()).socket.terminate();
      await eventually(async () => expect((await tunnel.status()).state).toBe("waiting"));
    }
    expect((await tunnel.disconnect()).state).toBe("off");
    if (when === "connecting" || when === "signing in") expect(await connecting).toBe("the tunnel was disconnected");
    for (const host of relay.hosts) await host.gone();
    expect(told.at(-1) ?? {}).toEqual({});
  },
);

test("a relay that does not say goodbye holds nobody up", async () => {
  const relay = await openSmallRelay();
  const { tunnel } = await openTestTunnel(relay.url);
  await tunnel.connect();
  (await relay.nextHost()).socket.pause();
  await tunnel.disconnect();
  expect((await tunnel.status()).state).toBe("off");
});

test("a tunnel of a host that has stopped cannot be connected", async () => {
  const relay = await openSmallRelay();
  const { tunnel } = await openTestTunnel(relay.url);
  await tunnel.stop();
  await expect(tunnel.connect()).rejects.toMatchObject({ code: "tunnel_failed" });
  tunnel.resume();
  expect(relay.hosts.length).toBe(0);
});

test.each(["signing in", "waiting"] as const)(
  "a host that stops while it is %s tries no more, and warns of nothing",
  async (when) => {
    const relay = await openSmallRelay({ instead: (host) => when === "waiting" && host.socket.terminate() });
    const { tunnel, notes } = await openTestTunnel(relay.url, { times: { backoffMsMin: 1e6, backoffMsMax: 1e6 } });
    const connecting = tunnel.connect().catch((error: Error) => error.message);
    const host = await relay.nextHost();
    if (when === "waiting") await eventually(async () => expect((await tunnel.status()).state).toBe("waiting"));
    const before = [...notes];
    tunnel.drain();
    expect(await connecting).toBe("the host is stopping");
    await host.gone();
    expect(await tunnel.status()).toMatchObject({ state: "off", retryInMs: null });
    await expect(tunnel.connect()).rejects.toMatchObject({ message: "the host is stopping" });
    tunnel.resume();
    expect([relay.hosts.length, notes]).toEqual([1, before]);
  },
);

test("a connection that is lost while the host stops is not made again, and nobody is warned", async () => {
  const relay = await openSmallRelay();
  const { tunnel, notes } = await openTestTunnel(relay.url);
  await tunnel.connect();
  tunnel.drain();
  expect((await tunnel.status()).connected).toBe(true);
  (await relay.nextHost()).socket.terminate();
  await eventually(async () => expect(await tunnel.status()).toMatchObject({ state: "off", retryInMs: null }));
  expect([relay.hosts.length, notes]).toEqual([1, []]);
});

test("a host that stops adds no agents any more", async () => {
  const relay = await openSmallRelay();
  const { tunnel, agents } = await openTestTunnel(relay.url);
  await tunnel.connect();
  const host = await relay.nextHost();
  tunnel.drain();
  await agents.create({ name: "Ada" });
  await tunnel.stop();
  await host.gone();
  expect(host.frames.map(({ type }) => type)).toEqual(["auth"]);
});
