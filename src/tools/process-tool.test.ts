import { expect, test } from "vitest";
import {
  PROCESS_ARGUMENT_BYTES_MAX,
  PROCESS_ARGUMENTS_BYTES_MAX,
  PROCESS_ARGUMENTS_MAX,
  PROCESS_EXAMPLES_MAX,
  PROCESS_PROPERTY_CHARS_MAX,
  TOOL_SCHEMA_BYTES_MAX,
  TOOL_TEXT_CHARS_MAX,
} from "../protocol/limits.ts";
import { type DescribedCommand, DescribeV1 } from "../protocol/process-plugin.ts";
import { processTool } from "./process-tool.ts";

type Given = Readonly<Record<string, unknown>>;

/** The way to a command, read as the host reads a description. */
function path(...commands: Given[]): DescribedCommand[] {
  const nested = commands.reduceRight((below: Given | undefined, command) => {
    return below === undefined ? command : { ...command, subcommands: [below, ...asList(command["subcommands"])] };
  }, undefined);
  const head = { protocol_version: 1, plugin_id: "p", plugin_version: "1.0.0" };
  let [next] = DescribeV1.parse({ ...head, commands: [nested] }).commands;
  return commands.map(() => {
    const one = next!;
    next = one.subcommands[0];
    return one;
  });
}

const asList = (value: unknown) => (value ?? []) as unknown[];

/** The words of a call, or what is said of the property that is wrong. */
async function words(tool: ReturnType<typeof processTool>, input: unknown): Promise<readonly string[] | string> {
  const prepared = await tool.prepare(JSON.stringify(input));
  return "ok" in prepared ? `${prepared.kind} ${prepared.field}: ${prepared.message}` : prepared.words;
}

const host = path(
  { name: "inventory", flags: { "--site": {}, "--raw": { flag_only: true } } },
  {
    name: "host",
    about: "Shows one machine.",
    args: [
      { name: "name", about: "Which one", required: true },
      { name: "more", multi: true },
    ],
    flags: {
      "-n": {},
      "--limit": { about: "How many", suggestions: [{ value: "5", meta: "a few" }, { value: "50" }] },
      "--long": { flag_only: true, required: true },
      "--tag": { multi: true, required: true },
      "--out": { value_type: "Path" },
    },
  },
);

test("a command becomes an object with one property for each argument and flag, also those of the commands in front", () => {
  const tool = processTool(host);
  expect([tool.toolId, tool.description, tool.problem]).toEqual(["inventory host", "Shows one machine.", undefined]);
  const list = { type: "array", items: { type: "string" } };
  expect(tool.inputSchema).toEqual({
    type: "object",
    properties: {
      name: { type: "string", description: "Which one" },
      more: list,
      limit: { type: "string", description: "How many\nFor example: 5 (a few), 50" },
      long: { type: "boolean" },
      tag: { ...list, minItems: 1 },
      out: { type: "string", description: "A path." },
      n: { type: "string" },
      site: { type: "string" },
      raw: { type: "boolean" },
    },
    required: ["name", "tag"],
    additionalProperties: false,
  });
});

test("a command that says nothing of itself says at least its name", () => {
  expect(processTool(path({ name: "x" })).description).toBe('Runs the command "x".');
});

test("names that meet get spellings of their own: the first keeps its name, arguments before flags, long flags before short ones", () => {
  const args = [{ name: "n" }, { name: "n" }, {}, { name: "<file>..." }, { name: "名前" }, { name: "__proto__" }];
  const flags = { "-n": {}, "--n": {}, "--flag_n": {}, "--_secrets": {}, "--a:b": {} };
  const names = Object.keys(processTool(path({ name: "x", args, flags })).inputSchema["properties"] as object);
  expect(names).toEqual([
    ...["n", "arg_n", "arg3", "file", "arg5", "arg___proto__"],
    ...["flag_n", "flag_flag_n", "flag__secrets", "a_b", "flag_n_2"],
  ]);
});

test("names are cut where models would refuse them, and stay apart", () => {
  const long = "x".repeat(PROCESS_PROPERTY_CHARS_MAX);
  const args = [{ name: long }, { name: `${long}a` }, { name: `${long}b` }];
  const names = Object.keys(processTool(path({ name: "x", args })).inputSchema["properties"] as object);
  expect(names.map((name) => name.length)).toEqual(args.map(() => PROCESS_PROPERTY_CHARS_MAX));
  expect(new Set(names).size).toBe(3);
});

test("values become words of their own: arguments in their order, then flags, those of a command in front behind it", async () => {
  const input = {
    tag: ["a", "b"],
    limit: 5,
    long: true,
    more: ["x", "y z"],
    name: "; rm -rf $HOME",
    site: "s",
    raw: true,
  };
  expect(await words(processTool(host), input)).toEqual([
    ...["--site", "s", "--raw", "host", "; rm -rf $HOME", "x", "y z"],
    ...["--limit", "5", "--long", "--tag", "a", "--tag", "b"],
  ]);
});

test("numbers keep their digits, booleans are words, one value stands for a list, null and false for nothing", async () => {
  const prepared = await processTool(host).prepare(
    '{"name":12345678901234567890,"limit":true,"tag":"t","more":null,"long":false,"n":1.50}',
  );
  expect(prepared).toMatchObject({
    words: ["host", "12345678901234567890", "--limit", "true", "--tag", "t", "-n", "1.50"],
  });
});

test.each([
  ["an argument", { name: "--describe", tag: ["t"] }, "name"],
  ["one of several arguments", { name: "a", more: ["b", "-v"], tag: ["t"] }, "more"],
  ["the value of a short flag", { name: "a", n: "--raw", tag: ["t"] }, "n"],
])("%s cannot become a flag", async (_what, input, property) => {
  const said = 'must not begin with "-": it would be taken for a flag';
  expect(await words(processTool(host), input)).toBe(`invalid_args ${property}: Property "${property}" ${said}`);
});

test("the value of a long flag that begins with a dash is tied to its flag", async () => {
  const input = { name: "a", limit: -5, tag: ["--raw"], site: "-x" };
  expect(await words(processTool(host), input)).toEqual(["--site=-x", "host", "a", "--limit=-5", "--tag=--raw"]);
});

test("a value cannot become a subcommand", async () => {
  const tool = processTool(path({ name: "x", args: [{ name: "what" }], subcommands: [{ name: "erase" }] }));
  expect(await words(tool, { what: "Erase" })).toMatch(/^invalid_args what: .*subcommand/);
  expect(await words(tool, { what: "erased" })).toEqual(["erased"]);
});

test("an argument cannot move into the place of one that was left out", async () => {
  const tool = processTool(path({ name: "x", args: [{ name: "a" }, { name: "b" }, { name: "c", required: true }] }));
  expect(await words(tool, { b: "2", c: "3" })).toBe('invalid_args b: Property "b" cannot be given without "a"');
  expect(await words(tool, { a: "1", c: "3" })).toEqual(["1", "3"]);
});

test.each([
  ["an unknown property", { name: "a", tag: ["t"], nope: 1 }, /Unknown property: nope/],
  ["a property that is missing", { name: "a" }, /Missing required property: tag/],
  ["an object for a text", { name: {}, tag: ["t"] }, /"name" must be of type/],
  ["a text for a switch", { name: "a", tag: ["t"], long: "yes" }, /"long" must be of type/],
  ["a list in a list", { name: "a", tag: [["t"]] }, /"tag.0" must be of type/],
  ["no object at all", ["a"], /must be of type object/],
  ["a NUL character", { name: "a\0b", tag: ["t"] }, /must not hold a NUL/],
])("refuses %s", async (_what, input, message) => {
  expect(await words(processTool(host), input)).toMatch(message);
});

test("what only the host may say is taken out before anything is checked", async () => {
  const tool = processTool(path({ name: "x", args: [{ name: "_secrets" }] }));
  expect(await words(tool, { arg__secrets: "a" })).toEqual(["a"]);
});

test("a word is as long as it may be, and no longer", async () => {
  const tool = processTool(path({ name: "x", args: [{ name: "text" }] }));
  const fits = "é".repeat(PROCESS_ARGUMENT_BYTES_MAX / 2);
  expect(await words(tool, { text: fits })).toEqual([fits]);
  expect(await words(tool, { text: `${fits}a` })).toMatch(/must not be longer than/);
});

test("all words together are as long as they may be, and no longer", async () => {
  const tool = processTool(path({ name: "x", args: [{ name: "text", multi: true }] }));
  const text = "x".repeat(PROCESS_ARGUMENT_BYTES_MAX - 1);
  const count = Math.floor(PROCESS_ARGUMENTS_BYTES_MAX / PROCESS_ARGUMENT_BYTES_MAX);
  const rest = "x".repeat(PROCESS_ARGUMENTS_BYTES_MAX - count * PROCESS_ARGUMENT_BYTES_MAX - 1);
  const list = [...Array.from({ length: count }, () => text), rest];
  expect(await words(tool, { text: list })).toEqual(list);
  expect(await words(tool, { text: [...list.slice(0, -1), `${rest}x`] })).toMatch(/bytes together/);
});

test("there are as many words as there may be, and no more", async () => {
  const tool = processTool(path({ name: "x", args: [{ name: "text", multi: true }] }));
  const list = Array.from({ length: PROCESS_ARGUMENTS_MAX }, () => "a");
  expect(await words(tool, { text: list })).toHaveLength(PROCESS_ARGUMENTS_MAX);
  expect(await words(tool, { text: [...list, "a"] })).toMatch(/words together/);
});

test("texts are cut at their limit, suggestions too, and hidden characters are visible before that", () => {
  const suggestions = Array.from({ length: PROCESS_EXAMPLES_MAX + 1 }, (_, index) => ({ value: `v${index}\u202e` }));
  const tool = processTool(
    path({ name: "x", about: `\u{e0041}${"a".repeat(TOOL_TEXT_CHARS_MAX)}`, args: [{ suggestions }] }),
  );
  expect(tool.description).toMatch(/^<U\+E0041>a+…$/);
  expect(tool.description).toHaveLength(TOOL_TEXT_CHARS_MAX + 1);
  const { description } = (tool.inputSchema["properties"] as Record<string, { description: string }>)["arg1"]!;
  expect(description).toContain(`v${PROCESS_EXAMPLES_MAX - 1}<U+202E>, …`);
  expect(description).not.toContain(`v${PROCESS_EXAMPLES_MAX}<`);
  const fits = "a".repeat(TOOL_TEXT_CHARS_MAX);
  expect(processTool(path({ name: "x", about: fits })).description).toBe(fits);
});

test("a command whose schema would be too large is no tool", () => {
  const about = "x".repeat(TOOL_TEXT_CHARS_MAX);
  const size = (count: number, last: number) => {
    const flags = Object.fromEntries(Array.from({ length: count }, (_, index) => [`--f${index}`, { about }]));
    return processTool(path({ name: "x", flags: { ...flags, "--last": { about: "x".repeat(last) } } }));
  };
  const count = Math.floor(TOOL_SCHEMA_BYTES_MAX / (TOOL_TEXT_CHARS_MAX + 50));
  const spare = TOOL_SCHEMA_BYTES_MAX - Buffer.byteLength(JSON.stringify(size(count, 1).inputSchema));
  expect(spare).toBeLessThan(TOOL_TEXT_CHARS_MAX);
  expect(size(count, spare + 1).problem).toBeUndefined();
  expect(size(count, spare + 2).problem).toMatch(/more than \d+ bytes/);
});
