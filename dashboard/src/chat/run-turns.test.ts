import { expect, test } from "vitest";
import type { ChatEvent } from "../../../src/protocol/api/runs.ts";
import { afterEvents, askedCalls, type Call, NOTHING_TOLD } from "./run-turns.ts";

const told = (...events: ChatEvent[]) => afterEvents(NOTHING_TOLD, events);
const say = (text: string): ChatEvent => ({ type: "text", text });
const call = (id: string): ChatEvent => ({ type: "tool_call", call: { id, name: "echo", arguments: "{}" } });
const result = {
  text: "{}",
  chars: 2,
  is_error: false,
  is_untrusted: true,
  duration_ms: 3,
  has_waited: false,
  note: null,
};
const answered = (id: string): ChatEvent => ({ type: "tool_result", call_id: id, result });

test("pieces of an answer become one turn, with what the model thought", () => {
  expect(told({ type: "reasoning", text: "hm" }, say("a"), say("b")).turns).toEqual([
    { role: "assistant", text: "ab", reasoning: "hm" },
  ]);
});

test("calls belong to the answer that asked for them, and what is said behind their results is the next one", () => {
  const { turns } = told(say("Looking."), call("1"), call("2"), answered("2"), answered("1"), say("Done."));
  expect(turns).toMatchObject([
    {
      text: "Looking.",
      calls: [
        { id: "1", result },
        { id: "2", result },
      ],
    },
    { text: "Done." },
  ]);
  expect(turns[1]).not.toHaveProperty("calls");
});

test("calls of the next round are a turn of their own, also when they have the ids of those before", () => {
  const { turns } = told(call("1"), answered("1"), call("1"));
  expect(turns).toMatchObject([{ calls: [{ id: "1", result }] }, { calls: [{ id: "1", result: null }] }]);
});

test("a result whose call is not known changes nothing", () => {
  const { turns } = told(call("1"), answered("other"));
  expect(turns).toMatchObject([{ calls: [{ id: "1", result: null }] }]);
});

test("a question is about the open call of its tool, and of several, about the one with its arguments", () => {
  const open = (id: string, name: string, text = "{}") => ({ id, name, arguments: text, result: null });
  const done = { ...open("0", "hello"), result };
  const asked = (calls: Call[], tool: string, input = "{}") =>
    [...askedCalls({ role: "assistant", text: "", calls }, [{ tool, plugin_id: "p", input }])].map(({ id }) => id);
  expect(asked([done, open("1", "hello", '{"a":1}'), open("2", "echo")], "hello", "shortened")).toEqual(["1"]);
  expect(asked([open("1", "p/hello")], "hello")).toEqual(["1"]);
  expect(asked([open("1", "hello"), open("2", "hello", '{ "a": 1 }')], "hello", '{"a":1}')).toEqual(["2"]);
  expect(asked([open("1", "hello"), open("2", "hello")], "hello", "shortened")).toEqual([]);
  // A tool's own run asks too.
  expect(asked([open("1", "other")], "hello")).toEqual([]);
});
