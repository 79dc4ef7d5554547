import { expect, test } from "vitest";
import { AWAITING_ANSWER } from "../../agents/clarify.ts";
import { framed } from "../../agents/untrusted-text.ts";
import type { ChatMessage } from "../../protocol/inference.ts";
import { CHAT_CALL_CHARS_MAX, CHAT_TURNS_SHOWN_CHARS_MAX, CHAT_TURNS_SHOWN_MAX } from "../../protocol/limits.ts";
import { chatCall, chatResult, chatTurns, shownCount } from "./session-messages.ts";

const user: ChatMessage = { role: "user", content: "x" };
const calls = (...ids: string[]): ChatMessage => ({
  role: "assistant",
  content: null,
  toolCalls: ids.map((id) => ({ id, name: "echo", arguments: "{}" })),
});
const result = (id: string, content: string): ChatMessage => ({ role: "tool", toolCallId: id, name: "echo", content });

test("results stand with their calls, without the frame, and with what the host said behind it", () => {
  const failed = '{"ok":false}';
  const turns = chatTurns([
    user,
    calls("1", "2", "3"),
    result("2", `${framed(failed)}\nA part.`),
    result("1", AWAITING_ANSWER),
  ]);
  expect(turns).toHaveLength(2);
  const [asking, failing, open] = turns[1]!.calls!;
  expect(asking!.result).toMatchObject({ is_untrusted: false, note: null });
  expect(failing!.result).toMatchObject({ text: failed, is_error: true, is_untrusted: true, note: "A part." });
  expect(open!.result).toBeNull();
});

test("a result without its call is a turn of its own, and parts that are no text are named", () => {
  const content = [{ type: "text", text: "Look:" }, { type: "image_url" }];
  expect(chatTurns([result("1", "x"), { role: "user", content }])).toEqual([
    { role: "tool", text: "x" },
    { role: "user", text: "Look:\n(image_url)" },
  ]);
});

test("durations are of the newest calls, also when older ones have the same ids", () => {
  const twice = [calls("1"), result("1", "a"), calls("1"), result("1", "b")];
  const turns = chatTurns(twice, { from: 2, byCall: new Map([["1", { ms: 5, hasWaited: true }]]) });
  expect(turns.map(({ calls }) => calls![0]!.result)).toMatchObject([
    { duration_ms: null, has_waited: false },
    { duration_ms: 5, has_waited: true },
  ]);
});

test("arguments and results are cut where they are longer than is shown, and it is known how long they are", () => {
  const fits = "a".repeat(CHAT_CALL_CHARS_MAX);
  expect(chatCall({ id: "1", name: "echo", arguments: `${fits}b` }).arguments).toBe(fits);
  expect(chatResult(fits, false, undefined)).toMatchObject({ text: fits, chars: CHAT_CALL_CHARS_MAX });
  expect(chatResult(`${fits}b`, false, undefined)).toMatchObject({ text: fits, chars: CHAT_CALL_CHARS_MAX + 1 });
});

test("of a long conversation the newest turns are shown, and no result without its call", () => {
  const many = (count: number) => Array<ChatMessage>(count).fill(user);
  expect(shownCount([])).toBe(0);
  expect(shownCount(many(CHAT_TURNS_SHOWN_MAX))).toBe(CHAT_TURNS_SHOWN_MAX);
  expect(shownCount(many(CHAT_TURNS_SHOWN_MAX + 1))).toBe(CHAT_TURNS_SHOWN_MAX);
  const cut = [calls("1"), result("1", "a"), ...many(CHAT_TURNS_SHOWN_MAX - 1)];
  expect(shownCount(cut)).toBe(CHAT_TURNS_SHOWN_MAX - 1);
  const half: ChatMessage = { role: "user", content: "x".repeat(CHAT_TURNS_SHOWN_CHARS_MAX / 2) };
  expect(shownCount([half, half, user])).toBe(2);
  expect(shownCount([{ role: "user", content: "x".repeat(CHAT_TURNS_SHOWN_CHARS_MAX + 1) }])).toBe(1);
});
