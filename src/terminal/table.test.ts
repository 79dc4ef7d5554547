import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { PLAIN_LOOK } from "../../test/helpers/fake-terminal.ts";
import type { Look } from "./look.ts";
import { isTableReadable, type Table, tableLines } from "./table.ts";
import { measureFor } from "./text-width.ts";

async function lines(table: Table, look: Partial<Look> = {}): Promise<string[]> {
  const measure = await measureFor([table.columns.map(({ label }) => label), ...table.rows.map((row) => [...row])]);
  return [...tableLines(table, { ...PLAIN_LOOK, ...look }, measure)];
}

test("columns are as wide as their widest line and are aligned as asked", async () => {
  const columns = [
    { label: "name" },
    { label: "n", align: "right" as const },
    { label: "mid", align: "center" as const },
  ];
  const rows = [
    ["a", "5", "x"],
    ["long name", "1234", ""],
  ];
  expect(await lines({ columns, rows })).toEqual([
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
  expect(await lines({ columns: [], rows: [[]] })).toEqual([]);
});

describe("a border", () => {
  const table = { columns: [{ label: "a" }, { label: "b" }], rows: [["1", "2"]] };

  test.each([
    ["round", true, ["╭───┬───╮", "│ a │ b │", "├───┼───┤", "│ 1 │ 2 │", "╰───┴───╯"]],
    ["square", true, ["┏━━━┳━━━┓", "┃ a ┃ b ┃", "┣━━━╇━━━┫", "┃ 1 ┃ 2 ┃", "┗━━━┻━━━┛"]],
    ["none", true, ["         ", "  a   b  ", "         ", "  1   2  ", "         "]],
    ["round", false, ["+---+---+", "| a | b |", "+---+---+", "| 1 | 2 |", "+---+---+"]],
    ["square", false, ["+---+---+", "| a | b |", "+---+---+", "| 1 | 2 |", "+---+---+"]],
    ["none", false, ["         ", "  a   b  ", "         ", "  1   2  ", "         "]],
  ] as const)("%s is drawn from its own characters (unicode: %s)", async (border, unicode, expected) => {
    expect(await lines(table, { border, unicode })).toEqual(expected);
  });
});

describe("cells that are too wide", () => {
  const table = { columns: [{ label: "id" }, { label: "text" }], rows: [["7", "the quick  brown fox\nend"]] };

  test("stay whole without a screen; their line breaks are lines", async () => {
    expect((await lines(table)).slice(3, 5)).toEqual([
      "| 7  | the quick  brown fox |",
      "|    | end                  |",
    ]);
  });

  test("are wrapped at words on a screen", async () => {
    expect(await lines(table, { columns: 21 })).toEqual([
      "+----+--------------+",
      "| id | text         |",
      "+----+--------------+",
      "| 7  | the quick    |",
      "|    | brown fox    |",
      "|    | end          |",
      "+----+--------------+",
    ]);
  });

  test("are cut, with or without a mark, or run over, where that was asked for", async () => {
    const rows = async (look: Partial<Look>) => (await lines(table, { columns: 21, ...look })).slice(3, -1);
    expect(await rows({ overflow: "clip" })).toEqual(["| 7  | the quick  b |", "|    | end          |"]);
    expect(await rows({ overflow: "ellipsis", unicode: true })).toEqual([
      "│ 7  │ the quick  … │",
      "│    │ end          │",
    ]);
    expect(await rows({ overflow: "ellipsis" })).toEqual(["| 7  | the quick... |", "|    | end          |"]);
    expect((await rows({ overflow: "none" }))[0]).toBe("| 7  | the quick  brown fox |");
  });
});

describe("numbers in a table that is squeezed", () => {
  const columns = [{ label: "host" }, { label: "total" }, { label: "note" }];
  const words = "a kiosk in the entrance hall";

  test("stay whole, and words give way; as far as these can still be read", async () => {
    const rows = [
      [words, "4503599627370496.5", words],
      ["x", "-7", "12"],
    ];
    const drawn = await lines({ columns, rows }, { columns: 48 });
    expect(drawn.slice(3, 6)).toEqual([
      "| a kiosk in | 4503599627370496.5 | a kiosk in |",
      "| the        |                    | the        |",
      "| entrance   |                    | entrance   |",
    ]);
    expect((await lines({ columns, rows }, { columns: 44 }))[3]).toBe("| a kiosk  | 4503599627370496.5 | a kiosk  |");
    // Without room for both, they are broken like everything else.
    expect((await lines({ columns, rows }, { columns: 43 }))[3]).toBe("| a kiosk in  | 45035996273 | a kiosk in  |");
  });

  test("the shorter ones go first where not all of them have room", async () => {
    const rows = [[words, "99999999999999", "123456789012"]];
    expect((await lines({ columns, rows }, { columns: 40 }))[3]).toBe("| a kiosk   | 999999999 | 123456789012 |");
  });

  test("on a screen, rows whose numbers would be broken are blocks instead", async () => {
    const screen = { ...PLAIN_LOOK, columns: 44 };
    const readable = (number: string) =>
      isTableReadable({ columns, rows: [[words, number, words]] }, screen, (text) => text.length);
    expect([readable("4503599627370496.5"), readable("44503599627370496.5"), readable("x".repeat(90))]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

test("heads are coloured, values by what they are, spaces are not", async () => {
  const drawn = await lines({ columns: [{ label: "ab" }], rows: [["x"], ["7"]] }, { color: true });
  expect(drawn[1]).toBe("| \u001b[36mab\u001b[0m |");
  expect(drawn.slice(3, 5)).toEqual(["| x  |", "| \u001b[36m7\u001b[0m  |"]);
});

describe("a screen that is too small for any table", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    "of %i columns gets one that is as narrow as it can be",
    async (columns) => {
      for (const overflow of ["wrap", "clip", "ellipsis", "none"] as const) {
        const rows = [["some words", "東京", "", "👩‍👩‍👧e\u0301"]];
        const drawn = await lines(
          { columns: ["a", "long head", "", "京"].map((label) => ({ label })), rows },
          { columns, overflow },
        );
        expect(new Set(drawn.map((line) => stringWidth(line))).size).toBe(1);
      }
    },
  );

  test("gets a hundred columns of data as well, and heads that are long or empty", async () => {
    const labels = Array.from({ length: 100 }, (_, index) => (index % 2 ? "" : "k".repeat(index * 10)));
    const drawn = await lines({ columns: labels.map((label) => ({ label })), rows: [labels] }, { columns: 80 });
    expect(new Set(drawn.map((line) => line.length))).toEqual(new Set([401]));
  });
});

test("a hundred thousand rows are drawn", async () => {
  const rows = Array.from({ length: 100_000 }, (_, index) => [`${index}`, "x"]);
  expect(await lines({ columns: [{ label: "n" }, { label: "x" }], rows }, { columns: 80 })).toHaveLength(100_004);
});

const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "word", " ", "東", "é", "e\u0301", "👩‍👩‍👧", "🚀", "\t") }),
  fc.string(),
);
const cells = (one: fc.Arbitrary<string>) =>
  fc
    .integer({ min: 1, max: 4 })
    .chain((n) => fc.array(fc.array(one, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 5 }));
const tableOfCells = ([head, ...rows]: string[][]): Table => ({ columns: head!.map((label) => ({ label })), rows });
const overflow = fc.constantFrom("wrap", "clip", "ellipsis", "none" as const);

test("whatever the cells hold, all lines of a table are equally wide and fit the screen if they can", async () => {
  const withBreaks = fc.oneof(cell, fc.string({ unit: fc.constantFrom("a", "\n", "東") }));
  await fc.assert(
    fc.asyncProperty(cells(withBreaks), fc.integer({ min: 1, max: 100 }), overflow, async (data, columns, overflow) => {
      const drawn = await lines(tableOfCells(data), { columns, overflow });
      const widths = [...new Set(drawn.map((line) => stringWidth(line)))];
      expect(widths).toHaveLength(1);
      if (columns >= 40 && overflow !== "none") expect(widths[0]).toBeLessThanOrEqual(columns);
    }),
    { numRuns: 300 },
  );
});

test("colours change no width and no text", async () => {
  const value = fc.oneof(cell, fc.constantFrom("true", "false", "null", "12", "-1.5e3"));
  await fc.assert(
    fc.asyncProperty(
      cells(value),
      fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
      async (data, columns) => {
        const drawn = await lines(tableOfCells(data), { columns, color: true });
        const plain = await lines(tableOfCells(data), { columns });
        expect(drawn.map(stripVTControlCharacters)).toEqual(plain);
      },
    ),
  );
});
