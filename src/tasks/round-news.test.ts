import { expect, onTestFinished, test, vi } from "vitest";
import { TASK_OUTPUT_CHARS_MAX, TASK_OUTPUT_MS, TASK_PROGRESS_MS } from "../protocol/limits.ts";
import type { TaskActivity } from "../protocol/task.ts";
import { RoundNews } from "./round-news.ts";
import { newestText } from "./task-ending.ts";

function setUp() {
  vi.useFakeTimers();
  const kept: TaskActivity[] = [];
  const passed: [kind: string, payload: object][] = [];
  const news = new RoundNews({
    title: "T",
    keep: (activity) => kept.push(activity),
    pass: (kind, payload) => passed.push([kind, payload]),
  });
  onTestFinished(() => {
    news.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
  const text = (piece: string) => news.take({ type: "text", text: piece });
  const calls = (name: string) => news.take({ type: "tool_call", call: { id: "1", name, arguments: "{}" } });
  return { news, kept, passed, text, calls };
}

test("that a round waits is a step from the start, and told when it takes long", () => {
  const { news, passed } = setUp();
  news.waits();
  expect([news.step, passed]).toEqual(["Waiting", []]);
  vi.advanceTimersByTime(TASK_PROGRESS_MS - 1);
  expect(passed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(passed).toEqual([["progress", { progress: -1, current_step: "Waiting", title: "T" }]]);
  news.begins();
  vi.advanceTimersByTime(TASK_PROGRESS_MS);
  expect(passed[1]).toEqual(["progress", { progress: -1, current_step: "Thinking", title: "T" }]);
});

test.each(["begins", "stop"] as const)("a short wait is told to nobody: %s", (end) => {
  const { news, passed } = setUp();
  news.waits();
  news[end]();
  vi.advanceTimersByTime(2 * TASK_PROGRESS_MS);
  expect(passed.filter(([, payload]) => JSON.stringify(payload).includes("Waiting"))).toEqual([]);
});

test("the step is told when it changes, and the text as a whole, each every now and then", () => {
  const { news, passed, text } = setUp();
  news.begins();
  for (const piece of ["a", "b", "c"]) text(piece);
  expect(passed).toEqual([
    ["progress", { progress: -1, current_step: "Thinking", title: "T" }],
    ["output", { text: "a", title: "T" }],
  ]);
  passed.length = 0;
  vi.advanceTimersByTime(TASK_PROGRESS_MS);
  expect(passed).toEqual([["progress", { progress: -1, current_step: "Writing", title: "T" }]]);
  vi.advanceTimersByTime(TASK_OUTPUT_MS - TASK_PROGRESS_MS);
  expect(passed.slice(1)).toEqual([["output", { text: "abc", title: "T" }]]);
  expect([news.step, news.text]).toEqual(["Writing", "abc"]);
});

test("a call is kept once it is made, and what is said behind it is a text of its own", () => {
  const { news, kept, text, calls } = setUp();
  text("Let me see.");
  calls("look");
  expect(kept).toEqual([]);
  news.take({ type: "calls_begin", calls: [{ id: "1", name: "look", arguments: "{}" }] });
  expect(kept).toMatchObject([{ kind: "tool", title: "Tool", detail: "look", metadata: { tool_name: "look" } }]);
  expect([news.step, news.text]).toEqual(["Using look", "Let me see."]);
  news.take({ type: "tool_result", callId: "1", name: "look", content: "{}", isError: false });
  expect(news.step).toBe("Thinking");
  text("It is blue.");
  expect(news.text).toBe("It is blue.");
});

test("a text keeps its end within the limit, and is not begun within a character", () => {
  const { news, text } = setUp();
  const half = "x".repeat(TASK_OUTPUT_CHARS_MAX / 2);
  for (let i = 0; i < 8; i++) text(half);
  text("end");
  expect(news.text).toHaveLength(TASK_OUTPUT_CHARS_MAX);
  expect(news.text.endsWith("xend")).toBe(true);
  expect(newestText("y".repeat(TASK_OUTPUT_CHARS_MAX))).toHaveLength(TASK_OUTPUT_CHARS_MAX);
  expect(newestText(`😀${"y".repeat(TASK_OUTPUT_CHARS_MAX - 1)}`)).toBe("y".repeat(TASK_OUTPUT_CHARS_MAX - 1));
});

test("pieces behind a call are one text", () => {
  const { news, text, calls } = setUp();
  text("Let me see.");
  calls("look");
  for (const piece of ["It ", "is ", "blue."]) text(piece);
  expect(news.text).toBe("It is blue.");
});
