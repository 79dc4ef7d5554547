import { expect, test } from "vitest";
import { TUNNEL_AGENTS_MAX, TUNNEL_HEADERS_MAX } from "./limits.ts";
import {
  parseTunnelFrame,
  sharedFeatures,
  type TunnelFrame,
  tunnelFrameText,
  tunnelSignatureText,
} from "./tunnel-frames.ts";

const ADDRESS = `0x${"ab".repeat(20)}`;
const NONCE = "0f".repeat(32);
const SIGNATURE = `0x${"ab".repeat(65)}`;
const AUTH = {
  type: "auth",
  agents: [{ address: ADDRESS, signature: SIGNATURE }],
  nonce: NONCE,
  timestamp: 1,
} as const;
const REQUEST = { type: "request", id: "a", method: "GET", path: "/", headers: {}, body: "" } as const;

const FRAMES: readonly TunnelFrame[] = [
  { type: "challenge", nonce: NONCE },
  { ...AUTH, agents: [...AUTH.agents], features: ["base64"] },
  { type: "auth_ok", agents: [{ address: ADDRESS, url: "https://a.example.org" }], features: [] },
  { type: "auth_error", error: "no" },
  { type: "request_challenge" },
  { type: "add_agent", address: ADDRESS, signature: SIGNATURE, nonce: NONCE, timestamp: 1 },
  { type: "remove_agent", address: ADDRESS },
  { type: "agent_added", address: ADDRESS, url: "https://a.example.org" },
  { type: "agent_removed", address: ADDRESS },
  { type: "request", id: "a", method: "POST", path: "/b?c", headers: { d: "e" }, body: "f", body_encoding: "base64" },
  { type: "response", id: "a", status: 200, headers: { d: "e" }, body: "f" },
  { type: "stream_start", id: "a", status: 200, headers: {} },
  { type: "stream_chunk", id: "a", data: "f" },
  { type: "stream_end", id: "a", error: "broke off" },
  { type: "stream_pause", id: "a" },
  { type: "stream_resume", id: "a" },
  { type: "stream_cancel", id: "a" },
  { type: "ping", ts: 1.5 },
  { type: "pong" },
  { type: "error", error: "no" },
];

test.each(FRAMES.map((frame) => [frame.type, frame] as const))(
  "a %s frame comes back as it was written",
  (_, frame) => {
    expect(parseTunnelFrame(tunnelFrameText(frame))).toEqual(frame);
  },
);

test("members that we do not know are left out, and a body may be missing or null", () => {
  expect(parseTunnelFrame('{"type":"request_challenge","x":1}')).toEqual({ type: "request_challenge" });
  const { body: _, ...bare } = REQUEST;
  expect(parseTunnelFrame(JSON.stringify(bare))).toEqual(bare);
  expect(parseTunnelFrame(JSON.stringify({ ...bare, body: null }))).toEqual({ ...bare, body: null });
});

test.each([
  ["nothing", ""],
  ["no JSON", "{"],
  ["no object", "[]"],
  ["null", "null"],
  ["no type", "{}"],
  ["a type that we do not know", '{"type":"restart"}'],
  ["a type from the prototype", '{"type":"constructor"}'],
  ["a short nonce", JSON.stringify({ type: "challenge", nonce: "ab" })],
  ["a nonce that would add to what is signed", JSON.stringify({ type: "challenge", nonce: `${NONCE}:1` })],
  ["no agents", JSON.stringify({ ...AUTH, agents: [] })],
  ["a short address", JSON.stringify({ type: "remove_agent", address: ADDRESS.slice(0, -1) })],
  ["half a second", JSON.stringify({ ...AUTH, timestamp: 1.5 })],
  ["a number as a header", JSON.stringify({ ...REQUEST, headers: { a: 1 } })],
  ["a status in words", JSON.stringify({ type: "response", id: "a", status: "200", headers: {}, body: "" })],
  ["an encoding that there is not", JSON.stringify({ ...REQUEST, body_encoding: "hex" })],
  ["an empty id", JSON.stringify({ ...REQUEST, id: "" })],
  ["deep nesting", "[".repeat(100_000)],
])("%s is no frame", (_, text) => {
  expect(parseTunnelFrame(text)).toBeUndefined();
});

test("as many agents and headers as may be in one frame, and no more", () => {
  const agents = (count: number) => JSON.stringify({ ...AUTH, agents: Array(count).fill(AUTH.agents[0]) });
  expect(parseTunnelFrame(agents(TUNNEL_AGENTS_MAX))).toBeDefined();
  expect(parseTunnelFrame(agents(TUNNEL_AGENTS_MAX + 1))).toBeUndefined();
  const headers = (count: number) =>
    JSON.stringify({
      ...REQUEST,
      headers: Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, ""])),
    });
  expect(parseTunnelFrame(headers(TUNNEL_HEADERS_MAX))).toBeDefined();
  expect(parseTunnelFrame(headers(TUNNEL_HEADERS_MAX + 1))).toBeUndefined();
});

test("a header named like the prototype does not become one", () => {
  const frame = parseTunnelFrame('{"type":"stream_start","id":"a","status":200,"headers":{"__proto__":"x","a":"b"}}');
  expect(frame).toMatchObject({ headers: { a: "b" } });
  expect(Object.getPrototypeOf((frame as { headers: object }).headers)).toBe(Object.prototype);
});

test("what is signed holds the address, the nonce and the time", () => {
  expect(tunnelSignatureText(ADDRESS, NONCE, 17)).toBe(`osaurus-tunnel:${ADDRESS}:${NONCE}:17`);
});

test("only features that both sides know are shared", () => {
  expect([...sharedFeatures(["flow", "teleport", "base64"])]).toEqual(["base64", "flow"]);
  expect([...sharedFeatures(undefined)]).toEqual([]);
});
