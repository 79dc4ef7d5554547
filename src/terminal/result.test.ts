import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PLAIN_LOOK, recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { formatOrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import { FORMATS, type Format } from "../protocol/formats.ts";
import { JSON_INDENT_CHARS_MAX, TABLE_CELLS_MAX, TABLE_CHARS_MAX } from "../protocol/limits.ts";
import { ResponseV1 } from "../protocol/process-plugin.ts";
import type { Look } from "./look.ts";
import { printResult } from "./result.ts";

interface Options {
  readonly meta?: object;
  readonly format?: Format;
  readonly isTerminal?: boolean;
  readonly look?: Partial<Look>;
}

async function printBoth(data: string, { meta = {}, format = "auto", isTerminal = false, look = {} }: Options = {}) {
  const response = ResponseV1.parse({ protocol_version: 1, ok: true, data: null, meta });
  const io = { stdout: recordedOutput({ isTerminal }), stderr: recordedOutput({ isTerminal }) };
  await printResult(io, parseOrderedJson(data), response.meta, { format, look: { ...PLAIN_LOOK, ...look } });
  return { stdout: io.stdout.text, stderr: io.stderr.text };
}

async function print(...args: Parameters<typeof printBoth>): Promise<string> {
  const { stdout, stderr } = await printBoth(...args);
  expect(stderr).toBe("");
  return stdout;
}

const text = (...lines: string[]) => `${lines.join("\n")}\n`;

describe("how each format shows", () => {
  const rows = '[{"b":1.0,"a":"x"},{"b":12345678901234567890,"c":null}]';
  const one = '{"b":1.0,"long":"x","n":null}';

  test.each([
    [
      "json",
      text(
        "[",
        '  {\n    "b": 1.0,\n    "a": "x"\n  },',
        '  {\n    "b": 12345678901234567890,\n    "c": null\n  }',
        "]",
      ),
    ],
    ["value", text("1.0", "x", "12345678901234567890")],
    [
      "md",
      text(
        "| b                    | a   | c    |",
        "| -------------------- | --- | ---- |",
        "| 1.0                  | x   |      |",
        "| 12345678901234567890 |     | null |",
      ),
    ],
    ...(["table", "mreg", "guide", "auto"] as const).map((format): [Format, string] => [
      format,
      text(
        "+----------------------+---+------+",
        "| b                    | a | c    |",
        "+----------------------+---+------+",
        "| 1.0                  | x |      |",
        "| 12345678901234567890 |   | null |",
        "+----------------------+---+------+",
      ),
    ]),
  ] as [Format, string][])("rows: %s", async (format, expected) => {
    expect(await print(rows, { format })).toBe(expected);
  });

  test.each([
    ["json", text("[", '  {\n    "b": 1.0,\n    "long": "x",\n    "n": null\n  }', "]")],
    ["value", text("1.0", "x")],
    ["md", text("| b   | long | n    |", "| --- | ---- | ---- |", "| 1.0 | x    | null |")],
    [
      "table",
      text(
        "+-----+------+------+",
        "| b   | long | n    |",
        "+-----+------+------+",
        "| 1.0 | x    | null |",
        "+-----+------+------+",
      ),
    ],
    ...(["mreg", "guide", "auto"] as const).map((format): [Format, string] => [
      format,
      text("b:    1.0", "long: x", "n:    null"),
    ]),
  ] as [Format, string][])("a single object: %s", async (format, expected) => {
    expect(await print(one, { format })).toBe(expected);
    expect(await print(`[${one}]`, { format })).toBe(expected);
  });

  test.each([
    ["json", text("[", '  {\n    "value": 2.50\n  }', "]")],
    ["table", text("+-------+", "| value |", "+-------+", "| 2.50  |", "+-------+")],
    ["md", text("| value |", "| ----- |", "| 2.50  |")],
    ["mreg", text("value: 2.50")],
    ["value", text("2.50")],
    ["guide", text("2.50")],
    ["auto", text("2.50")],
  ] as [Format, string][])("a plain value: %s", async (format, expected) => {
    expect(await print("2.50", { format })).toBe(expected);
  });

  test("null: nothing as a value, null elsewhere", async () => {
    expect(await print("null")).toBe("");
    expect(await print("null", { format: "value" })).toBe("");
    expect(await print("null", { format: "mreg" })).toBe("value: null\n");
    expect(await print("null", { format: "md" })).toContain("| null  |");
  });

  test("nothing: heads where they are known and there are heads, else nothing at all", async () => {
    for (const format of FORMATS) {
      expect(await print("[]", { format })).toBe(format === "json" ? "[]\n" : "");
    }
    const meta = { columns: ["a"], column_labels: ["A"] };
    const shown = async (format: Format) => await print("[]", { format, meta });
    expect(await shown("table")).toBe(text("+---+", "| A |", "+---+"));
    expect(await shown("auto")).toBe(text("+---+", "| A |", "+---+"));
    expect(await shown("md")).toBe(text("| A   |", "| --- |"));
    for (const format of ["mreg", "value", "guide"] as const) expect(await shown(format)).toBe("");
    expect(await shown("json")).toBe("[]\n");
  });

  test("a document that is to be kept: itself as JSON, its rows in the other formats", async () => {
    const data = '{"total":2,"list":[{"id":1},{"id":2}]}';
    expect(await print(data, { format: "json", meta: { row_path: "list" } })).toBe(
      `${formatOrderedJson(parseOrderedJson(data), 2)}\n`,
    );
    expect(await print('"x"', { format: "json", meta: { preserve_json_document: true } })).toBe('"x"\n');
    expect(await print(data, { format: "value", meta: { row_path: "list" } })).toBe("1\n2\n");
    const curated = { preserve_json_document: true, columns: ["total"] };
    expect(await print(data, { meta: curated })).toBe("total: 2\n");
  });
});

describe("the format", () => {
  test("is the user's, else the hint's, else what suits the data", async () => {
    expect(await print('[{"a":1}]', { meta: { format_hint: "json" } })).toBe('[\n  {\n    "a": 1\n  }\n]\n');
    expect(await print('[{"a":1,"b":2}]', { meta: { format_hint: "value" } })).toBe("1\n2\n");
    expect(await print('"x"', { meta: { format_hint: "json" }, format: "table" })).toContain("| value |");
    for (const hint of ["md", "markdown", " Markdown "]) {
      expect(await print('[{"a":1}]', { meta: { format_hint: hint } })).toBe("| a   |\n| --- |\n| 1   |\n");
    }
    expect(await print('["a","b"]', { meta: { format_hint: "mreg" } })).toContain("| value |");
    expect(await print('["a","b"]', { meta: { format_hint: "guide" } })).toBe("a\nb\n");
    expect(await print('["a","b"]', { meta: { format_hint: "auto" } })).toBe("a\nb\n");
    expect(await print('["a","b"]', { meta: { format_hint: "html" } })).toBe("a\nb\n");
  });

  test("of plain values is a line each, of named ones never", async () => {
    expect(await print('["x",2.50,null]')).toBe("x\n2.50\n");
    expect(await print('[{"value":"x"},3]')).toBe("x\n3\n");
    expect(await print('[{"value":"x","unit":"m"}]')).toBe("value: x\nunit:  m\n");
  });
});

test("listed columns come first, with their labels and alignment, in every format that has names or an order", async () => {
  const meta = { columns: ["n", "gone"], column_labels: ["N", "Gone"], column_align: ["right", "center"] };
  const data = '[{"a":"x","n":5,"2":true,"1":false},{"n":10}]';
  expect(await print(data, { meta })).toContain("|  N | Gone | a | 2    | 1     |");
  expect(await print(data, { meta, format: "value" })).toBe("5\nx\ntrue\nfalse\n10\n");
  const single = '{"a":"x","n":5}';
  expect(await print(single, { meta })).toBe("N:    5\nGone:\na:    x\n");
  expect(await print(single, { meta, format: "md" })).toBe(
    text("| N   | Gone | a   |", "| ---: | :----: | --- |", "|   5 |      | x   |"),
  );
});

describe("grouped results", () => {
  const groups =
    '[{"groups":{"floor":3},"aggregates":{"count":2},"rows":[{"host":"k-7"},{"host":"k-9"}]},' +
    '{"groups":{"floor":4},"aggregates":{"count":0},"rows":[]}]';

  test("are a line of what the rows have in common, and a table, for every group", async () => {
    expect(await print(groups)).toBe(
      text(
        "floor: 3  |  count: 2",
        "+-------+-------+------+",
        "| floor | count | host |",
        "+-------+-------+------+",
        "| 3     | 2     | k-7  |",
        "| 3     | 2     | k-9  |",
        "+-------+-------+------+",
        "",
        "floor: 4  |  count: 0",
        "+-------+-------+",
        "| floor | count |",
        "+-------+-------+",
        "| 4     | 0     |",
        "+-------+-------+",
      ),
    );
    expect(await print(groups, { look: { unicode: true } })).toContain("floor: 3  ·  count: 2\n╭");
  });

  test("are lists and tables as Markdown, blocks or tables as mreg, every cell as values, themselves as JSON", async () => {
    expect(await print(groups, { format: "md" })).toMatch(/^- floor: 3\n- count: 2\n\n\| floor \| count \| host \|\n/);
    expect(await print(groups, { format: "mreg" })).toMatch(
      /\| 3 {5}\| 2 {5}\| k-9 {2}\|\n.*\n\nfloor: 4\ncount: 0\n$/,
    );
    expect(await print(groups, { format: "value" })).toBe("3\n2\nk-7\n3\n2\nk-9\n4\n0\n");
    expect(await print(groups, { format: "json" })).toBe(`${formatOrderedJson(parseOrderedJson(groups), 2)}\n`);
  });

  test("are only what has just these three members, in every item", async () => {
    const almost = groups.replace('"rows":[]', '"rows":[1]');
    expect(await print(almost)).toContain("| groups ");
    expect(await print(groups.replace('"rows":[]', '"rows":[],"more":1'))).toContain("| groups ");
    expect(await print('{"groups":{},"aggregates":{},"rows":[]}')).toBe("groups:     {}\naggregates: {}\nrows (0):\n");
  });

  test("may have nothing in common, and a row's own member counts", async () => {
    const bare = '[{"groups":{},"aggregates":{},"rows":[{"a":1}]}]';
    expect(await print(bare)).toBe(text("+---+", "| a |", "+---+", "| 1 |", "+---+"));
    const same = '[{"groups":{"a":1},"aggregates":{},"rows":[{"a":2}]}]';
    expect(await print(same, { format: "value" })).toBe("2\n");
  });
});

test("a margin stands in front of every line, but not of values for a program", async () => {
  const look = { margin: 2 };
  expect(await print('[{"a":1},{"a":2}]', { look })).toBe("  +---+\n  | a |\n  +---+\n  | 1 |\n  | 2 |\n  +---+\n");
  expect(await print('{"a":1}', { look, format: "json" })).toBe('  [\n    {\n      "a": 1\n    }\n  ]\n');
  expect(await print('["x"]', { look })).toBe("x\n");
  expect(await print('["x"]', { look, isTerminal: true })).toBe("  x\n");
});

describe("control characters", () => {
  test("stay in values for a program and are gone on a screen", async () => {
    expect(await print('"a\\u001b[31m"')).toBe("a\u001b[31m\n");
    expect(await print('"a\\u001b[31m"', { isTerminal: true })).toBe("a␛[31m\n");
  });

  const hostile = fc.string({
    unit: fc.constantFrom("a", "\u001b[2J", "\u0000", "\r", "\n", "\t", "\u007f", "\u009b", "\u202e", "|"),
  });
  const value: fc.Arbitrary<unknown> = fc.oneof(
    hostile,
    fc.array(hostile, { maxLength: 8 }),
    fc.dictionary(hostile, hostile),
  );
  const data = fc.oneof(
    hostile,
    fc.array(fc.oneof(hostile, fc.dictionary(hostile, value)), { maxLength: 4 }),
    fc.array(
      fc.record({
        groups: fc.dictionary(hostile, value),
        aggregates: fc.dictionary(hostile, value),
        rows: fc.array(fc.dictionary(hostile, value), { maxLength: 2 }),
      }),
    ),
  );

  test("never reach a table, Markdown, a block, a guide or JSON, nor a screen in any format", async () => {
    const formats = fc.constantFrom(...FORMATS.filter((format) => format !== "auto"));
    await fc.assert(
      fc.asyncProperty(data, formats, fc.boolean(), fc.boolean(), async (document, format, isTerminal, unicode) => {
        const shown = await print(JSON.stringify(document), { format, isTerminal, look: { unicode, columns: 30 } });
        const mayKeep = format === "value" && !isTerminal;
        if (!mayKeep) expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        if (format === "table" || format === "mreg" || format === "md") expect(shown).not.toContain("\t");
      }),
      { numRuns: 400 },
    );
  });
});

test("JSON gives back the same values", async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (document) => {
      const shown = await print(JSON.stringify([document]), { format: "json", meta: { preserve_json_document: true } });
      expect(shown.endsWith("\n")).toBe(true);
      expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify([document])));
    }),
  );
});

test("JSON that would be mostly spaces is written on one line, up to the limit over several", async () => {
  // A list of n numbers at this depth has n lines of so many spaces; the brackets around it add a few.
  const depth = 400;
  const nestedList = (count: number) => `${"[".repeat(depth)}${"1,".repeat(count - 1)}1${"]".repeat(depth)}`;
  const meta = { preserve_json_document: true };
  const brackets = 4 * depth * depth;
  const count = Math.floor((JSON_INDENT_CHARS_MAX - brackets) / (4 * depth));
  expect((await print(nestedList(count), { format: "json", meta })).length).toBeGreaterThan(2 * depth * count);
  expect(await print(nestedList(4 * count), { format: "json", meta })).toBe(`${nestedList(4 * count)}\n`);
});

describe("what is too large for a table", () => {
  const note = "info: the result is too large for a table; its rows follow as JSON, one a line\n";
  const rows = (count: number, row: (index: number) => string) =>
    `[${Array.from({ length: count }, (_, i) => row(i))}]`;

  test("a table is drawn up to the limit of cells; one past it, its rows are printed as lines", async () => {
    const side = Math.sqrt(TABLE_CELLS_MAX);
    const ownKey = (index: number) => `{"k${index}":${index}}`;
    expect((await print(rows(side, ownKey))).split("\n")).toHaveLength(side + 5);
    expect((await print(rows(side, ownKey), { format: "md" })).split("\n")).toHaveLength(side + 3);
    for (const format of ["auto", "mreg", "md", "guide"] as const) {
      const { stdout, stderr } = await printBoth(rows(side + 1, ownKey), { format });
      expect(stderr).toBe(note);
      const lines = stdout.split("\n");
      expect([lines.length, lines[0], lines[side]]).toEqual([side + 2, '{"k0":0}', `{"k${side}":${side}}`]);
    }
  });

  test("columns that a row path would fill every row with count as well, whatever the format", async () => {
    const columns = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
    const data = `{"list":${rows(10_000, () => '{"a":1}')}}`;
    const meta = { columns, row_path: "list" };
    expect((await printBoth(data, { meta })).stdout.slice(0, 16)).toBe('{"a":1}\n{"a":1}\n');
    expect((await print(data, { meta, format: "value" })).slice(0, 4)).toBe("1\n1\n");
  });

  test("plain values are no table, however many", async () => {
    for (const format of ["auto", "guide"] as const) {
      expect(
        await print(
          rows(TABLE_CELLS_MAX + 1, () => "1"),
          { format },
        ),
      ).toHaveLength(2 * (TABLE_CELLS_MAX + 1));
    }
  });

  test("one long cell makes no line of its length for every other row", async () => {
    const long = "x".repeat(TABLE_CHARS_MAX / 1000);
    const data = `[{"a":"${long}"},${rows(1000, (i) => `{"a":${i}}`).slice(1)}`;
    for (const format of ["auto", "md"] as const) {
      const { stdout, stderr } = await printBoth(data, { format });
      expect(stderr).toBe(note);
      expect(stdout.split("\n").slice(1)).toEqual([...Array.from({ length: 1000 }, (_, i) => `{"a":${i}}`), ""]);
    }
  });

  test("one long name makes no block of its length for every other member", async () => {
    const members = Array.from({ length: 1000 }, (_, i) => `"${i}":1`);
    const { stdout, stderr } = await printBoth(`{"${"x".repeat(TABLE_CHARS_MAX / 1000)}":1,${members}}`);
    expect(stderr).toBe(note);
    expect(stdout.startsWith('{"xxx')).toBe(true);
  });

  test("what many rows have in common is not repeated for each", async () => {
    const common = Array.from({ length: 2000 }, (_, i) => `"a${i}":"${"x".repeat(40)}"`);
    const data = `[{"groups":{},"aggregates":{${common}},"rows":${rows(2000, () => "{}")}}]`;
    for (const format of ["table", "md", "mreg", "value"] as const) {
      expect((await printBoth(data, { format })).stderr).toBe(note);
    }
  });

  test("a hundred thousand rows are no reason, in any format", async () => {
    for (const format of FORMATS) {
      const shown = await print(
        rows(100_000, (i) => `{"n":${i},"東":"x"}`),
        { format },
      );
      expect(shown.split("\n").length).toBeGreaterThan(100_000);
    }
  });

  test("values within values are shown to the depth that JSON may have", async () => {
    const deep = `${'{"a":['.repeat(250)}1${"]}".repeat(250)}`;
    for (const format of FORMATS) expect((await print(deep, { format })).length).toBeGreaterThan(250);
  });
});
