// The relay and the tunnel of a host together: what a caller asks in public comes to the host's server as it was asked.

import { once } from "node:events";
import type { IncomingMessage, RequestListener } from "node:http";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { openRelay, type RelayOptions } from "../../src/server/relay/open-relay.ts";
import { openTestTunnel } from "../helpers/open-test-tunnel.ts";
import { ask, begin } from "../helpers/relay-host.ts";

async function relayWith(options: Partial<RelayOptions> = {}) {
  const relay = await openRelay({ host: "127.0.0.1", port: 0, ...options, limits: { drainMs: 50, ...options.limits } });
  onTestFinished(() => relay.close());
  return relay;
}

/** The machine may be busy. */
const WAIT = { timeout: 10_000, interval: 20 };

const connectUrl = (port: number) => `ws://127.0.0.1:${port}/tunnel/connect`;

/** A relay, a tunnel that is connected to it, and the public host name of its first agent. */
async function connected(serve: RequestListener) {
  const relay = await relayWith();
  const opened = await openTestTunnel(connectUrl(relay.port), { serve });
  const { agents } = await opened.tunnel.connect();
  return { ...opened, relay, port: relay.port, name: new URL(agents[0]!.url!).host };
}

test("bytes and texts go both ways as they are, with what the caller is and is not believed", async () => {
  const seen: IncomingMessage[] = [];
  const { port, name } = await connected(async (request, response) => {
    seen.push(request);
    response.writeHead(201, { "content-type": "application/octet-stream", "x-made": "1" }).end(await buffer(request));
  });
  for (const body of [
    Buffer.from([0, 255, 1, 254]),
    Buffer.from("grüße"),
    Buffer.alloc(0),
    Buffer.alloc(3_000_000, 1),
  ]) {
    const answer = await ask(port, name, {
      method: "POST",
      path: "/plugins/a/b?c=d&c=%2F",
      body,
      headers: {
        cookie: "a=b",
        "x-osaurus-agent-id": "somebody",
        authorization: "Bearer x",
        "x-forwarded-for": "10.0.0.1",
      },
    });
    expect([answer.status, answer.headers["x-made"]]).toEqual([201, "1"]);
    expect(answer.bytes.equals(body)).toBe(true);
  }
  expect(seen).toHaveLength(4);
  expect(seen[0]!.url).toBe("/plugins/a/b?c=d&c=%2F");
  expect(seen[0]!.headers).toMatchObject({ host: name, authorization: "Bearer x", "x-forwarded-for": "127.0.0.1" });
  expect(seen[0]!.headers.cookie).toBeUndefined();
  expect(seen[0]!.headers["x-osaurus-agent-id"]).toBeUndefined();
});

test("events arrive one by one while the answer goes on, and a caller who leaves ends it at the host", async () => {
  const over = Promise.withResolvers<void>();
  let say = (_: string) => {};
  const { port, name } = await connected((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    say = (text) => response.write(text);
    response.once("close", () => over.resolve());
    response.flushHeaders();
  });
  const response = await begin(port, name);
  for (const text of ["data: 1\n\n", "data: zwölf\n\n"]) {
    const came = once(response, "data");
    say(text);
    expect(String((await came)[0])).toBe(text);
  }
  response.destroy();
  await over.promise;
});

test("a caller who reads slowly makes the host's answer wait, and gets all of it in the end", async () => {
  const piece = `${"x".repeat(99_999)}\n`;
  const PIECES = 400;
  let written = 0;
  const { port, name } = await connected(async (_, response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    for (; written < PIECES; written++) if (!response.write(piece)) await once(response, "drain");
    response.end();
  });
  const response = await begin(port, name);
  response.pause();
  // It stands still when it was told to wait: what is on the way is less than all of it.
  let before = -1;
  await vi.waitUntil(
    () => {
      const isStill = written > 0 && written === before;
      before = written;
      return isStill;
    },
    { interval: 200, timeout: 10_000 },
  );
  expect(written).toBeLessThan(PIECES);
  expect((await buffer(response)).length).toBe(PIECES * piece.length);
});

test("a relay that is gone and comes back is found again, and agents that came meanwhile are on it", async () => {
  const { relay, tunnel, agents, port, told } = await connected((_, response) => response.end("here"));
  await relay.close();
  await vi.waitUntil(async () => !(await tunnel.status()).connected, WAIT);
  const { id } = await agents.create({ name: "Ada" });
  await relayWith({ port });
  await vi.waitUntil(() => tunnel.urlOf(id) !== undefined, WAIT);
  expect((await ask(port, new URL(tunnel.urlOf(id)!).host)).body).toBe("here");
  expect(told.map((urls) => Object.keys(urls).length)).toEqual(expect.arrayContaining([1, 0, 2]));
});

test("an agent is on the relay as long as it is there", async () => {
  const { tunnel, agents, port } = await connected((_, response) => response.end("here"));
  const { id } = await agents.create({ name: "Ada" });
  await vi.waitUntil(() => tunnel.urlOf(id) !== undefined, WAIT);
  const name = new URL(tunnel.urlOf(id)!).host;
  expect((await ask(port, name)).body).toBe("here");
  await agents.delete(id);
  await vi.waitUntil(async () => (await ask(port, name)).status === 502, WAIT);
});

test("a host whose agents are not allowed says why, and has no address", async () => {
  const relay = await relayWith({ allow: [`0x${"ab".repeat(20)}`] });
  const { tunnel } = await openTestTunnel(connectUrl(relay.port));
  await expect(tunnel.connect()).rejects.toMatchObject({
    code: "tunnel_failed",
    message: /is not allowed at this relay/,
  });
});

test("when another host takes an agent over, the one that had it knows", async () => {
  const { relay, tunnel, host } = await connected((_, response) => response.end("before"));
  const second = await openTestTunnel(connectUrl(relay.port), { serve: (_, response) => response.end("after") });
  // The same identity, as on a copy of the data folder.
  const [agent] = (await tunnel.status()).agents;
  const first = await host.agents();
  const other = await second.host.agents();
  vi.spyOn(other, "signAs").mockImplementation((id, text) => first.signAs(id, text));
  vi.spyOn(other, "list").mockImplementation(() => first.list());
  await second.tunnel.connect();
  expect((await ask(relay.port, new URL(agent!.url!).host)).body).toBe("after");
  await vi.waitUntil(() => tunnel.urlOf(agent!.id) === undefined, WAIT);
  expect((await tunnel.status()).agents[0]).toMatchObject({ status: "error", url: null });
});
