import { expect, test } from "vitest";
import { PLAIN_LOOK } from "../../test/helpers/fake-terminal.ts";
import { parseOrderedJson } from "../base/ordered-json.ts";
import type { Look } from "./look.ts";
import { mregLines } from "./mreg.ts";
import { columnsOf, type Row } from "./rows.ts";
import { measureFor } from "./text-width.ts";

async function block(json: string, look: Partial<Look> = {}): Promise<string[]> {
  const row = parseOrderedJson(json) as Row;
  const columns = columnsOf([row], { columns: null, column_align: [], column_labels: null });
  return [...mregLines(row, columns, { look: { ...PLAIN_LOOK, ...look }, measure: await measureFor([row]) })];
}

test("values start one space past the longest name; lists stand below each other, objects deeper", async () => {
  expect(
    await block('{"host":"kiosk-7","floor":3,"tags":["lobby","touch"],"owner":{"team":"it"},"note":null}'),
  ).toEqual([
    "host:     kiosk-7",
    "floor:    3",
    "tags (2): lobby",
    "          touch",
    "owner:",
    "  team: it",
    "note:     null",
  ]);
});

test("a list of one value has no count, an empty one has nothing else", async () => {
  expect(await block('{"a":["x"],"b":[],"c":{},"d":""}')).toEqual(["a:     x", "b (0):", "c:     {}", "d:"]);
});

test("lines of a text stand below each other, names stay on one line, wide characters are counted", async () => {
  expect(await block('{"a":"one\\ntwo\\n\\tthree","b\\nc":1,"東":2}')).toEqual([
    "a:   one",
    "     two",
    "         three",
    "b c: 1",
    "東:  2",
  ]);
});

test("a longer list is a grid, filled column by column, as wide as fits", async () => {
  const list = (count: number) => `{"n":[${Array.from({ length: count }, (_, index) => index + 1)}]}`;
  expect(await block(list(5))).toHaveLength(5);
  expect(await block(list(6))).toEqual(["n (6):", "  1    4", "  2    5", "  3    6"]);
  expect(await block(list(12))).toEqual([
    "n (12):",
    "  1     7",
    "  2     8",
    "  3     9",
    "  4     10",
    "  5     11",
    "  6     12",
  ]);
  expect(await block(list(3), { mediumListMax: 2 })).toEqual(["n (3):", "  1", "  2", "  3"]);
  // Three columns would suit as well, but do not fit.
  expect(await block(list(27), { columns: 80 })).toHaveLength(10);
  expect(await block(list(27), { columns: 13 })).toHaveLength(15);
  for (let columns = 1; columns <= 10; columns++) expect(await block(list(27), { columns })).not.toHaveLength(0);
});

test("objects that are alike are a table, others are numbered", async () => {
  expect(await block('{"disks":[{"id":1,"gb":10},{"id":2}]}')).toEqual([
    "disks (2):",
    "  +----+----+",
    "  | id | gb |",
    "  +----+----+",
    "  | 1  | 10 |",
    "  | 2  |    |",
    "  +----+----+",
  ]);
  expect(await block('{"mixed":["x",{"a":1},[2,3],{}]}', { indent: 4 })).toEqual([
    "mixed (4):",
    "    [1] : x",
    "    [2]:",
    "        a: 1",
    "    [3]:",
    "        2",
    "        3",
    "    [4]:",
  ]);
  const keys = (count: number) => Array.from({ length: count }, (_, index) => `"k${index}":1`);
  expect((await block(`{"list":[{${keys(8)}}]}`))[1]).toMatch(/^ {2}\+/);
  expect((await block(`{"list":[{${keys(9)}}]}`)).slice(0, 3)).toEqual(["list (1):", "  [1]:", "    k0: 1"]);
});

test("names and values are coloured, at the same places", async () => {
  expect(await block('{"a":true,"long":"x"}', { color: true })).toEqual([
    "\u001b[36ma:\u001b[0m    \u001b[32mtrue\u001b[0m",
    "\u001b[36mlong:\u001b[0m x",
  ]);
});
