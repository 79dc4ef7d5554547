import { expect, test } from "vitest";
import { draftOf, wishOf } from "./agent-draft.ts";

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

test("what is not changed is wished for as it is: nothing stays nothing, and 0 stays 0", () => {
  expect(wishOf(draftOf(agent))).toEqual({
    name: "mail",
    model: null,
    prompt: "Be brief.",
    temperature: 0,
    max_tokens: null,
    tools: { mode: "only", names: ["a.b/c"] },
  });
});

test("a field that is emptied takes back what was set, and names count only where they are asked for", () => {
  const draft = { ...draftOf(agent), model: " ", temperature: "", maxTokens: "12", mode: "all" as const };
  expect(wishOf(draft)).toMatchObject({ model: null, temperature: null, max_tokens: 12, tools: { mode: "all" } });
});
