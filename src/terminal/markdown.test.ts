import { expect, test } from "vitest";
import { parseOrderedJson } from "../base/ordered-json.ts";
import { bulletTree, isNested, markdownTable } from "./markdown.ts";
import { columnsOf, type Row, tableOf } from "./rows.ts";
import { measureFor } from "./text-width.ts";

const meta = { columns: null, column_align: [], column_labels: null };
const rowOf = (json: string) => parseOrderedJson(json) as Row;

async function table(json: string, more: object = {}): Promise<string[]> {
  const rows = [rowOf(json)];
  return [...markdownTable(tableOf(rows, { ...meta, ...more }), await measureFor(rows))];
}

test("pipes, backslashes and line breaks stay inside their cell", async () => {
  expect(await table('{"a|b":"x|\\\\y\\nz\\tw"}')).toEqual([
    "| a\\|b             |",
    "| ---------------- |",
    "| x\\|\\\\y<br>z    w |",
  ]);
});

test("colons for the alignment come on top of the dashes, heads are never shifted", async () => {
  const align = { columns: ["a", "b", "c", "d"], column_align: ["left", "right", "center", "default"] };
  expect(await table('{"a":"11111","b":"22222","c":"33333","d":"京京京"}', align)).toEqual([
    "| a     | b     | c     | d      |",
    "| :----- | -----: | :-----: | ------ |",
    "| 11111 | 22222 | 33333 | 京京京 |",
  ]);
  expect((await table('{"long":"x"}', { columns: ["long"], column_align: ["right"] }))[2]).toBe("|    x |");
});

test("a row with more than cells is a list within lists", () => {
  const row = rowOf('{"a":1,"tags":["x","y\\nz"],"o":{"p":{"q":null}},"list":[{"b":2},[3],4],"e":[],"f":{},"s":""}');
  expect(isNested(row)).toBe(true);
  expect([...bulletTree(row, columnsOf([row], meta))]).toEqual([
    "- a: 1",
    "- tags:",
    "  - x",
    "  - y<br>z",
    "- o:",
    "  - p:",
    "    - q: null",
    "- list:",
    "  - [1]:",
    "    - b: 2",
    "  - [2]:",
    "    - 3",
    "  - 4",
    "- e: []",
    "- f: {}",
    "- s:",
  ]);
  expect(isNested(rowOf('{"a":1,"b":"x"}'))).toBe(false);
});
