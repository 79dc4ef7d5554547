import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ARGUMENT_CHECK_CHARS_PER_MS,
  ARGUMENT_CHECK_MS_MAX,
  ARGUMENT_CHECK_WHOLE_MS_MAX,
  JSON_DEPTH_MAX,
  JSON_VALUES_MAX,
  TOOL_INPUT_BYTES_MAX,
} from "../protocol/limits.ts";
import { checkArguments, prepareCheck } from "./argument-check.ts";
import { checkMs } from "./full-check.ts";
import { repeatedMember } from "./repeated-member.ts";

type Parameters = Record<string, unknown>;

const tool = (parameters?: Parameters) => ({ id: "t", description: "", ...(parameters ? { parameters } : {}) });
const check = (parameters: Parameters | undefined, input: unknown) =>
  checkArguments(tool(parameters), typeof input === "string" ? input : JSON.stringify(input));
const object = (properties: Parameters, more: Parameters = {}) => ({ type: "object", properties, ...more });

const ABOUT_CITY = object(
  { city: { type: "string" }, days: { type: "integer" }, unit: { enum: ["C", "F"] }, tags: { type: "array" } },
  { required: ["city"], additionalProperties: false },
);

test("what is right passes through character for character", async () => {
  for (const input of ['{ "city":"K\\u00f6ln" , "days":2.0}', '{"city":"x","tags":[12345678901234567890,1.0,1e3]}']) {
    expect(await check(ABOUT_CITY, input)).toEqual({ input });
    expect(await check(undefined, input)).toEqual({ input });
  }
});

test("no text at all stands for no arguments, and a byte order mark is left out", async () => {
  for (const input of ["", " \n\t"]) expect(await check(undefined, input)).toEqual({ input: "{}" });
  expect(await check(ABOUT_CITY, '\ufeff{"city":"x"}')).toEqual({ input: '{"city":"x"}' });
});

test.each<[string, unknown, { message: string; field?: string; expected?: unknown }]>([
  ["a missing member", {}, { message: "Missing required property: city", field: "city" }],
  ["null for it", { city: null }, { message: "Missing required property: city", field: "city" }],
  ["one too many", { city: "x", mood: 1 }, { message: "Unknown property: mood", field: "mood" }],
  [
    "the wrong type",
    { city: 1 },
    { message: 'Property "city" must be of type string', field: "city", expected: "string" },
  ],
  [
    "a fraction",
    { city: "x", days: 1.5 },
    { message: 'Property "days" must be of type integer', field: "days", expected: "integer" },
  ],
  [
    "none of the choices",
    { city: "x", unit: "K" },
    { message: 'Property "unit" must be one of: "C", "F"', field: "unit", expected: ["C", "F"] },
  ],
  ["a list instead of an object", [], { message: "The arguments must be of type object", expected: "object" }],
])("%s is named", async (_name, input, facts) => {
  const failure = { ok: false, tool: "t", kind: "invalid_args", ...facts, retryable: true };
  expect(await check(ABOUT_CITY, input)).toEqual({ failure });
  // The same through the full checker, which this schema needs because of a member that nobody uses.
  const full = { ...ABOUT_CITY, properties: { ...ABOUT_CITY.properties, extra: { anyOf: [{ type: "string" }] } } };
  expect(await check(full, input)).toEqual({ failure });
});

test("a member within a member is named with the way to it", async () => {
  const schema = object({ filter: object({ from: { type: "string" } }, { required: ["from"] }) });
  const anyway = { ...schema, properties: { ...schema.properties, x: { pattern: "a" } } };
  for (const parameters of [schema, anyway]) {
    expect(await check(parameters, { filter: {} })).toMatchObject({ failure: { field: "filter.from" } });
    expect(await check(parameters, { filter: { from: null } })).toMatchObject({ failure: { field: "filter.from" } });
    expect(await check(parameters, { filter: { from: 1 } })).toMatchObject({ failure: { field: "filter.from" } });
  }
});

test("null is fine for a required member that may be null", async () => {
  for (const may of [
    { type: ["string", "null"] },
    { enum: [null, "a"] },
    { anyOf: [{ type: "string" }, { type: "null" }] },
  ]) {
    const schema = object({ a: may }, { required: ["a"] });
    expect(await check(schema, '{"a":null}')).toEqual({ input: '{"a":null}' });
    expect(await check(schema, "{}")).toMatchObject({ failure: { field: "a" } });
  }
});

test("a text that holds the list or object that is wanted is replaced by it, and nothing else changes", async () => {
  const schema = object({ list: { type: "array" }, filter: object({ ids: { type: "array" } }), n: {} });
  expect(await check(schema, '{"n":1.0,"list":"[12345678901234567890, 1.0]","__proto__":{"2":0,"1":0}}')).toEqual({
    input: '{"n":1.0,"list":[12345678901234567890,1.0],"__proto__":{"2":0,"1":0}}',
  });
  expect(await check(schema, { filter: '{"ids":"[1]"}' })).toEqual({ input: '{"filter":{"ids":[1]}}' });
  expect(await check(schema, JSON.stringify('{"list":[]}'))).toEqual({ input: '{"list":[]}' });
});

test("a text stays one where the schema takes texts, or where it holds something else", async () => {
  const either = object({ a: { type: ["string", "array"] } });
  expect(await check(either, '{"a":"[1]"}')).toEqual({ input: '{"a":"[1]"}' });
  const list = object({ a: { type: "array" } });
  for (const text of ['{"a":1}', "[1", "[".repeat(JSON_DEPTH_MAX + 1)]) {
    expect(await check(list, { a: text })).toMatchObject({ failure: { field: "a", expected: "array" } });
  }
});

test("arguments of millions of values are refused before they are read", async () => {
  // The outer object counts as two, the list as one more.
  const list = (count: number) => `{"a":[${"0,".repeat(count - 1)}0]}`;
  expect(await check(undefined, list(JSON_VALUES_MAX - 2))).toHaveProperty("input");
  expect(await check(undefined, list(JSON_VALUES_MAX - 1))).toMatchObject({
    failure: { kind: "invalid_args", message: expect.stringContaining(`more than ${JSON_VALUES_MAX} values`) },
  });
});

test("what is no JSON, or nested too deeply, is the caller's mistake", async () => {
  const nested = (levels: number) => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  expect(await check(undefined, nested(JSON_DEPTH_MAX))).toHaveProperty("input");
  const list = object({ a: { type: "array" } });
  // Every layer of text within text may be as deep; together they may not.
  const layers = `{"a":${JSON.stringify("[".repeat(JSON_DEPTH_MAX) + "]".repeat(JSON_DEPTH_MAX))}}`;
  for (const input of ["{", "{'a':1}", '{"a":\u0000}', nested(JSON_DEPTH_MAX + 1), "[".repeat(1_000_000)]) {
    expect(await check(undefined, input)).toMatchObject({ failure: { kind: "invalid_args" } });
  }
  expect(await check(list, layers)).toMatchObject({ failure: { kind: "invalid_args" } });
});

test("arguments of 50 MB pass, one byte more does not, however the bytes are made up", async () => {
  for (const char of ["x", "ä"]) {
    const fits = `{"a":"${char.repeat((TOOL_INPUT_BYTES_MAX - 8) / Buffer.byteLength(char))}"}`;
    expect(Buffer.byteLength(fits)).toBe(TOOL_INPUT_BYTES_MAX);
    expect(await check(object({ a: { type: "string" } }), fits)).toHaveProperty("input.length", fits.length);
    await expect(check(undefined, `${fits} `)).rejects.toMatchObject({ code: "input_too_large" });
  }
});

test("half characters are sent as what was checked", async () => {
  const schema = object({ a: { enum: ["\ufffd"] } });
  expect(await check(schema, '{"a":"\ud800"}')).toEqual({ input: '{"a":"\ufffd"}' });
  expect(await check(schema, '{"a":"\\ud800"}')).toHaveProperty("failure");
});

test("names that every object has are members like any other", async () => {
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    const schema = JSON.parse(`{"type":"object","properties":{},"required":["${name}"]}`);
    for (const parameters of [schema, { ...schema, patternProperties: { "^x": true } }]) {
      expect(await check(parameters, "{}")).toMatchObject({ failure: { field: name } });
      expect(await check(parameters, `{"${name}":{}}`)).toHaveProperty("input");
    }
    const closed = { type: "object", properties: {}, additionalProperties: false };
    expect(await check(closed, `{"${name}":{}}`)).toMatchObject({ failure: { field: name } });
    expect(await check({ ...closed, minProperties: 0 }, `{"${name}":{}}`)).toMatchObject({ failure: { field: name } });
  }
  const inherited = object({ constructor: { type: "string" }, toString: { type: "string", pattern: "x" } });
  expect(await check(inherited, "{}")).toEqual({ input: "{}" });
  expect(await check(inherited, '{"constructor":1}')).toMatchObject({ failure: { field: "constructor" } });
});

test("members that only the host adds are taken out, however they are written and however often", async () => {
  const faked =
    '{"_secrets":{"a":"}"},"a":[1,{"_secrets":2}] , "\\u005fsecrets":1, "b":"\\"_context\\":1","_context":[",}"] }';
  expect(await check(undefined, faked)).toEqual({ input: '{"a":[1,{"_secrets":2}] ,"b":"\\"_context\\":1"}' });
  expect(await check(object({}), '{"_context":1}')).toEqual({ input: "{}" });
  expect(await check(undefined, '[{"_secrets":1}]')).toEqual({ input: '[{"_secrets":1}]' });
});

test.each<[string, Parameters, unknown, unknown]>([
  ["bounds", object({ n: { type: "number", multipleOf: 2 } }), { n: 4 }, { n: 3 }],
  ["patterns", object({ s: { pattern: "^a+$" } }), { s: "aa" }, { s: "b" }],
  ["patterns that break rules of Unicode patterns", object({ s: { pattern: "^[\\w-.]+$" } }), { s: "a-b" }, { s: "!" }],
  ["choices", { oneOf: [{ required: ["a"] }, { required: ["b"] }] }, { a: 1 }, { a: 1, b: 1 }],
  ["references", object({ a: { $ref: "#/$defs/x" } }, { $defs: { x: { type: "string" } } }), { a: "x" }, { a: 1 }],
  [
    "references of old drafts",
    object(
      { a: { $ref: "#/definitions/x" } },
      { definitions: { x: { type: "string" } }, $schema: "http://json-schema.org/draft-07/schema#" },
    ),
    { a: "x" },
    { a: 1 },
  ],
  [
    "lists of places",
    object({ a: { items: [{ type: "string" }], additionalItems: false } }),
    { a: ["x"] },
    { a: ["x", 1] },
  ],
  ["dependencies", object({}, { dependencies: { a: ["b"] } }), { a: 1, b: 1 }, { a: 1 }],
  ["exclusive bounds of old drafts", object({ n: { minimum: 1, exclusiveMinimum: true } }), { n: 2 }, { n: 1 }],
  ["equal items", object({ a: { uniqueItems: true } }), { a: [1, 2] }, { a: [{ x: 1 }, { x: 1 }] }],
])("%s are checked", async (_name, schema, right, wrong) => {
  expect(await check(schema, right)).toHaveProperty("input");
  expect(await check(schema, wrong)).toMatchObject({ failure: { kind: "invalid_args" } });
});

test("what is unknown or wrong in a schema is ignored, and the rest still holds", async () => {
  const schema = {
    type: "objekt",
    properties: { a: { type: "string", required: true, format: "email", minLength: "3" }, b: 5, c: { pattern: "(" } },
    required: ["a"],
    default: { a: 1 },
    $vocabulary: 7,
  };
  expect(await check(schema, { a: "x", b: 1, c: 1 })).toHaveProperty("input");
  expect(await check(schema, { a: 1 })).toMatchObject({ failure: { field: "a" } });
  expect(await check(schema, "5")).toMatchObject({ failure: { expected: "object" } });
});

const problemOf = async (parameters: Parameters, input: string) => {
  const prepared = await prepareCheck(tool(parameters));
  return { checked: prepared.check(input), problem: prepared.problem };
};

test("a schema that nothing can be made of checks nothing, and the reason is known", async () => {
  for (const $ref of ["#/nowhere", "http://json-schema.org/draft-07/schema#", "file:///etc/passwd"]) {
    const { checked, problem } = await problemOf(object({ a: { $ref } }), '{"a":1}');
    expect(checked).toEqual({ input: '{"a":1}' });
    expect(problem).toMatch(/can't resolve reference/);
  }
  const endless = object({}, { $ref: "#" });
  expect(await problemOf(endless, "{}")).toEqual({
    checked: { input: "{}" },
    problem: "it refers to itself without end",
  });
});

test("a tree of its own kind is no reference without end", async () => {
  const whole = object({ next: { $ref: "#" } }, { additionalProperties: false });
  expect(await check(whole, { next: { next: {} } })).toHaveProperty("input");
  expect(await check(whole, { next: { next: { x: 1 } } })).toMatchObject({ failure: { field: "next.next.x" } });
  const tree = {
    $ref: "#/$defs/n",
    $defs: { n: object({ next: { $ref: "#/$defs/n" } }, { additionalProperties: false }) },
  };
  const chain = (levels: number, end: string) => '{"next":'.repeat(levels) + end + "}".repeat(levels);
  expect(await check(tree, chain(400, "{}"))).toHaveProperty("input");
  expect(await check(tree, chain(400, '{"x":1}'))).toMatchObject({ failure: { kind: "invalid_args" } });
});

test.each<[string, Parameters, unknown, RegExp]>([
  ["a pattern", object({ a: { pattern: "^(a+)+$" } }), { a: `${"a".repeat(60)}!` }, /the pattern \^\(a\+\)\+\$ takes/],
  [
    "names of members by a pattern",
    object({}, { patternProperties: { "^(a+)+$": { type: "string" } } }),
    { [`${"a".repeat(60)}!`]: 1 },
    /the pattern \^\(a\+\)\+\$ takes too long/,
  ],
  [
    "references that double with every step",
    object(
      {},
      {
        allOf: [{ $ref: "#/$defs/0" }],
        $defs: Object.fromEntries(
          Array.from({ length: 41 }, (_, i): [string, unknown] => {
            const next = { $ref: `#/$defs/${i + 1}` };
            return [String(i), i === 40 ? { type: "object" } : { allOf: [next, next] }];
          }),
        ),
      },
    ),
    {},
    /the tool's schema takes too long/,
  ],
  [
    "items that are compared with each other",
    object({ a: { uniqueItems: true } }),
    { a: Array.from({ length: 50_000 }, (_, i) => ({ i })) },
    /the tool's schema takes too long/,
  ],
])("%s that take for ever are ended, and called what they are", async (_name, schema, input, message) => {
  expect(await check(schema, input)).toMatchObject({ failure: { message: expect.stringMatching(message) } });
  // And the next arguments are checked as ever.
  expect(await check(schema, "[]")).toMatchObject({ failure: { kind: "invalid_args" } });
});

test("a tool's schema holds on after arguments that its check breaks down at, and those are refused", async () => {
  // In one pattern's steps, and in one schema's for a value that is nested deeper than its steps can follow.
  const steps = 60;
  const $defs: Parameters = {};
  for (let i = 0; i < steps; i++) {
    $defs[i] = { anyOf: [{ type: "string" }, { $ref: `#/$defs/${(i + 1) % steps}` }] };
  }
  $defs[steps - 1] = object({ next: { $ref: "#/$defs/0" } });
  const path = { type: "string", pattern: "^([A-Za-z0-9+/]{4})*$" };
  const prepared = await prepareCheck(tool(object({ path, tree: { $ref: "#/$defs/0" } }, { $defs })));
  for (const [input, reason] of [
    [`{"path":"${"aaaa".repeat(2_000_000)}"}`, /^The arguments could not be checked: the pattern \^\(\[A-Za/],
    [
      `{"tree":${'{"next":'.repeat(500)}{}${"}".repeat(500)}}`,
      /^The arguments could not be checked: the tool's schema /,
    ],
  ] as const) {
    expect(prepared.check(input)).toMatchObject({
      failure: { kind: "invalid_args", message: expect.stringMatching(reason) },
    });
    expect(prepared.problem).toBeUndefined();
    expect(prepared.check('{"path":"../../etc/passwd"}')).toMatchObject({ failure: { field: "path" } });
  }
});

test("a reference without end that stands further in refuses what meets it, and nothing else", async () => {
  const prepared = await prepareCheck(
    tool(
      object(
        { a: { $ref: "#/$defs/loop" }, b: { type: "string" } },
        { $defs: { loop: { type: "integer", $ref: "#/$defs/loop" } } },
      ),
    ),
  );
  expect(prepared.check('{"a":1}')).toMatchObject({ failure: { kind: "invalid_args" } });
  expect(prepared.check('{"b":1}')).toMatchObject({ failure: { field: "b" } });
  expect(prepared.check('{"b":"x"}')).toHaveProperty("input");
  expect(prepared.problem).toBeUndefined();
});

test("the time for a check grows with the arguments up to a bound, and plain arguments of any size are done before", async () => {
  expect(checkMs(0)).toBe(ARGUMENT_CHECK_MS_MAX);
  expect(checkMs(ARGUMENT_CHECK_CHARS_PER_MS)).toBe(ARGUMENT_CHECK_MS_MAX + 1);
  for (const chars of [10_000_000, TOOL_INPUT_BYTES_MAX]) expect(checkMs(chars)).toBe(ARGUMENT_CHECK_WHOLE_MS_MAX);
  const large = `{"pad":"${"b".repeat(TOOL_INPUT_BYTES_MAX - 100)}","x":"a"}`;
  expect(await check(object({ x: { pattern: "^a+$" } }), large)).toHaveProperty("input.length", large.length);
  expect(await check(object({ x: { type: "string" } }), large)).toHaveProperty("input.length", large.length);
});

test.each<[string, string, string]>([
  ["in the arguments", '{"path":"../../etc/passwd","path":"safe"}', "path"],
  ["written in two ways", '{"path":"..", "p\\u0061th" : "safe"}', "path"],
  ["in an object within", '{"more":{"a":1,"b":{"a":1,"c":[],"c":2}}}', "more.b.c"],
  ["in a list", '{"more":[{"a":1},[{"a":1},{"a":"\\"a\\":1","x":[1,2],"a":{}}]]}', "more.1.1.a"],
  ["in an object that the same name replaces", '{"more":{"a":1,"a":2},"more":{}}', "more.a"],
  ["under the name of what all objects have", '{"__proto__":1,"__proto__":2}', "__proto__"],
  ["under no name", '{"":1,"":2}', ""],
  ["behind a text that ends in backslashes", '{"a":"\\\\","b":"\\\\\\"","b":1}', "b"],
  ["beside a text that is replaced by what it holds", '{"list":"[1]","path":"..","path":"safe"}', "path"],
])("a member that stands there twice is refused: %s", async (_name, input, field) => {
  const plain = object({ path: { type: "string" }, list: { type: "array" } });
  for (const parameters of [plain, { ...plain, minProperties: 0 }, object({ a: { $ref: "#/nowhere" } }), {}]) {
    expect(await check(parameters, input)).toMatchObject({
      failure: { kind: "invalid_args", message: `Property "${field}" stands there more than once`, field },
    });
  }
  // Where the host checks nothing, it is for the plugin to read its arguments.
  expect(await check(undefined, input)).toEqual({ input });
});

test("lists are looked into for members that stand there twice, too, when arguments are a list", async () => {
  expect(await check({ type: "array" }, '[{"a":1,"a":2}]')).toMatchObject({ failure: { field: "0.a" } });
});

test("a member that stands there twice is refused among more than can be looked through in time", async () => {
  const names = Array.from({ length: 1_500_000 }, (_, i) => `"m${i}":1,`).join("");
  const { failure } = (await check(object({}), `{"x":1,${names}"x":2}`)) as { failure: { message: string } };
  expect(failure).toMatchObject({ kind: "invalid_args" });
  expect(failure.message).toMatch(/stands there more than once$/);
});

test("the same name in several objects, as a value and within texts is no member twice", async () => {
  for (const input of [
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"c":"a","A":"\\"a\\":1,\\"a\\":2","":"\\\\"}',
    '{ "a" : [ ] ,\n\t"b" : { } , "c":":" ,"d":[":",":"] }',
  ]) {
    for (const more of [{}, { minProperties: 0 }]) expect(await check(object({}, more), input)).toEqual({ input });
  }
});

test("whatever is written from a value has no member twice, and one more is found wherever it is added", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), fc.nat(4), (object, which, spaces) => {
      const text = JSON.stringify(object, null, spaces);
      expect(repeatedMember(text, JSON.parse(text))).toBeUndefined();
      const names = Object.keys(object);
      if (names.length === 0) return;
      const name = names[which % names.length]!;
      const twice = `[0,${text.slice(0, text.lastIndexOf("}"))},${JSON.stringify(name)}:0}]`;
      expect(repeatedMember(twice, JSON.parse(twice))).toEqual([1, name]);
    }),
  );
});

test("names and values in a message are cut", async () => {
  const long = "x".repeat(10_000);
  const failure = await check(object({}, { additionalProperties: false }), { [long]: 1 });
  expect(failure).toMatchObject({ failure: { message: `Unknown property: ${"x".repeat(200)}...` } });
});
