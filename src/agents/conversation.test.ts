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
});

test("the last exchange is always there: without results and files when it is too long, and its texts cut at last", () => {
  const picture = { type: "image_url", image_url: { url: "data:".padEnd(1_000_000, "x") } };
  const asked: ChatMessage = { role: "user", content: [{ type: "text", text: "what is it?" }, picture] };
  const result: ChatMessage = { ...gives("a"), content: "r".repeat(20_000) };
  const turns = [user("old"), says("old answer"), asked, calls("a"), result, says("A cat.")];
  // A picture counts as one, however long it is.
  expect(newestTurns(turns, 30_000)).toBe(turns);
  const lean = newestTurns(turns, 10_000);
  expect(lean).toHaveLength(6);
  expect(JSON.stringify(lean)).not.toContain("rrr");
  expect(lean.at(-1)).toEqual(says("A cat."));
  const said = newestTurns([user("u".repeat(600)), calls("a"), gives("a"), says("s".repeat(600))], 200);
  expect(said.map(({ role }) => role)).toEqual(["user", "assistant"]);
  expect(said[0]!.content).toMatch(/^u{50}\n\[500 characters are left out here: .*\]\nu{50}$/);
});

test("what a picture was is said when it is left out", () => {
  const picture = { type: "image_url", image_url: { url: "x" } };
  const turns: ChatMessage[] = [{ role: "user", content: [{ type: "text", text: "look" }, picture] }, says("A cat.")];
  expect(newestTurns(turns, 1_000)).toEqual([
    {
      role: "user",
      content: [
        { type: "text", text: "look" },
        { type: "text", text: expect.stringContaining("left out") },
      ],
    },
    says("A cat."),
  ]);
});

test("calls that somebody may answer yet stay, however little room there is", () => {
  const turns = [user("u".repeat(500)), calls("a"), gives("a"), says("Wait."), calls("b", "c"), gives("b")];
  const kept = newestTurns(turns, 10);
  expect(kept.map(({ role, toolCallId }) => toolCallId ?? role)).toEqual(["user", "assistant", "assistant", "b"]);
});

test("halving comes to an end, and begins with a user's turn", () => {
  let turns: readonly ChatMessage[] = [user("1"), calls("a"), gives("a"), says("2"), user("3"), says("4")];
  turns = newerHalf(turns);
  expect(turns).toEqual([user("3"), says("4")]);
  expect(newerHalf(turns)).toEqual([]);
  turns = [user("u".repeat(100_000)), says("s".repeat(100_000))];
  let times = 0;
  for (; turns.length > 0; times++) turns = newerHalf(turns);
  expect(times).toBeGreaterThan(5);
  expect(times).toBeLessThan(15);
});

test("a call without a result gets one, and a result without a call goes", () => {
  const mendedTurns = mended([gives("old"), user("1"), calls("a", "b"), gives("b"), user("2"), calls("c")]);
  expect(mendedTurns.map(({ role, toolCallId }) => toolCallId ?? role)).toEqual([
    "user",
    "assistant",
    "a",
    "b",
    "user",
    "assistant",
    "c",
  ]);
});

test("a result that came after something else was said stands behind its call", () => {
  const turns = mended([calls("a", "b"), gives("a"), user("1"), gives("b"), says("x")]);
  expect(turns.map(({ role, toolCallId }) => toolCallId ?? role)).toEqual(["assistant", "a", "b", "user", "assistant"]);
});

test("where ids come again, a result is that of the call that was made last", () => {
  const turns = mended([calls("a"), user("1"), calls("a"), gives("a")]);
  expect(turns[1]!.content).toContain("is not known");
  expect(turns.at(-1)).toEqual(gives("a"));
});

test("calls that a user's turn answers with results are left to them", () => {
  const turns = [user("1"), calls("a"), gives("a")];
  expect(mended(turns)).toEqual(turns);
});

test("what was thought is not sent again", () => {
  expect(mended([{ ...says("x"), reasoning: "hm" }])).toEqual([says("x")]);
});
