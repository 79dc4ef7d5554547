import { expect, test } from "vitest";
import { changeOf, draftOf, isNoNumber, newAgentOf, withChange, without } from "./agent-draft.ts";

const agent = {
  id: "A",
  name: "mail",
  model: null,
  default: false,
  address: "0x0",
  prompt: "Be brief.",
  temperature: 0,
  max_tokens: null,
  tools: { mode: "only" as const, names: ["a.b/c"] },
  created_at: null,
};
const known = draftOf(agent);

test("what is not changed is wished for as it is: nothing stays nothing, and 0 stays 0", () => {
  expect(newAgentOf(known)).toEqual({
    name: "mail",
    model: null,
    prompt: "Be brief.",
    temperature: 0,
    max_tokens: null,
    tools: { mode: "only", names: ["a.b/c"] },
  });
});

test("only what somebody changed is sent: the rest may be another's work by now", () => {
  const typed = withChange({}, { prompt: "Be long." }, known);
  const meanwhile = draftOf({ ...agent, name: "post", tools: { mode: "only", names: ["a.b/d"] } });
  expect(changeOf(typed, meanwhile)).toEqual({ prompt: "Be long." });
  // Tools are one member: what was not touched of them is as it is by now.
  expect(changeOf(withChange(typed, { mode: "except" }, known), meanwhile)).toEqual({
    prompt: "Be long.",
    tools: { mode: "except", names: ["a.b/d"] },
  });
  expect(withChange(typed, { prompt: "Be brief.", names: ["a.b/c"] }, known)).toEqual({});
});

test("what is typed while an answer is awaited is not saved with it", () => {
  expect(without({ name: "post", prompt: "New." }, { name: "post", prompt: "Old." })).toEqual({ prompt: "New." });
});

test("a field that is emptied takes back what was set, and names count only where they are asked for", () => {
  const typed = { model: " ", temperature: " ", maxTokens: "12", mode: "all" } as const;
  expect(changeOf(typed, known)).toEqual({ model: null, temperature: null, max_tokens: 12, tools: { mode: "all" } });
});

test.each([
  ["-", true],
  ["0.", false],
  ["", false],
  [" ", false],
  ["0,7", true],
  [".", true],
])("%j is no number: %j", (typed, isWrong) => {
  expect(isNoNumber(typed)).toBe(isWrong);
});
