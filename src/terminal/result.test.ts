import { describe, expect, test } from "vitest";
import { parseOrderedJson } from "../base/ordered-json.ts";
import { TABLE_CELLS_MAX, TABLE_CHARS_MAX } from "../protocol/limits.ts";
import { ResponseV1 } from "../protocol/process-plugin.ts";
import { type Format, printResult } from "./result.ts";

async function printBoth(data: string, { meta = {}, format = "auto" as Format, isTerminal = false } = {}) {
  const text = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") => ({
    write: (more: string) => {
      text[name] += more;
    },
    isTerminal,
    columns: undefined,
  });
  const response = ResponseV1.parse({ protocol_version: 1, ok: true, data: null, meta });
  const look = { color: false, unicode: false, columns: undefined };
  const io = { stdout: output("stdout"), stderr: output("stderr") };
  await printResult(io, parseOrderedJson(data), response.meta, { format, look });
  return text;
}

async function print(...args: Parameters<typeof printBoth>): Promise<string> {
  const { stdout, stderr } = await printBoth(...args);
  expect(stderr).toBe("");
  return stdout;
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

describe("what is too large for a table", () => {
  const note = "info: the result is too large for a table; its rows follow as JSON, one a line\n";
  const rows = (count: number, row: (index: number) => string) =>
    `[${Array.from({ length: count }, (_, i) => row(i))}]`;

  test("a table is drawn up to the limit of cells; one past it, its rows are printed as lines", async () => {
    const side = Math.sqrt(TABLE_CELLS_MAX);
    const ownKey = (index: number) => `{"k${index}":${index}}`;
    expect((await print(rows(side, ownKey))).split("\n")).toHaveLength(side + 5);
    const { stdout, stderr } = await printBoth(rows(side + 1, ownKey));
    expect(stderr).toBe(note);
    const lines = stdout.split("\n");
    expect([lines.length, lines[0], lines[side]]).toEqual([side + 2, '{"k0":0}', `{"k${side}":${side}}`]);
  });

  test("columns that a row path would fill every row with count as well, whatever the format", async () => {
    const columns = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
    const data = `{"list":${rows(10_000, () => '{"a":1}')}}`;
    const meta = { columns, row_path: "list" };
    expect((await printBoth(data, { meta })).stdout.slice(0, 16)).toBe('{"a":1}\n{"a":1}\n');
    expect((await print(data, { meta, format: "value" })).slice(0, 4)).toBe("1\n1\n");
  });

  test("plain values are no table, however many", async () => {
    expect(await print(rows(TABLE_CELLS_MAX + 1, () => "1"))).toHaveLength(2 * (TABLE_CELLS_MAX + 1));
  });

  test("one long cell makes no line of its length for every other row", async () => {
    const long = "x".repeat(TABLE_CHARS_MAX / 1000);
    const { stdout, stderr } = await printBoth(`[{"a":"${long}"},${rows(1000, (i) => `{"a":${i}}`).slice(1)}`);
    expect(stderr).toBe(note);
    expect(stdout.split("\n").slice(1)).toEqual([...Array.from({ length: 1000 }, (_, i) => `{"a":${i}}`), ""]);
  });
});
