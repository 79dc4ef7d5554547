import { expect, test } from "vitest";
import { readEnvelope } from "./read-envelope.ts";

test("of a success the result is shown, and its summary is said", () => {
  expect(readEnvelope('{"ok":true,"result":{"a":1},"summary":"one"}')).toEqual({ says: "one", shown: '{"a":1}' });
  expect(readEnvelope('{"ok":true,"result":"text"}')).toEqual({ says: undefined, shown: "text" });
  expect(readEnvelope('{"ok":true,"result":null}')).toEqual({ says: undefined, shown: "null" });
});

test("of a failure all is shown, and its message is said", () => {
  const text = '{"ok":false,"kind":"timeout","message":"too slow"}';
  expect(readEnvelope(text)).toEqual({ says: "too slow", shown: text });
});

test.each(["", "no JSON", "[1]", "null", '{"ok":true}', '{"ok":false,"message":7}', '{"data":1}'])(
  "%j is shown as it is",
  (text) => {
    expect(readEnvelope(text)).toEqual({ says: undefined, shown: text });
  },
);
