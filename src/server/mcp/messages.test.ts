import { expect, test } from "vitest";
import { JSON_VALUES_MAX } from "../../protocol/limits.ts";
import { answerText, cancelledId, errorText, notificationText, readMessage } from "./messages.ts";
import { McpError } from "./revisions.ts";

const request = (more: object) => JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping", ...more });

test("a request is told from a notification by its id, and an answer by having no method", () => {
  expect(readMessage(request({}))).toMatchObject({ kind: "request", id: "1", method: "ping", params: {} });
  expect(readMessage('{"jsonrpc":"2.0","method":"x"}')).toMatchObject({ kind: "notification", method: "x" });
  expect(readMessage('{"jsonrpc":"2.0","id":7,"result":{"a":1}}')).toMatchObject({ kind: "response", id: "7" });
});

test("ids are kept as they were written: a number is not its text, and a large one loses no digit", () => {
  expect(readMessage(request({ id: "1" }))).toMatchObject({ id: '"1"' });
  const text = '{"jsonrpc":"2.0","id":12345678901234567891,"method":"ping"}';
  expect(readMessage(text)).toMatchObject({ id: "12345678901234567891" });
});

/** A message with so many values beside its id, its method and what they are in. */
const crowded = (id: string, values: number) =>
  `{"jsonrpc":"2.0","id":${id},"method":"x","params":{"a":[${"0,".repeat(values - 1)}0]}}`;
/** The message, two texts, the id, the parameters and the list. */
const OTHERS = 6;

test("a large id is read among as many values as are read exactly; among more the message is refused", () => {
  const id = "12345678901234567891";
  expect(readMessage(crowded(id, JSON_VALUES_MAX - OTHERS))).toMatchObject({ kind: "request", id });
  expect(readMessage(crowded(id, JSON_VALUES_MAX - OTHERS + 1))).toMatchObject({
    kind: "broken",
    error: { code: -32600 },
  });
});

test("what is to be cancelled is named as it was written", () => {
  const cancelled = (id: string) => {
    const text = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`;
    const message = readMessage(text);
    return message.kind === "notification" ? cancelledId(message) : message;
  };
  for (const id of ["1", '"1"', "12345678901234567891", "1.5"]) expect(cancelled(id)).toBe(id);
  for (const id of ["null", "{}", "[1]", "true"]) expect(cancelled(id)).toBe(undefined);
});

test.each([
  ["no JSON", "{", -32700],
  ["nothing", "", -32700],
  ["brackets without end", "[".repeat(100_000), -32700],
  ["a text", '"x"', -32600],
  ["null", "null", -32600],
  ["a batch", `[${request({})}]`, -32600],
  ["another version of JSON-RPC", request({ jsonrpc: "1.0" }), -32600],
  ["a method that is no text", request({ method: 1 }), -32600],
  ["an id that is null", request({ id: null }), -32600],
  ["an id that is an object", request({ id: {} }), -32600],
  ["parameters in a list", request({ params: [1] }), -32602],
  ["neither method nor result", '{"jsonrpc":"2.0","id":1}', -32600],
])("%s is refused", (_, text, code) => {
  expect(readMessage(text)).toMatchObject({ kind: "broken", error: { code } });
});

test("a refusal carries the id where there is one that can be read", () => {
  expect(readMessage(request({ params: [] }))).toMatchObject({ kind: "broken", id: "1" });
  expect(readMessage("nonsense")).toMatchObject({ kind: "broken", id: undefined });
});

test("a member named __proto__ changes nothing", () => {
  const message = readMessage('{"jsonrpc":"2.0","id":1,"method":"x","params":{"__proto__":{"name":"y"}}}');
  expect(message.kind === "request" && message.params["name"]).toBe(undefined);
});

test("answers are put together around what is JSON already", () => {
  expect(JSON.parse(answerText('"a"', '{"x":1}'))).toEqual({ jsonrpc: "2.0", id: "a", result: { x: 1 } });
  const error = new McpError(-32602, 'no "name"', { data: { a: 1 } });
  const body = { code: -32602, message: 'no "name"', data: { a: 1 } };
  expect(JSON.parse(errorText("1", error))).toEqual({ jsonrpc: "2.0", id: 1, error: body });
  expect(JSON.parse(errorText(undefined, error))).toEqual({ jsonrpc: "2.0", error: body });
  expect(JSON.parse(notificationText("a", '{"b":1}'))).toEqual({ jsonrpc: "2.0", method: "a", params: { b: 1 } });
});
