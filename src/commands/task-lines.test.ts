import { describe, expect, test } from "vitest";
import { TASK_OUTPUT_CHARS_MAX } from "../protocol/limits.ts";
import type { TaskEvent, TaskEventKind } from "../protocol/task.ts";
import { localTime, TaskLines } from "./task-lines.ts";

function eventOf(kind: TaskEventKind, payload: Readonly<Record<string, unknown>> = {}): TaskEvent {
  return { taskId: "A", seq: 1, kind, payload, at: new Date().toISOString(), toldAt: null };
}

/** What is printed of these events, without the times. */
function printed(events: readonly TaskEvent[], streams = false): string {
  let text = "";
  const lines = new TaskLines((more) => (text += more), { color: false, streams });
  for (const event of events) lines.print(event);
  lines.end();
  return text.replaceAll(/^\d\d:\d\d:\d\d /gm, "");
}

const output = (text: string) => eventOf("output", { text });

describe("lines", () => {
  test("say what happened, a line each", () => {
    const artifact = { filename: "a.txt", host_path: "/shared/a.txt" };
    const text = printed([
      eventOf("started", { status: "running", title: "Sort the mail" }),
      eventOf("progress", { progress: -1, current_step: "Thinking" }),
      eventOf("activity", { kind: "tool", title: "Tool", detail: "read_mail" }),
      eventOf("activity", { kind: "warning", title: "Resumed", detail: "the host had ended" }),
      eventOf("progress", { progress: 0.5, current_step: "Writing" }),
      eventOf("draft", { draft: { text: "Dear" } }),
      eventOf("draft", { draft: { to: 1 } }),
      eventOf("clarification", { question: "Which?", allow_multiple: false, options: ["this", "that"] }),
      eventOf("completed", { summary: "Chat completed", output: "Done.", artifacts: [artifact] }),
    ]);
    expect(text.split("\n")).toEqual([
      "started   Sort the mail",
      "step      Thinking",
      "tool      read_mail",
      "warning   Resumed: the host had ended",
      "step      Writing (50 %)",
      "draft     Dear",
      'draft     {"to":1}',
      "question  Which?",
      "  1. this",
      "  2. that",
      "  Done.",
      "completed Chat completed",
      "  file /shared/a.txt",
      "",
    ]);
  });

  test("tell each step once, and again in another round", () => {
    const step = eventOf("progress", { progress: -1, current_step: "Thinking" });
    const text = printed([step, step, eventOf("started"), step]);
    expect(text).toBe("step      Thinking\nstarted\nstep      Thinking\n");
  });

  test("hold nothing that a terminal would take for an order, nor for a line of ours", () => {
    const text = printed([
      eventOf("started", { title: "a\u001b[2J\nfailed    b\u202e" }),
      eventOf("activity", { kind: "tool\u0007", title: "x\r\ny", detail: 7 }),
      eventOf("clarification", { question: "q\u009b1m", options: ["o\n3. p", null] }),
      output("one\ncompleted two\u001b]0;x\u0007\r\n\n three"),
      eventOf("failed", {
        summary: ["no", "text"],
        artifacts: [null, 1, { host_path: "/a\n/b" }].filter((one) => one),
      }),
    ]);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text.split("\n")).toEqual([
      "started   a␛[2J failed b<U+202E>",
      "tool␇     x y",
      expect.stringMatching(/^question {2}q.1m$/),
      "  1. o 3. p",
      "  2. ",
      "  one",
      "  completed two␛]0;x␇",
      "",
      "   three",
      "failed",
      "  file /a /b",
      "",
    ]);
  });

  test("are cut where they are very long", () => {
    const text = printed([eventOf("started", { title: "x".repeat(5_000) })]);
    expect(text).toHaveLength("started   ".length + 501);
    expect(text.endsWith("…\n")).toBe(true);
  });
});

describe("what the agent writes", () => {
  const answer = ["Hel", "Hello", "Hello wor", "Hello world"].map(output);

  test("is printed as it comes where somebody watches, and each part of it once", () => {
    const pieces: string[] = [];
    const lines = new TaskLines((text) => pieces.push(text), { color: false, streams: true });
    for (const event of answer) lines.print(event);
    expect(pieces).toEqual(["  Hel", "lo", " wor", "ld"]);
    lines.print(eventOf("completed", { output: "Hello world!", summary: "Chat completed" }));
    lines.end();
    expect(pieces.join("").replaceAll(/\d\d:\d\d:\d\d/g, "-")).toBe("  Hello world!\n- completed Chat completed\n");
  });

  test("is not broken by the news that it is being written", () => {
    const step = eventOf("progress", { progress: -1, current_step: "Writing" });
    expect(printed([output("Hel"), step, output("Hello")], true)).toBe("  Hello\n");
    expect(printed([step, output("Hello")], true)).toBe("step      Writing\n  Hello\n");
  });

  test("is printed in one piece when something else happens, where nobody does", () => {
    const pieces: string[] = [];
    const lines = new TaskLines((text) => pieces.push(text), { color: false });
    for (const event of answer) lines.print(event);
    expect(pieces).toEqual([]);
    lines.print(eventOf("activity", { kind: "tool", detail: "look" }));
    expect(pieces[0]).toBe("  Hello world");
  });

  test("begins anew with another answer", () => {
    const tool = eventOf("activity", { kind: "tool", title: "Tool", detail: "look" });
    const events = [output("Let me look."), tool, output("It is"), output("It is blue.")];
    expect(printed([...events, eventOf("completed", { output: "It is blue.", summary: "ok" })], true)).toBe(
      "  Let me look.\ntool      look\n  It is blue.\ncompleted ok\n",
    );
  });

  test("goes on where it was when its beginning is not told any more", () => {
    const long = Array.from({ length: TASK_OUTPUT_CHARS_MAX / 8 }, (_, at) => String(at).padStart(8, "0")).join("");
    const text = printed([output(long), output(`${long}more`.slice(-TASK_OUTPUT_CHARS_MAX))], true);
    expect(text === `  ${long}more\n`).toBe(true);
  });

  test("is whole where a character comes in two halves", () => {
    expect(printed([output("a\ud83d"), output("a\ud83d\ude00")], true)).toBe("  a😀\n");
  });
});

test("a time of another day has its day, and one that is none is none", () => {
  const now = new Date(2026, 10, 21, 9, 0, 0);
  expect(localTime(new Date(2026, 10, 21, 8, 5, 2).toISOString(), now)).toBe("08:05:02");
  expect(localTime(new Date(2026, 10, 20, 8, 5, 2).toISOString(), now)).toBe("2026-11-20 08:05:02");
  expect(localTime("x", now)).toBe("--:--:--");
});
