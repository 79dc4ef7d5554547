import { describe, expect, test } from "vitest";
import { resultsIn, says, setUpRun, wants } from "../../test/helpers/told-runs.ts";
import type { RunEvent } from "../protocol/inference.ts";
import { TASK_OPTIONS_MAX, TASK_QUESTION_CHARS_MAX } from "../protocol/limits.ts";
import { longName } from "../tools/tool-names.ts";
import { AWAITING_ANSWER, clarifyTool, questionIn } from "./clarify.ts";
import { questionAtEnd, unansweredCalls } from "./lost-calls.ts";

const asks = (question: unknown, more: object = {}) => ["clarify", JSON.stringify({ question, ...more })] as const;
const session = { kind: "new", pluginId: null, title: "A" } as const;

describe("a question", () => {
  test.each([
    ["it alone", { question: " Which? " }, { question: "Which?", allow_multiple: false }],
    [
      "with null for what is left out",
      { question: "Which?", options: null, allow_multiple: null },
      { question: "Which?", allow_multiple: false },
    ],
    [
      "options that are blank or there already are left out",
      { question: "Which?", options: ["a", " a ", "", "  ", "b"], allow_multiple: true },
      { question: "Which?", allow_multiple: true, options: ["a", "b"] },
    ],
    [
      "options of which none is left are none",
      { question: "Which?", options: ["", " "] },
      { question: "Which?", allow_multiple: false },
    ],
    ["half a character is replaced", { question: "Wh\ud83dat?" }, { question: "Wh\ufffdat?", allow_multiple: false }],
  ])("is read: %s", (_title, given, expected) => {
    expect(questionIn(JSON.stringify(given))).toEqual(expected);
  });

  test.each([
    ["no JSON", "{question", undefined],
    ["a list", "[]", undefined],
    ["no question", "{}", "question"],
    ["a question that is a number", '{"question":1}', "question"],
    ["a blank question", '{"question":" \\n"}', "question"],
    ["options that are a text", '{"question":"a","options":"b"}', "options"],
    ["an option that is a number", '{"question":"a","options":["b",1]}', "options"],
    ["a multiple that is a text", '{"question":"a","allow_multiple":"yes"}', "allow_multiple"],
  ])("with %s is refused", (_title, input, field) => {
    expect(questionIn(input)).toMatchObject({ kind: "invalid_args", ...(field === undefined ? {} : { field }) });
  });

  test.each([
    ["its characters", (over: number) => ({ question: "q".repeat(TASK_QUESTION_CHARS_MAX + over) })],
    [
      "its options",
      (over: number) => ({ question: "q", options: Array.from({ length: TASK_OPTIONS_MAX + over }, String) }),
    ],
    [
      "the options' characters",
      (over: number) => ({ question: "q", options: ["o".repeat(TASK_QUESTION_CHARS_MAX + over)] }),
    ],
  ])("is bounded: %s, at the limit and one past it", (_title, given) => {
    expect(questionIn(JSON.stringify(given(0)))).toHaveProperty("question");
    expect(questionIn(JSON.stringify(given(1)))).toMatchObject({ kind: "invalid_args" });
  });
});

test("asking ends the run, with the question, its call answered, and nothing asked of the model any more", async () => {
  const { run, asked, sessions, events } = setUpRun([wants(asks("Which one?", { options: ["a", "b"] }))]);
  const outcome = await run({ mayAsk: true, session });
  const question = { question: "Which one?", allow_multiple: false, options: ["a", "b"] };
  expect(outcome).toMatchObject({ finish: "clarification", question, error: undefined, pendingToolCalls: [] });
  expect(outcome.toolCallsExecuted.map(({ name }) => name)).toEqual(["clarify"]);
  expect(asked).toHaveLength(1);
  expect(asked[0]!.tools.map(({ name }) => name)).toEqual(["clarify"]);
  const turns = await sessions.turns(outcome.sessionId!);
  expect(turns.at(-1)).toMatchObject({ role: "tool", name: "clarify", content: AWAITING_ANSWER });
  expect(JSON.parse(AWAITING_ANSWER)).toEqual({
    ok: true,
    tool: "clarify",
    result: { text: "Awaiting user response." },
  });
  expect(questionAtEnd(turns)).toEqual(question);
  const told = events.find((event: RunEvent) => event.type === "tool_result");
  expect(told).toMatchObject({ name: "clarify", content: AWAITING_ANSWER, isError: false });
});

test("the answer is what the user says next, and the question is not at the end any more", async () => {
  const { run, asked, sessions } = setUpRun([wants(asks("Which?")), says("Then b.")]);
  const { sessionId } = await run({ mayAsk: true, session });
  const again = await run({ session: { kind: "id", id: sessionId! }, messages: [{ role: "user", content: "b" }] });
  expect(again).toMatchObject({ finish: "stop", content: "Then b." });
  expect(asked[1]!.messages.slice(-2)).toMatchObject([
    { role: "tool", content: AWAITING_ANSWER },
    { role: "user", content: "b" },
  ]);
  expect(questionAtEnd(await sessions.turns(sessionId!))).toBeUndefined();
});

test("other calls of the same answer are made first, and their results are kept before the question is", async () => {
  const seen: string[] = [];
  const look = async () => {
    const [first] = await sessions.list({ limit: 1 });
    const turns = await sessions.turns(first!.id);
    seen.push(turns.map(({ role }) => role).join(" "), String(unansweredCalls(turns).length));
    return "looked";
  };
  const { run, sessions } = setUpRun([wants(asks("Which?"), ["look"])], { look });
  const outcome = await run({ mayAsk: true, session });
  expect(seen).toEqual(["user assistant", "2"]);
  const turns = await sessions.turns(outcome.sessionId!);
  expect(turns.slice(2).map(({ name }) => name)).toEqual(["look", "clarify"]);
  expect(outcome).toMatchObject({
    finish: "clarification",
    toolCallsExecuted: [{ name: "look" }, { name: "clarify" }],
  });
});

test("of several questions the first is asked, and the others are refused", async () => {
  const { run, sessions } = setUpRun([wants(asks("One?"), asks("Two?"))]);
  const outcome = await run({ mayAsk: true, session });
  expect(outcome.question?.question).toBe("One?");
  const results = (await sessions.turns(outcome.sessionId!)).filter(({ role }) => role === "tool");
  expect(results.map(({ content }) => content)).toEqual([
    expect.stringContaining("one question at a time"),
    AWAITING_ANSWER,
  ]);
});

test("a question with wrong arguments is told to the model, and the run goes on", async () => {
  const { run, asked } = setUpRun([wants(["clarify", '{"question":""}']), says("Never mind.")]);
  expect(await run({ mayAsk: true })).toMatchObject({ finish: "stop", content: "Never mind." });
  expect(resultsIn(asked[1]!)[0]).toContain('"kind":"invalid_args"');
});

test("a wrong question before a right one does not take its place", async () => {
  const { run } = setUpRun([wants(["clarify", "{}"], asks("Which?"))]);
  expect(await run({ mayAsk: true })).toMatchObject({ finish: "clarification", question: { question: "Which?" } });
});

test("the last iteration may still ask, and does nothing else besides", async () => {
  const { run } = setUpRun([wants(asks("Which?"))]);
  expect(await run({ mayAsk: true, maxIterations: 1 })).toMatchObject({ finish: "clarification" });
  const both = setUpRun([wants(asks("Which?"), ["echo"])], { echo: () => expect.unreachable() });
  expect(await both.run({ mayAsk: true, maxIterations: 1 })).toMatchObject({ finish: "max_iterations" });
});

test("who may not ask has no such tool", async () => {
  const { run, asked } = setUpRun([wants(asks("Which?")), says("No.")]);
  expect(await run()).toMatchObject({ finish: "stop" });
  expect(asked[0]!.tools).toEqual([]);
  expect(resultsIn(asked[1]!)[0]).toContain("tool_not_found");
});

test("a plugin's tool of the same name has another one where the agent may ask, and its own elsewhere", async () => {
  const calls: string[] = [];
  const clarify = (input: string) => calls.push(input);
  const long = longName("test.plugin", "clarify");
  const { run, asked } = setUpRun(
    [wants([long, '{"question":"Theirs?"}']), wants(asks("Ours?")), wants(asks("Theirs again?")), says("done")],
    { clarify },
  );
  expect(await run({ mayAsk: true })).toMatchObject({ finish: "clarification", question: { question: "Ours?" } });
  expect(calls).toEqual(['{"question":"Theirs?"}']);
  expect(asked[0]!.tools.map(({ name }) => name)).toEqual([long, "clarify"]);
  expect(await run()).toMatchObject({ finish: "stop" });
  expect(calls).toEqual(['{"question":"Theirs?"}', '{"question":"Theirs again?"}']);
});

test("a run that is cancelled while other calls are made asks nothing", async () => {
  const stop = new AbortController();
  const echo = () => {
    stop.abort();
    return "x";
  };
  const { run, sessions } = setUpRun([wants(asks("Which?"), ["echo"])], { echo });
  const outcome = await run({ mayAsk: true, session, signal: stop.signal });
  expect(outcome).toMatchObject({ finish: "cancelled" });
  expect(outcome.question).toBeUndefined();
  const turns = await sessions.turns(outcome.sessionId!);
  expect(questionAtEnd(turns)).toBeUndefined();
  expect(unansweredCalls(turns)).toEqual([]);
});

test("what a tool gives back is no question, whatever it looks like", () => {
  const call = { id: "c", name: "echo", arguments: "not even JSON" };
  const turns = [
    { role: "assistant", content: null, toolCalls: [call] },
    { role: "tool", toolCallId: "c", content: AWAITING_ANSWER },
  ] as const;
  expect(questionAtEnd(turns)).toBeUndefined();
  expect(questionAtEnd([])).toBeUndefined();
});

test("the tool says what it takes", () => {
  expect(clarifyTool("clarify").definition.parameters).toMatchObject({ required: ["question"] });
});
