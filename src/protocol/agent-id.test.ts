import { expect, test } from "vitest";
import { agentIdOf, DEFAULT_AGENT_ID } from "./agent-id.ts";

test("the default agent is meant when none is named, and when it is named", () => {
  expect(agentIdOf(undefined)).toBe(DEFAULT_AGENT_ID);
  expect(agentIdOf("default")).toBe(DEFAULT_AGENT_ID);
});

test("an id is given in upper case, as plugins see it", () => {
  expect(agentIdOf("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")).toBe("AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE");
});

test.each(["", "nobody", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee0"])("%j is no agent", (name) => {
  expect(() => agentIdOf(name)).toThrow(/there is no agent/);
});
