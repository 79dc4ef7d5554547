import { describe, expect, test } from "vitest";
import { formatOrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import { jsonOf, rowsOf, tableOf } from "./rows.ts";

const none = { columns: null, column_labels: null, column_align: [], row_path: null, preserve_json_document: false };
const json = (text: string) => parseOrderedJson(text);
const rows = (text: string, meta = {}) => formatOrderedJson(rowsOf(json(text), { ...none, ...meta }));
const document = (text: string, meta = {}) => formatOrderedJson(jsonOf(json(text), { ...none, ...meta }));

describe("rows", () => {
  test.each([
    ['[{"a":1},{"b":2}]', '[{"a":1},{"b":2}]'],
    ['[{"a":1},2,null,[3]]', '[{"a":1},{"value":2},{"value":null},{"value":[3]}]'],
    ['{"a":1}', '[{"a":1}]'],
    ['"x"', '[{"value":"x"}]'],
    ["null", '[{"value":null}]'],
    ["[]", "[]"],
  ])("of %s are %s, also with --json", (data, expected) => {
    expect(rows(data)).toBe(expected);
    expect(document(data)).toBe(expected);
  });

  test("of a row path are its items, with what the listed columns lead to first and null where there is nothing", () => {
    const data = '{"n":2,"list":[{"x":1,"host":{"name":"a"}},5]}';
    expect(rows(data, { row_path: "list" })).toBe('[{"x":1,"host":{"name":"a"}},{"value":5}]');
    expect(rows(data, { row_path: "list", columns: ["host.name"] })).toBe(
      '[{"host.name":"a","x":1,"host":{"name":"a"}},{"host.name":null,"value":5}]',
    );
    expect(document(data, { row_path: "list" })).toBe(data);
  });

  test("of a preserved document with columns are one row of just these, without what is null or missing", () => {
    const data = '{"a":{"b":1},"c":null,"d":2}';
    const meta = { preserve_json_document: true, columns: ["d", "a.b", "c", "gone"] };
    expect(rows(data, meta)).toBe('[{"d":2,"a.b":1}]');
    expect(document(data, meta)).toBe(data);
    expect(document('"x"', { preserve_json_document: true })).toBe('"x"');
  });
});

describe("a table", () => {
  test("has the listed columns first, absent ones too, then the others as they first appear", () => {
    const data = rowsOf(json('[{"2":true,"name":"a","1":{"x":[1.0]}},{"new":null,"name":"b"}]'), none);
    const meta = { columns: ["name", "gone"], column_labels: ["Name", "Gone"], column_align: ["right" as const] };
    expect(tableOf(data, meta)).toEqual({
      columns: [
        { label: "Name", align: "right" },
        { label: "Gone", align: "default" },
        { label: "2", align: "default" },
        { label: "1", align: "default" },
        { label: "new", align: "default" },
      ],
      rows: [
        ["a", "", "true", '{"x":[1.0]}', ""],
        ["b", "", "", "", "null"],
      ],
    });
  });

  test("holds no control characters, neither in cells nor in heads", () => {
    const table = tableOf(rowsOf(json('[{"a\\u001b":"\\u009b\\u0007"}]'), none), none);
    expect(table).toEqual({ columns: [{ label: "a␛", align: "default" }], rows: [["\ufffd␇"]] });
  });
});
