import { expect, test } from "vitest";
import { ROUTE_ANSWER_HEADERS_BYTES_MAX, ROUTE_ANSWER_HEADERS_MAX } from "./limits.ts";
import { parseRouteAnswer } from "./route-answer.ts";

function parsed(answer: unknown) {
  return parseRouteAnswer(typeof answer === "string" ? answer : JSON.stringify(answer));
}

/** What is wrong with it. */
function problem(answer: unknown): string | undefined {
  const found = parsed(answer);
  return found.kind === "problem" ? `${found.status} ${found.message}` : undefined;
}

function headers(said: unknown): unknown {
  const found = parsed({ status: 200, headers: said });
  return found.kind === "answer" ? found.headers : `${found.status} ${found.message}`;
}

const INVALID = "500 Invalid plugin response";
const HEADER = "502 Invalid header in plugin response";

test("an answer has a status, and may have headers and a body", () => {
  expect(parsed({ status: 204 })).toEqual({ kind: "answer", status: 204, headers: [], body: "" });
  expect(parsed({ status: 200, headers: { "X-A": "b" }, body: "é", body_encoding: "utf8" })).toEqual({
    kind: "answer",
    status: 200,
    headers: [["x-a", "b"]],
    body: "é",
  });
  expect(problem({ status: 200, headers: null, body: null, body_encoding: null, more: 1 })).toBeUndefined();
});

test.each([
  "",
  "x",
  "null",
  "[]",
  "200",
  "{}",
  '{"status":"200"}',
  '{"status":200.5}',
  '{"status":null}',
  '{"status":1e999}',
  '{"status":200,"body":{}}',
  '{"status":200,"body":1}',
  '{"status":200,"body_encoding":"hex"}',
  '{"status":200,"headers":[]}',
  '{"status":200,"headers":"a: b"}',
  '{"status":200,"headers":{"a":null}}',
  '{"status":200,"headers":{"a":true}}',
  '{"status":200,"headers":{"a":["b"]}}',
  '{"status":200,"headers":{"set-cookie":[["a=b"]]}}',
])("%j is none", (text) => {
  expect(problem(text)).toBe(INVALID);
});

test("its status is one of those with which an answer ends", () => {
  for (const status of [200, 599, 200.0]) expect(problem({ status })).toBeUndefined();
  for (const status of [199, 600, 101, 100, 0, -1, 2 ** 53]) {
    expect([status, problem({ status })]).toEqual([status, "502 Invalid status in plugin response"]);
  }
});

test("a body of bytes is base64 as it is written, and nothing else", () => {
  const bytes = (body: string) => parsed({ status: 200, body, body_encoding: "base64" });
  expect(bytes("AP/+").kind === "answer" && bytes("AP/+")).toMatchObject({ body: Buffer.from([0, 255, 254]) });
  for (const body of ["", "AA==", "AAA=", "AAAA", "+/+/"]) expect(bytes(body).kind).toBe("answer");
  for (const body of ["A", "AA", "AAA", "AA=", "A===", "====", "AA=A", "AA-_", "AA A", "AAAA\n", "AA==AAAA", "é==="]) {
    expect([body, bytes(body)]).toMatchObject([
      body,
      { status: 502, message: "Invalid base64 body in plugin response" },
    ]);
  }
});

test("a long body of bytes is looked at without going back in it", () => {
  const body = `${"A".repeat(20_000_000)}AA-=`;
  expect(problem({ status: 200, body, body_encoding: "base64" })).toBe("502 Invalid base64 body in plugin response");
});

test("header names are tokens, and values have neither line ends nor other control characters", () => {
  expect(headers({ "x-!#$%&'*+.^_`|~9": "a\tb" })).toEqual([["x-!#$%&'*+.^_`|~9", "a\tb"]]);
  for (const name of ["", "a b", "a:", "a\r\nb", "é", "a\0", "a/b"]) {
    expect([name, headers({ [name]: "x" })]).toEqual([name, HEADER]);
  }
  for (const value of ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0", "\x7f", "\x1b"]) {
    expect([value, headers({ a: value })]).toEqual([value, HEADER]);
    expect([value, headers({ "set-cookie": ["a=b", value] })]).toEqual([value, HEADER]);
  }
});

test("no character becomes a line end on its way to bytes", () => {
  const value = headers({ a: "\u010d\u010a x" });
  expect(value).toEqual([["a", Buffer.from("\u010d\u010a x").toString("latin1")]]);
  expect(JSON.stringify(value)).not.toMatch(/\\[rn]/);
});

test("values that fit into bytes stay as they are, others are sent as UTF-8, numbers as text", () => {
  expect(headers({ a: "é", b: "€", c: 7 })).toEqual([
    ["a", "é"],
    ["b", Buffer.from("€").toString("latin1")],
    ["c", "7"],
  ]);
});

test("of a name that is written in two ways the last counts, and cookies all count", () => {
  expect(
    headers({ "Content-Type": "a", "content-type": "b", "Set-Cookie": ["a=1", "b=2"], "set-cookie": "c=3" }),
  ).toEqual([
    ["content-type", "b"],
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2"],
    ["set-cookie", "c=3"],
  ]);
});

test("there are so many headers at most, and so many bytes in them", () => {
  const many = (count: number) => headers({ "set-cookie": Array(count).fill("a=b") });
  expect(many(ROUTE_ANSWER_HEADERS_MAX)).toHaveLength(ROUTE_ANSWER_HEADERS_MAX);
  expect(many(ROUTE_ANSWER_HEADERS_MAX + 1)).toBe(HEADER);
  const long = (bytes: number) => headers({ a: "x".repeat(bytes - 1) });
  expect(long(ROUTE_ANSWER_HEADERS_BYTES_MAX)).toHaveLength(1);
  expect(long(ROUTE_ANSWER_HEADERS_BYTES_MAX + 1)).toBe(HEADER);
});
