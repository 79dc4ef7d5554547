import { expect, test } from "vitest";
import { JSON_DEPTH_MAX } from "../protocol/limits.ts";
import { readAnswer } from "./envelope.ts";

const of = (answer: unknown) => readAnswer("t", typeof answer === "string" ? answer : JSON.stringify(answer)).envelope;

test.each([
  ["result", { ok: true, result: { a: 1 } }, { ok: true, tool: "t", result: { a: 1 } }],
  ["data and summary", { ok: true, data: [1], summary: "one" }, { ok: true, tool: "t", result: [1], summary: "one" }],
  ["result before data", { ok: true, data: 1, result: 2 }, { ok: true, tool: "t", result: 2 }],
  ["a result that is null", { ok: true, result: null, data: 1 }, { ok: true, tool: "t", result: null }],
  ["neither", { ok: true }, { ok: true, tool: "t", result: null }],
  ["warnings", { ok: true, result: 1, warnings: ["w"] }, { ok: true, tool: "t", result: 1, warnings: ["w"] }],
])("a success with %s", (_name, answer, envelope) => expect(of(answer)).toEqual(envelope));

test.each([
  [
    "kind, message, field, expected",
    { ok: false, kind: "invalid_args", message: "m", field: "f", expected: "e" },
    { ok: false, tool: "t", kind: "invalid_args", message: "m", field: "f", expected: "e", retryable: true },
  ],
  [
    "a code in error",
    { ok: false, error: "no_token", message: "m" },
    { ok: false, tool: "t", kind: "execution_error", code: "no_token", message: "m", retryable: true },
  ],
  [
    "an unknown kind",
    { ok: false, kind: "sulking", message: "m" },
    { ok: false, tool: "t", kind: "execution_error", message: "m", retryable: true },
  ],
  [
    "a name of every object as kind",
    { ok: false, kind: "constructor", message: "m" },
    { ok: false, tool: "t", kind: "execution_error", message: "m", retryable: true },
  ],
  [
    "its own word on trying again",
    { ok: false, kind: "timeout", message: "m", retryable: false },
    { ok: false, tool: "t", kind: "timeout", message: "m", retryable: false },
  ],
  [
    "a reason instead of a message",
    { ok: false, reason: "r", error: "e" },
    { ok: false, tool: "t", kind: "execution_error", code: "e", message: "r", retryable: true },
  ],
  [
    "the old form without ok",
    { error: "broken", retryable: false },
    { ok: false, tool: "t", kind: "execution_error", code: "broken", message: "broken", retryable: false },
  ],
  [
    "nothing at all",
    { ok: false },
    { ok: false, tool: "t", kind: "execution_error", message: "the tool failed without saying why", retryable: true },
  ],
])("a failure with %s", (_name, answer, envelope) => expect(of(answer)).toEqual(envelope));

test("words that some plugins begin a failure with", () => {
  expect(of("[REJECTED] no")).toMatchObject({ ok: false, kind: "rejected", retryable: false });
  expect(of("[TIMEOUT] late")).toMatchObject({ ok: false, kind: "timeout", retryable: true });
});

test.each(["plain text", "", "42", "[1,2]", '"quoted"', "{broken", '{"message":"no ok"}', '{"error":"no retryable"}'])(
  "%j is no envelope and stands as it is",
  (answer) => expect(of(answer)).toEqual({ ok: true, tool: "t", result: answer }),
);

test("an answer nested as deep as the limit is read, one level more is a failure, however deep", () => {
  const nested = (levels: number) => `{"ok":true,"result":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  expect(of(nested(JSON_DEPTH_MAX))).toMatchObject({ ok: true });
  for (const levels of [JSON_DEPTH_MAX + 1, 1_000_000]) {
    expect(of(nested(levels))).toMatchObject({ ok: false, code: "answer_too_deep", retryable: false });
  }
  expect(of(`{"ok":true,"result":"${"[".repeat(10_000)}\\"[["}`)).toMatchObject({ ok: true });
});

test("no answer at all is a failure", () => {
  expect(readAnswer("t", null).envelope).toMatchObject({ ok: false, kind: "execution_error" });
});

test("a failure in the wrong form stands as it is and is marked, and so is an answer with both results", () => {
  expect(readAnswer("t", '{"error":"no token"}')).toMatchObject({ suspected: true, envelope: { ok: true } });
  expect(readAnswer("t", '{"ok":true,"result":1,"data":2}')).toMatchObject({ hasBoth: true, envelope: { result: 1 } });
  for (const plain of [
    '{"ok":true,"data":2}',
    '{"error":5}',
    '{"error":"x","retryable":true}',
    "plain",
    '{"ok":true}',
  ]) {
    expect(Object.keys(readAnswer("t", plain))).toEqual(["envelope"]);
  }
});

test("names of every object are no members of an answer", () => {
  expect(of('{"ok":true,"__proto__":{"result":1}}')).toEqual({ ok: true, tool: "t", result: null });
});
