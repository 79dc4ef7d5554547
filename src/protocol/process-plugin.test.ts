import { describe, expect, test } from "vitest";
import { describeIssues } from "./issue-text.ts";
import { DescribeV1, ResponseV1 } from "./process-plugin.ts";

const command = { name: "echo" };
const description = { protocol_version: 1, plugin_id: "p", plugin_version: "1.0.0", commands: [command] };
const response = { protocol_version: 1, ok: true, data: [], meta: {} };

function problem(schema: typeof DescribeV1 | typeof ResponseV1, value: unknown): string {
  const result = schema.safeParse(value);
  return result.success ? "accepted" : describeIssues(result.error, value);
}

describe("a describe answer", () => {
  test.each([
    [[], "the document: must be an object, is a list"],
    [null, "the document: must be an object, is null"],
    [{ ...description, protocol_version: 2 }, "protocol_version: must be 1, is 2"],
    [{ ...description, protocol_version: "1" }, 'protocol_version: must be 1, is "1"'],
    [{ ...description, plugin_id: "  " }, "plugin_id: must not be blank"],
    [{ ...description, plugin_id: "x".repeat(201) }, "plugin_id: must be at most 200 characters long"],
    [{ ...description, plugin_version: undefined }, "plugin_version: is missing"],
    [{ ...description, min_osp_version: 3 }, "min_osp_version: must be text, is 3"],
    [{ ...description, commands: null }, "commands: must be a list, is null"],
    [{ ...description, commands: [] }, "commands: must offer at least one command"],
    [{ ...description, commands: [command, command] }, 'commands[1].name: "echo" is there twice'],
    [{ ...description, commands: ["echo"] }, 'commands[0]: must be an object, is "echo"'],
    [{ ...description, commands: [{}] }, "commands[0].name: is missing"],
  ])("%j is refused: %s", (value, text) => {
    expect(problem(DescribeV1, value)).toBe(text);
  });

  test.each([
    [{ name: "Echo" }, 'commands[0].name: must be made of a-z, 0-9, - and _ only, and not be empty, is "Echo"'],
    [{ name: " " }, 'commands[0].name: must be made of a-z, 0-9, - and _ only, and not be empty, is " "'],
    [{ name: "a", args: {} }, "commands[0].args: must be a list, is an object"],
    [{ name: "a", args: [{ multi: "yes" }] }, 'commands[0].args[0].multi: must be true or false, is "yes"'],
    [{ name: "a", args: [{ suggestions: ["x"] }] }, 'commands[0].args[0].suggestions[0]: must be an object, is "x"'],
    [
      { name: "a", flags: { "--x": { suggestions: [{ value: "" }] } } },
      'commands[0].flags["--x"].suggestions[0].value: must not be blank',
    ],
    [{ name: "a", flags: { x: {} } }, 'commands[0].flags.x: must be a flag such as "--name" or "-n"'],
    [{ name: "a", flags: { "--": {} } }, 'commands[0].flags["--"]: must be a flag such as "--name" or "-n"'],
    [
      { name: "a", subcommands: [{ name: "b", subcommands: [{ name: "C" }] }] },
      "commands[0].subcommands[0].subcommands[0].name: must be made of a-z, 0-9, - and _ only, and not be empty" +
        ', is "C"',
    ],
    [{ name: "a", subcommands: [{ name: "b" }, { name: "b" }] }, 'commands[0].subcommands[1].name: "b" is there twice'],
    [
      { name: "a", auth: { visibility: "secret" } },
      'commands[0].auth.visibility: must be one of "public", "authenticated", "capability_gated", "hidden", is "secret"',
    ],
  ])("a command %j is refused: %s", (value, text) => {
    expect(problem(DescribeV1, { ...description, commands: [value] })).toBe(text);
  });

  test("null stands for every optional member that is absent, and unknown members are ignored", () => {
    const bare = DescribeV1.parse({ ...description, min_osp_version: " ", later: { x: 1 } });
    const nulls = DescribeV1.parse({
      ...description,
      min_osp_version: null,
      commands: [{ name: "echo", about: null, auth: null, args: null, flags: null, subcommands: null, later: 1 }],
    });
    expect(nulls).toEqual(bare);
    expect(bare.commands[0]).toEqual({ name: "echo", about: "", auth: null, args: [], flags: {}, subcommands: [] });
  });

  test("names are trimmed, and the value type is known in any letter case and otherwise ignored", () => {
    const args = [{ value_type: "Path" }, { value_type: "path" }, { value_type: "Colour" }, {}];
    const { commands } = DescribeV1.parse({ ...description, commands: [{ name: " echo ", args }] });
    expect(commands[0]!.name).toBe("echo");
    expect(commands[0]!.args.map((arg) => arg.value_type)).toEqual(["path", "path", null, null]);
  });
});

describe("a response", () => {
  test.each([
    [{ ...response, ok: "true" }, 'ok: must be true or false, is "true"'],
    [{ ...response, data: undefined }, "data: is missing"],
    [{ ...response, meta: undefined }, "meta: is missing"],
    [{ ...response, meta: null }, "meta: must be an object, is null"],
    [{ ...response, error: { code: "A", message: "b" } }, 'error: must be null when "ok" is true'],
    [{ ...response, ok: false }, 'error: must be there when "ok" is false'],
    [{ ...response, ok: false, error: null }, 'error: must be there when "ok" is false'],
    [{ ...response, ok: false, error: "no" }, 'error: must be an object, is "no"'],
    [{ ...response, ok: false, error: { code: "A" } }, "error.message: is missing"],
    [{ ...response, messages: [{ level: "info", text: " \n" }] }, "messages[0].text: must not be blank"],
    [
      { ...response, messages: [{ level: "INFO", text: "x" }] },
      'messages[0].level: must be one of "error", "warning", "success", "info", "trace", is "INFO"',
    ],
    [
      { ...response, meta: { column_align: ["middle"] } },
      'meta.column_align[0]: must be one of "default", "left", "center", "right", is "middle"',
    ],
    [{ ...response, meta: { column_labels: ["A"] } }, 'meta.column_labels: needs "columns"'],
    [
      { ...response, meta: { columns: ["a", "b"], column_labels: ["A"] } },
      'meta.column_labels: must be as long as "columns" (2)',
    ],
    [{ ...response, meta: { columns: ["a"], column_labels: [" "] } }, "meta.column_labels[0]: must not be blank"],
    [{ ...response, meta: { row_path: "" } }, "meta.row_path: must not be blank"],
    [{ ...response, meta: { columns: "a" } }, 'meta.columns: must be a list, is "a"'],
  ])("%j is refused: %s", (value, text) => {
    expect(problem(ResponseV1, value)).toBe(text);
  });

  test("null stands for absent, and hints that are not known are no hints", () => {
    const meta = {
      format_hint: null,
      columns: null,
      column_align: null,
      column_labels: null,
      row_path: null,
      preserve_json_document: null,
    };
    expect(ResponseV1.parse({ ...response, data: null, messages: null, error: null, meta })).toMatchObject({
      messages: [],
      error: null,
      meta: { format_hint: null, columns: null, column_align: [], preserve_json_document: false },
    });
    expect(ResponseV1.parse({ ...response, meta: { format_hint: " Table " } }).meta.format_hint).toBe("table");
    expect(ResponseV1.parse({ ...response, meta: { format_hint: "hologram" } }).meta.format_hint).toBe(null);
  });
});

test("many problems are counted, and long values are cut", () => {
  const commands = Array.from({ length: 7 }, (_, i) => ({ name: i }));
  const text = problem(DescribeV1, { ...description, commands });
  expect(text).toContain("commands[3].name: must be text, is 3; and 3 more");
  expect(problem(ResponseV1, { ...response, ok: "x".repeat(1000) }).length).toBeLessThan(120);
});

describe("limits", () => {
  const many = <T>(count: number, item: (index: number) => T) => Array.from({ length: count }, (_, i) => item(i));
  const named = (count: number) => many(count, (i) => ({ name: `c${i}` }));
  const flags = (count: number) => Object.fromEntries(many(count, (i) => [`--f${i}`, {}]));
  const suggestions = (count: number) => many(count, () => ({ value: "x" }));
  const nested = (depth: number): unknown =>
    depth === 1 ? [{ name: "x" }] : [{ name: "x", subcommands: nested(depth - 1) }];
  const offering = (change: object) => ({ ...description, commands: [{ name: "a", ...change }] });

  test.each<[string, number, (count: number) => unknown]>([
    ["commands: must have at most 1000 entries", 1000, (count) => ({ ...description, commands: named(count) })],
    [
      "commands[0].subcommands: must have at most 1000 entries",
      1000,
      (count) => offering({ subcommands: named(count) }),
    ],
    ["commands[0].flags: must have at most 1000 entries", 1000, (count) => offering({ flags: flags(count) })],
    ["commands[0].args: must have at most 1000 entries", 1000, (count) => offering({ args: many(count, () => ({})) })],
    [
      "commands[0].args[0].suggestions: must have at most 10000 entries",
      10_000,
      (count) => offering({ args: [{ suggestions: suggestions(count) }] }),
    ],
    [
      'commands[0].flags["--x"].suggestions: must have at most 10000 entries',
      10_000,
      (count) => offering({ flags: { "--x": { suggestions: suggestions(count) } } }),
    ],
    [
      "commands: nests deeper than 16 levels of subcommands",
      16,
      (count) => ({ ...description, commands: nested(count) }),
    ],
  ])("of a description: %s", (text, limit, value) => {
    expect(problem(DescribeV1, value(limit))).toBe("accepted");
    expect(problem(DescribeV1, value(limit + 1))).toBe(text);
  });

  test.each<[string, (count: number) => unknown]>([
    ["messages", (count) => ({ ...response, messages: many(count, () => ({ level: "info", text: "x" })) })],
    ["meta.columns", (count) => ({ ...response, meta: { columns: many(count, String) } })],
    ["meta.column_align", (count) => ({ ...response, meta: { column_align: many(count, () => "left") } })],
  ])("of a response: %s", (member, value) => {
    expect(problem(ResponseV1, value(10_000))).toBe("accepted");
    expect(problem(ResponseV1, value(10_001))).toBe(`${member}: must have at most 10000 entries`);
  });
});
