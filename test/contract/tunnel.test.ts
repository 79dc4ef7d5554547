// The tunnel of a host that serves: what can be reached through it, and what plugins learn of it. A real host, real runners,
// a real server, and a relay of the tests.

import { once } from "node:events";
import { get } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import type { NativePlugin } from "../../src/host/native-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { stopServer } from "../../src/server/listen.ts";
import { openRelay } from "../../src/server/relay/open-relay.ts";
import { openTunnel } from "../../src/server/tunnel/open-tunnel.ts";
import { markTunnelled } from "../../src/server/tunnelled.ts";
import { eventually } from "../helpers/eventually.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { FAR } from "../helpers/native-plugins.ts";
import { openRaw, type ServedHost, serveHost } from "../helpers/served-host.ts";
import { type ConnectedHost, openSmallRelay, type SmallRelayOptions } from "../helpers/small-relay.ts";

/** However busy the machine is. */
const ID = "test.keeps-tunnel-url";
const BASE = `/plugins/${ID}`;

/** A host that serves the fixture, behind a tunnel that is not connected yet. */
async function openTunnelled(
  { isMarked = true, ...more }: SmallRelayOptions & { readonly isMarked?: boolean } = {},
  otherRelay?: string,
) {
  const relay = await openSmallRelay(more);
  const served = await serveHost();
  const { data } = resolvePaths({ env: served.home.env, platform: process.platform });
  installFixture(data, "keeps-tunnel-url");
  const tunnel = openTunnel({
    host: served.host,
    data,
    relayUrl: otherRelay ?? relay.url,
    accept(connection, agentId) {
      if (isMarked) markTunnelled(connection, agentId);
      served.server.app.server.emit("connection", connection);
    },
    note() {},
    times: { backoffMsMin: 10, backoffMsMax: 20, agentsLookMs: 20 },
  });
  onTestFinished(async () => {
    await tunnel.stop();
    await served.stop();
    expect(served.bugs).toEqual([]);
  });
  const agents = await served.host.agents();
  const first = (await agents.list())[0]!.address;
  return { relay, served, tunnel, agents, first, plugin: await (await served.host.native()).plugin(ID) };
}

async function callTool(plugin: NativePlugin, id: string, input = {}, agentId = DEFAULT_AGENT_ID): Promise<unknown> {
  const text = await plugin.call("invoke", ["tool", id, JSON.stringify(input)], { ...FAR, agentId });
  return (JSON.parse(text!) as { result: unknown }).result;
}

const tunnelUrl = (plugin: NativePlugin) => callTool(plugin, "get", { key: "tunnel_url" });
const messageOf = ({ body }: { body?: string | null | undefined }) => JSON.parse(body!).error.message as string;

/** Asks the plugin until it was told that much; gives all of it. */
async function toldOf(plugin: NativePlugin, count: number): Promise<string[][]> {
  const told: string[][] = [];
  await eventually(async () => {
    told.push(...((await callTool(plugin, "told")) as string[][]));
    expect(told.length).toBeGreaterThanOrEqual(count);
  });
  return told;
}

test("an exposed route is reached at an agent's address, for that agent", async () => {
  const { relay, tunnel, agents, first } = await openTunnelled();
  const ada = await agents.create({ name: "Ada" });
  await tunnel.connect();
  const host = await relay.nextHost();
  expect((await host.ask(first, `${BASE}/open`)).body).toBe(DEFAULT_AGENT_ID);
  expect((await host.ask(ada.address, `${BASE}/open`)).body).toBe(ada.id);
});

test("which agent a caller names does not count, neither in a header, nor in the query, nor in a cookie", async () => {
  const { relay, tunnel, agents, first } = await openTunnelled();
  const ada = await agents.create({ name: "Ada" });
  await tunnel.connect();
  const host = await relay.nextHost();
  const headers = { "X-Osaurus-Agent-Id": ada.id, cookie: `osr_agent=${ada.id}`, host: "127.0.0.1" };
  const answer = await host.ask(first, `${BASE}/open?osr_agent=${ada.id}`, { headers });
  expect([answer.status, answer.body]).toEqual([200, DEFAULT_AGENT_ID]);
});

test("what is not exposed looks as if it were not there", async () => {
  const { relay, tunnel, first } = await openTunnelled();
  await tunnel.connect();
  const host = await relay.nextHost();
  const [inside, missing] = [await host.ask(first, `${BASE}/inside`), await host.ask(first, `${BASE}/missing`)];
  expect([inside.status, inside.body]).toEqual([404, missing.body]);
  expect(messageOf(inside)).toBe("No matching route");
  expect(messageOf(await host.ask(first, "/plugins/no.such.plugin/open"))).toBe("No matching route");
});

test("an exposed route of the owner's wants a key through the tunnel as well", async () => {
  const { relay, tunnel, served, first } = await openTunnelled();
  await tunnel.connect();
  const host = await relay.nextHost();
  const refused = await host.ask(first, `${BASE}/mine`);
  expect([refused.status, messageOf(refused)]).toEqual([401, "Authentication required"]);
  const headers = { authorization: `Bearer ${served.key}` };
  expect((await host.ask(first, `${BASE}/mine`, { headers })).status).toBe(200);
});

const OTHERS = [
  "/",
  "/health",
  "/ready",
  "/metrics",
  "/openapi.json",
  "/mcp",
  "/v1/models",
  "/api/v1/tasks",
  "/api/v1/tunnel",
];

/** What is answered at all other paths, with a valid key and whatever else might open a door. */
async function askBeside({ key }: ServedHost, host: ConnectedHost, address: string) {
  const headers = { authorization: `Bearer ${key}`, host: "127.0.0.1", "content-type": "application/json" };
  const answers = [];
  for (const path of OTHERS) answers.push(await host.ask(address, path, { headers }));
  return answers;
}

test("nothing but plugins is reached through the tunnel, not even with a valid key", async () => {
  const { relay, tunnel, served, first } = await openTunnelled({ urlOf: () => "http://127.0.0.1" });
  await tunnel.connect();
  for (const answer of await askBeside(served, await relay.nextHost(), first)) {
    expect([answer.status, messageOf(answer)]).toEqual([404, "No matching route"]);
  }
});

test("a tunnel whose connections were not marked would open them: the test above can fail", async () => {
  const { relay, tunnel, served, first } = await openTunnelled({ urlOf: () => "http://127.0.0.1", isMarked: false });
  await tunnel.connect();
  const statuses = (await askBeside(served, await relay.nextHost(), first)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(3);
});

test("plugins learn of the tunnel: up, down, and all of it anew after a reconnect", async () => {
  const { relay, tunnel, plugin, first } = await openTunnelled();
  const url = `http://${first}.relay.example`;
  expect(await toldOf(plugin, 1)).toEqual([[DEFAULT_AGENT_ID, "colour", "red"]]);
  expect(await tunnelUrl(plugin)).toBeNull();
  await tunnel.connect();
  expect(await toldOf(plugin, 1)).toEqual([[DEFAULT_AGENT_ID, "tunnel_url", url]]);
  expect(await tunnelUrl(plugin)).toBe(url);
  (await relay.nextHost()).socket.terminate();
  await relay.nextHost();
  expect(await toldOf(plugin, 3)).toEqual([
    [DEFAULT_AGENT_ID, "tunnel_url", ""],
    [DEFAULT_AGENT_ID, "colour", "red"],
    [DEFAULT_AGENT_ID, "tunnel_url", url],
  ]);
  await tunnel.disconnect();
  expect(await toldOf(plugin, 1)).toEqual([[DEFAULT_AGENT_ID, "tunnel_url", ""]]);
  expect(await tunnelUrl(plugin)).toBe("");
});

test("a plugin that is loaded while the tunnel is up gets its settings, and then the address", async () => {
  const { tunnel, plugin, served, first } = await openTunnelled();
  await tunnel.connect();
  await toldOf(plugin, 2);
  await (await served.host.native()).reload(ID);
  expect(await toldOf(plugin, 2)).toEqual([
    [DEFAULT_AGENT_ID, "colour", "red"],
    [DEFAULT_AGENT_ID, "tunnel_url", `http://${first}.relay.example`],
  ]);
});

test("a deleted agent's address is taken back from plugins", async () => {
  const { tunnel, plugin, agents } = await openTunnelled();
  const ada = await agents.create({ name: "Ada" });
  await tunnel.connect();
  await toldOf(plugin, 4);
  await agents.delete("Ada");
  expect(await toldOf(plugin, 1)).toEqual([[ada.id, "tunnel_url", ""]]);
});

test("a server that is being stopped takes nothing new from its tunnel, while what was asked before is finished", async () => {
  const relay = await openSmallRelay();
  const served = await serveHost({ relayUrl: relay.url });
  onTestFinished(() => served.stop());
  const { agents } = await served.server.tunnel.connect();
  const host = await relay.nextHost();
  const begun = once(served.server.app.server, "request");
  const open = openRaw(served.port);
  open.write("POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n");
  open.write(`authorization: Bearer ${served.key}\r\ncontent-length: 9\r\n\r\n{`);
  await begun;
  const stopped = stopServer(served.server, 60_000);
  const answer = await host.ask(agents[0]!.address, "/plugins/test.not-there/x");
  expect([answer.status, messageOf(answer)]).toEqual([503, "The host is stopping"]);
  open.destroy();
  await stopped;
  await host.gone();
});

test("with the relay that Osprey brings, a plugin's route is asked for at its agent's address over HTTP, and nothing else is", async () => {
  const relay = await openRelay({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => relay.close());
  const { tunnel, first } = await openTunnelled({}, `ws://127.0.0.1:${relay.port}/tunnel/connect`);
  const { agents } = await tunnel.connect();
  const url = new URL(agents[0]!.url!);
  expect(url.hostname).toBe(`${first}.localhost`);
  const ask = (path: string) => fetchAs(url, path);
  expect(await ask(`${BASE}/open`)).toEqual([200, DEFAULT_AGENT_ID]);
  expect(await ask("/health")).toEqual([404, '{"error":{"message":"No matching route"}}']);
});

/** Names below localhost need no look-up here: the address is dialled, and the name is said. */
async function fetchAs(url: URL, path: string): Promise<[number, string]> {
  const { promise, resolve, reject } = Promise.withResolvers<[number, string]>();
  const asked = get({ host: "127.0.0.1", port: url.port, path, headers: { host: url.host } }, async (response) => {
    resolve([response.statusCode!, Buffer.concat(await response.toArray()).toString()]);
  });
  asked.once("error", reject);
  return await promise;
}
