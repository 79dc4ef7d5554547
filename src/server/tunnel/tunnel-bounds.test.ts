// How much may pass through the tunnel, and how much of it is held in memory.

import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, test, vi } from "vitest";
import { ALL_FEATURES, bodyOf, connectedTunnel as connected } from "../../../test/helpers/connected-tunnel.ts";
import { eventually } from "../../../test/helpers/eventually.ts";
import { TUNNEL_BODY_BYTES_MAX, TUNNEL_HELD_BYTES_MAX } from "../../protocol/limits.ts";

const messageOf = (answer: { body?: string | null | undefined }) => JSON.parse(answer.body!).error.message;

test.each([TUNNEL_BODY_BYTES_MAX, TUNNEL_BODY_BYTES_MAX + 1])("a body of %i bytes", async (bytes) => {
  const serve = vi.fn(async (request: IncomingMessage, response: ServerResponse) => {
    response.end(String((await bodyOf(request)).length));
  });
  const { host, address } = await connected({ serve });
  const answer = await host.ask(address, "/", { method: "POST", body: "x".repeat(bytes) });
  if (bytes === TUNNEL_BODY_BYTES_MAX) return expect(answer.body).toBe(String(bytes));
  expect([answer.status, messageOf(answer)]).toEqual([413, "Request body is too large"]);
  expect(serve).not.toHaveBeenCalled();
});

test.each([TUNNEL_BODY_BYTES_MAX, TUNNEL_BODY_BYTES_MAX + 1])("an answer of %i bytes", async (bytes) => {
  const { host, address } = await connected({ serve: (_request, response) => response.end("x".repeat(bytes)) });
  const answer = await host.ask(address, "/");
  if (bytes === TUNNEL_BODY_BYTES_MAX) return expect([answer.status, answer.body!.length]).toEqual([200, bytes]);
  expect([answer.status, messageOf(answer)]).toEqual([502, "The answer is too large for the tunnel"]);
});

test("a text that becomes too large for a frame passes as base64, or is refused", async () => {
  const serve = (_request: IncomingMessage, response: ServerResponse) => void response.end("\0".repeat(3_000_000));
  const modern = await connected({ serve }, ALL_FEATURES);
  const answer = await modern.host.ask(modern.address, "/");
  expect([answer.body_encoding, answer.body!.length]).toEqual(["base64", 4_000_000]);
  const plain = await connected({ serve });
  expect(messageOf(await plain.host.ask(plain.address, "/"))).toBe("The answer is too large for the tunnel");
});

test("what requests take in memory is bounded, and given back", async () => {
  const waiting: ServerResponse[] = [];
  const { host, address, connections } = await connected({
    serve: (_request, response) => void waiting.push(response),
  });
  const whole = Math.floor(TUNNEL_HELD_BYTES_MAX / TUNNEL_BODY_BYTES_MAX);
  const body = "x".repeat(TUNNEL_BODY_BYTES_MAX);
  for (let n = 0; n < whole; n++) host.request(address, "/", { method: "POST", body });
  const rest = TUNNEL_HELD_BYTES_MAX - whole * TUNNEL_BODY_BYTES_MAX;
  expect((await host.ask(address, "/", { method: "POST", body: "x".repeat(rest + 1) })).status).toBe(503);
  host.request(address, "/", { method: "POST", body: "x".repeat(rest) });
  await eventually(() => expect(waiting.length).toBe(whole + 1));
  expect((await host.ask(address, "/", { method: "POST", body: "x" })).status).toBe(503);
  for (const response of waiting) response.end();
  await eventually(() => expect(connections.size).toBe(0));
  host.request(address, "/", { method: "POST", body: "x" });
  await eventually(() => expect(waiting.length).toBe(whole + 2));
}, 20_000);

test("a relay that takes nothing at all loses the connection before the host runs out of memory", async () => {
  const { host, address, relay } = await connected({
    serve: (_request, response) => response.end("\0".repeat(2_700_000)), // Six times as long in a frame.
  });
  host.socket.pause();
  for (let n = 0; n < 10; n++) host.request(address, "/");
  await relay.nextHost();
  expect(relay.hosts.length).toBe(2);
}, 20_000);

test("what there is of answers that are not whole yet counts as memory", async () => {
  const open: ServerResponse[] = [];
  const { host, address } = await connected({
    serve(request, response) {
      if (request.url === "/small") return void response.end("small");
      open.push(response);
      response.write("x".repeat(9_500_000));
    },
  });
  for (let n = 0; n < 7; n++) host.request(address, "/");
  const more = { method: "POST", body: "x".repeat(1_000_000) };
  await eventually(async () => expect((await host.ask(address, "/small", more)).status).toBe(503));
  for (const one of open) one.end();
}, 20_000);
