import { expect, test } from "vitest";
import type { ChatMessage } from "../protocol/inference.ts";
import { mended, newerHalf, newestTurns } from "./conversation.ts";

const user = (content: string): ChatMessage => ({ role: "user", content });
const says = (content: string): ChatMessage => ({ role: "assistant", content });
const calls = (...ids: string[]): ChatMessage => ({
  role: "assistant",
  content: null,
  toolCalls: ids.map((id) => ({ id, name: "t", arguments: "{}" })),
});
const gives = (toolCallId: string): ChatMessage => ({ role: "tool", toolCallId, content: "x" });

test("turns at the limit are all sent, and one character less leaves the oldest exchange out", () => {
  const turns = [user("aaaa"), says("bbbb"), user("cccc"), says("dddd")];
  expect(newestTurns(turns, 16)).toEqual(turns);
  expect(newestTurns(turns, 15)).toEqual(turns.slice(2));
  expect(newestTurns(turns, 3)).toEqual([]);
});

test("halving comes to an end, and begins with a user's turn", () => {
  let turns: readonly ChatMessage[] = [user("1"), calls("a"), gives("a"), says("2"), user("3"), says("4")];
  turns = newerHalf(turns);
  expect(turns).toEqual([user("3"), says("4")]);
  expect(newerHalf(turns)).toEqual([]);
});

test("a call without a result gets one, and a result without a call goes", () => {
  const mendedTurns = mended([gives("old"), user("1"), calls("a", "b"), gives("b"), user("2"), calls("c")]);
  expect(mendedTurns.map(({ role, toolCallId }) => toolCallId ?? role)).toEqual([
    "user",
    "assistant",
    "b",
    "a",
    "user",
    "assistant",
    "c",
  ]);
});

test("calls that a user's turn answers with results are left to them", () => {
  const turns = [user("1"), calls("a"), gives("a")];
  expect(mended(turns)).toEqual(turns);
});

test("what was thought is not sent again", () => {
  expect(mended([{ ...says("x"), reasoning: "hm" }])).toEqual([says("x")]);
});
