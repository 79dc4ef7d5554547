import { expect, test } from "vitest";
import { parseOrderedJson } from "../base/ordered-json.ts";
import { ResponseV1 } from "../protocol/process-plugin.ts";
import { type Format, printResult } from "./result.ts";

async function print(data: string, { meta = {}, format = "auto" as Format, isTerminal = false } = {}): Promise<string> {
  let text = "";
  const write = (more: string) => {
    text += more;
  };
  const stdout = { write, isTerminal, columns: undefined };
  const response = ResponseV1.parse({ protocol_version: 1, ok: true, data: null, meta });
  const look = { color: false, unicode: false, columns: undefined };
  await printResult(stdout, parseOrderedJson(data), response.meta, { format, look });
  return text;
}

test("rows become a table, plain values become lines, null and nothing become nothing", async () => {
  expect(await print('[{"a":1}]')).toContain("| a |");
  expect(await print('["x",2.50,null]')).toBe("x\n2.50\n");
  expect(await print("null")).toBe("");
  expect(await print("[]")).toBe("");
  expect(await print("[]", { meta: { columns: ["a"] } })).toBe("+---+\n| a |\n+---+\n");
});

test("a hint is followed unless the user chose", async () => {
  expect(await print('[{"a":1}]', { meta: { format_hint: "json" } })).toBe('[\n  {\n    "a": 1\n  }\n]\n');
  expect(await print('[{"a":1,"b":2}]', { meta: { format_hint: "value" } })).toBe("1\n2\n");
  expect(await print('"x"', { meta: { format_hint: "json" }, format: "table" })).toContain("| value |");
});

test("values keep their control characters for a program and lose them on a screen", async () => {
  expect(await print('"a\\u001b[31m"')).toBe("a\u001b[31m\n");
  expect(await print('"a\\u001b[31m"', { isTerminal: true })).toBe("a␛[31m\n");
});
