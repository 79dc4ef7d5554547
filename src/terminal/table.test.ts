import fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import type { Look } from "./look.ts";
import { renderTable, type Table } from "./table.ts";

const plain: Look = { color: false, unicode: false, columns: undefined };

async function lines(table: Table, look: Partial<Look> = {}): Promise<string[]> {
  return (await renderTable(table, { ...plain, ...look }))!.trimEnd().split("\n");
}

test("columns are as wide as their widest line and are aligned as asked", async () => {
  const columns = [
    { label: "name" },
    { label: "n", align: "right" as const },
    { label: "mid", align: "center" as const },
  ];
  expect(
    await lines({
      columns,
      rows: [
        ["a", "5", "x"],
        ["long name", "1234", ""],
      ],
    }),
  ).toEqual([
    "+-----------+------+-----+",
    "| name      |    n | mid |",
    "+-----------+------+-----+",
    "| a         |    5 |  x  |",
    "| long name | 1234 |     |",
    "+-----------+------+-----+",
  ]);
});

test("a table without rows shows its head, one without columns is nothing", async () => {
  expect(await lines({ columns: [{ label: "a" }], rows: [] })).toEqual(["+---+", "| a |", "+---+"]);
  expect(await renderTable({ columns: [], rows: [[]] }, plain)).toBe("");
});

test("without a screen nothing is cut or wrapped, on a screen long cells are wrapped at words", async () => {
  const table = { columns: [{ label: "id" }, { label: "text" }], rows: [["7", "the quick  brown fox"]] };
  expect(await lines(table)).toContain("| 7  | the quick  brown fox |");
  expect(await lines(table, { columns: 21 })).toEqual([
    "+----+--------------+",
    "| id | text         |",
    "+----+--------------+",
    "| 7  | the quick    |",
    "|    | brown fox    |",
    "+----+--------------+",
  ]);
});

test("only the heads are styled", async () => {
  const text = await renderTable({ columns: [{ label: "a" }], rows: [["b"]] }, { ...plain, color: true });
  expect(text).toContain("| \u001b[1ma\u001b[0m |");
  expect(text).toContain("| b |");
});

test("whatever the cells hold, all lines of a table are equally wide and fit the screen if they can", async () => {
  const cell = fc.oneof(fc.string({ unit: fc.constantFrom("a", " ", "東", "é", "\n", "\t") }), fc.string());
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((n) => fc.array(fc.array(cell, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 5 }));
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 40, max: 100 }), async (cells, columns) => {
      const [head, ...rows] = cells;
      const drawn = await lines({ columns: head!.map((label) => ({ label })), rows }, { columns });
      const widths = new Set(drawn.map((line) => stringWidth(line)));
      expect(widths.size).toBe(1);
      expect([...widths][0]!).toBeLessThanOrEqual(columns);
    }),
    { numRuns: 200 },
  );
});
