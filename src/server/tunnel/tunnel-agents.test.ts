// Which agents a tunnel carries; how they come and go is in open-tunnel.test.ts.

import { expect, test } from "vitest";
import { TUNNEL_AGENTS_MAX } from "../../protocol/limits.ts";
import { TunnelAgents } from "./tunnel-agents.ts";

const agentsOf = (...numbers: number[]) =>
  numbers.map((n) => ({ id: `agent ${n}`, address: `0x${String(n).padStart(40, "0")}` }));
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

test("an agent that goes makes room for one other, and for no more", () => {
  const agents = new TunnelAgents();
  const all = upTo(TUNNEL_AGENTS_MAX + 3);
  expect(agents.begin(agentsOf(...all)).length).toBe(TUNNEL_AGENTS_MAX);
  const { added, removed } = agents.follow(agentsOf(...all.slice(1)));
  expect(removed).toEqual(agentsOf(0));
  expect(added).toEqual(agentsOf(TUNNEL_AGENTS_MAX));
});

test("while there is room, agents that come are added; once there is none, they are not", () => {
  const agents = new TunnelAgents();
  agents.begin(agentsOf(...upTo(TUNNEL_AGENTS_MAX - 1)));
  expect(agents.follow(agentsOf(...upTo(TUNNEL_AGENTS_MAX + 1))).added).toEqual(agentsOf(TUNNEL_AGENTS_MAX - 1));
  expect(agents.follow(agentsOf(...upTo(TUNNEL_AGENTS_MAX + 2))).added).toEqual([]);
});

test("nothing is to be done while the same agents are there, and something when one comes, goes, or takes another's place", () => {
  const agents = new TunnelAgents();
  agents.begin(agentsOf(1, 2));
  const ids = (...numbers: number[]) => agentsOf(...numbers).map(({ id }) => id);
  expect([ids(1, 2), ids(2, 1), ids(1), ids(1, 2, 3), ids(1, 3)].map((one) => agents.differFrom(one))).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});
