import { expect, test } from "vitest";
import { agentIdOf, DEFAULT_AGENT_ID, evidentAgentId, unknownAgent } from "./agent-id.ts";
import { AGENT_NAME_CHARS_MAX } from "./limits.ts";

test("the default agent is meant when none is named, and when it is named", () => {
  expect(agentIdOf(undefined)).toBe(DEFAULT_AGENT_ID);
  expect(agentIdOf("default")).toBe(DEFAULT_AGENT_ID);
  expect(agentIdOf("Default")).toBe(DEFAULT_AGENT_ID);
});

test("an id is given in upper case, as plugins see it", () => {
  expect(agentIdOf("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")).toBe("AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE");
});

test.each(["", "nobody", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee0"])("%j is no id, and has to be looked up", (name) => {
  expect(evidentAgentId(name)).toBeUndefined();
  expect(() => agentIdOf(name)).toThrow(/there is no agent/);
});

test("a failure repeats no more of a name than a name can have", () => {
  const longest = "n".repeat(AGENT_NAME_CHARS_MAX);
  expect(unknownAgent(longest).message).toContain(`"${longest}"`);
  expect(unknownAgent(`${longest}n`).message).toContain(`"${longest}…"`);
});
