// The numbers of the tunnel: what hosts and relays hold each other to, and what docs/tunnel.md says of it. They are the
// protocol's: a relay or a host of somebody else's relies on them.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TUNNEL_CLOCK_SECONDS_MAX, TUNNEL_PINGS_MISSED_MAX } from "../../src/protocol/limits.ts";
import { RELAY_LIMITS } from "../../src/server/relay/relay-limits.ts";
import { TUNNEL_TIMES } from "../../src/server/tunnel/tunnel-times.ts";

const DOCUMENT = readFileSync(new URL("../../docs/tunnel.md", import.meta.url), "utf8").replace(/\s+/g, " ");

/** What the tables of the document say, by their first column. */
const TABLE = new Map(
  [
    ...readFileSync(new URL("../../docs/tunnel.md", import.meta.url), "utf8").matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm),
  ].map(([, what, number]) => [what!.trim(), number!.trim()]),
);

test("a host keeps the times of the protocol", () => {
  expect(TUNNEL_TIMES).toMatchObject({
    authMs: 10_000,
    pingMs: 30_000,
    backoffMsMin: 1_000,
    backoffMsMax: 60_000,
    answerMs: 30_000,
    connectWaitMs: 15_000,
  });
  expect([TUNNEL_PINGS_MISSED_MAX, TUNNEL_CLOCK_SECONDS_MAX]).toEqual([3, 30]);
});

test("a relay keeps the limits of the protocol", () => {
  expect(RELAY_LIMITS).toMatchObject({
    authMs: 10_000,
    pingMs: 30_000,
    answerMs: 30_000,
    agents: 50,
    bodyBytes: 10_000_000,
    connectsPerMinute: 5,
    tunnelsPerCaller: 10,
    requestsPerMinute: 100,
  });
});

const seconds = (ms: number) => `${ms / 1_000} s`;

test.each([
  ["agents on one tunnel", `${RELAY_LIMITS.agents}`],
  [
    "body of a request, of an answer",
    `${RELAY_LIMITS.bodyBytes.toLocaleString("en")} bytes (413 \`body_too_large\`; 502)`,
  ],
  ["until an answer begins", `${seconds(RELAY_LIMITS.answerMs)} (504 \`gateway_timeout\`)`],
  ["between two pieces of a stream", seconds(TUNNEL_TIMES.idleMs)],
  ["until a stream that was held up goes on", seconds(TUNNEL_TIMES.pausedMs)],
  ["requests to one agent", `${RELAY_LIMITS.requestsPerMinute} a minute (429 \`rate_limited\`)`],
  ["requests of one host that are open at once", `${RELAY_LIMITS.requestsOpen} (503)`],
  [
    "connections from one network address",
    `${RELAY_LIMITS.connectsPerMinute} a minute, ${RELAY_LIMITS.tunnelsPerCaller} at once (429)`,
  ],
])("the document says how many: %s", (what, number) => {
  expect(TABLE.get(what)).toBe(number);
});

test.each([
  `waits ${seconds(TUNNEL_TIMES.connectWaitMs)} at most`,
  `${seconds(TUNNEL_TIMES.backoffMsMin)}, ${seconds(2 * TUNNEL_TIMES.backoffMsMin)}, and so on up to ${seconds(TUNNEL_TIMES.backoffMsMax)}`,
  `A ping every ${seconds(TUNNEL_TIMES.pingMs)}; three that nobody answered end the connection`,
  `the clocks may be ${TUNNEL_CLOCK_SECONDS_MAX} s apart, and it has ${seconds(TUNNEL_TIMES.authMs)}`,
  `${RELAY_LIMITS.tunnels.toLocaleString("en")} tunnels`,
])("the document says: %s", (text) => {
  expect(DOCUMENT).toContain(text);
});
