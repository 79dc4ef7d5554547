import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AGENT } from "../../../test/helpers/mcp-shelf.ts";
import { MCP_AGENT_FRESH_MS } from "../../protocol/limits.ts";
import { FreshAgent } from "./fresh-agent.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  vi.advanceTimersByTime(1_000_000);
});
afterEach(() => {
  vi.useRealTimers();
});

test("an agent counts for a moment, and no longer once it was changed", async () => {
  let looks = 0;
  const agent = new FreshAgent(async () => ({ ...AGENT, name: String(++looks) }));
  const now = async () => (await agent.now()).name;
  expect([await now(), await now()]).toEqual(["1", "1"]);
  vi.advanceTimersByTime(MCP_AGENT_FRESH_MS - 1);
  expect(await now()).toBe("1");
  vi.advanceTimersByTime(1);
  expect(await now()).toBe("2");
  agent.forget();
  expect(await now()).toBe("3");
});
