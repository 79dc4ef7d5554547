import { expect, test } from "vitest";
import { formatOrderedJson, type JsonObject, parseOrderedJson } from "../base/ordered-json.ts";
import { NATIVE_FLAG_DEPTH_MAX, NATIVE_NESTED_FLAGS_SHOWN_MAX } from "../protocol/limits.ts";
import { noFlags } from "./flags.ts";
import { nativeOwner, readNativeLine, type TypedValue, wordValues } from "./native-arguments.ts";
import { toolFlags } from "./native-flags.ts";
import { GivenArguments } from "./native-given.ts";
import { toolHelp } from "./native-help.ts";
import { nestedFlags } from "./native-nested.ts";
import { readValue } from "./native-values.ts";
import { splitLine } from "./split-line.ts";

const SCHEMA = {
  properties: {
    word: { type: "string" },
    count: { type: "integer" },
    size: { type: ["number", "null"] },
    ratio: { anyOf: [{ type: "number" }, { type: "null" }] },
    loud: { type: "boolean" },
    "no-echo": { type: "boolean" },
    mood: { enum: ["glad", 3, null] },
    tags: { type: "array", items: { type: "string" } },
    numbers: { type: "array", items: { $ref: "#/$defs/positive" } },
    from: { $ref: "#/$defs/place" },
    grid: { type: "array", items: { type: "array" } },
    anything: {},
    max_rows: { type: "integer" },
    json: { type: "string" },
    "arg.json": { type: "string" },
    "two words": { type: "string" },
    "a=b": { type: "string" },
    verbose: { type: "boolean" },
  },
  required: ["word", "tags"],
  $defs: { positive: { type: "integer" }, place: { type: "object" } },
};

function read(tokens: readonly string[], schema: Record<string, unknown> = SCHEMA, outer?: string) {
  const own = toolFlags(schema);
  const flags = noFlags();
  const line = readNativeLine(splitLine(flags, tokens, nativeOwner(own)), own);
  return { line, flags, own, text: argumentsOf(line.typed, outer) };
}

function argumentsOf(typed: readonly TypedValue[], outer = "{}"): string {
  const given = new GivenArguments();
  for (const { flag, name, text } of typed) given.give(flag, name, readValue(flag, name, text, !flag.isSecret));
  return formatOrderedJson(given.onto(parseOrderedJson(outer) as JsonObject));
}

const problem = (...tokens: string[]) => {
  try {
    read(tokens);
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
};

test("a value is what the schema says it is, and numbers keep their digits", () => {
  expect(read(["--word", "1", "--count=-12345678901234567890", "--size", "1.50", "--ratio=2e3"]).text).toBe(
    '{"word":"1","count":-12345678901234567890,"size":1.50,"ratio":2e3}',
  );
  expect(read(["--tags", "a", "--numbers", "1", "--tags", "", "--numbers", "2"]).text).toBe(
    '{"tags":["a",""],"numbers":[1,2]}',
  );
  expect(read(["--from", '{"b":1.0,"a":2}', "--grid", "[1]", "--grid", "[]"]).text).toBe(
    '{"from":{"b":1.0,"a":2},"grid":[[1],[]]}',
  );
  expect(read(["--mood", "3", "--anything", "null"]).text).toBe('{"mood":3,"anything":null}');
  expect(read(["--mood=null", "--anything", "no json"]).text).toBe('{"mood":null,"anything":"no json"}');
});

test("a JSON list is several items, but where items are texts, lists or anything", () => {
  const items = (type: unknown, ...tokens: string[]) =>
    read(tokens, { properties: { items: { type: "array", items: type } } }).text;
  const object = { type: "object" };
  expect(items(object, "--items", '[{"n":1.0},{"n":2}]')).toBe('{"items":[{"n":1.0},{"n":2}]}');
  expect(items(object, "--items", "[]")).toBe('{"items":[]}');
  expect(items(object, "--items", '{"n":1}', "--items", ' [{"n":2}]', "--items", "[]")).toBe(
    '{"items":[{"n":1},{"n":2}]}',
  );
  expect(items({ type: "integer" }, "--items", "[1,2]")).toBe('{"items":[1,2]}');
  expect(items({ type: "boolean" }, "--items", "[true]")).toBe('{"items":[true]}');
  expect(items({ enum: ["a", "[]"] }, "--items", "[]")).toBe('{"items":["[]"]}');
  expect(items({ type: "string" }, "--items", "[]")).toBe('{"items":["[]"]}');
  expect(items({ type: "array" }, "--items", "[]")).toBe('{"items":[[]]}');
  expect(items({}, "--items", "[]")).toBe('{"items":[[]]}');
  expect(() => items(object, "--items", "[1")).toThrow('--items takes a JSON object, or a JSON list of such, not "[1"');
  expect(() => items(object, "--items", "[]", "--items.0", "{}")).toThrow("both give the same argument");
});

test("help says what is required of what, and how lists are given", () => {
  const nested = {
    required: ["items"],
    properties: {
      items: { type: "array", items: { required: ["name"], properties: { name: { type: "string" } } } },
      filter: { required: ["from"], properties: { from: { type: "integer" } } },
      tags: { type: "array", items: { type: "string" } },
    },
  };
  const help = toolHelp("osp x y", { id: "y", description: "" }, toolFlags(nested));
  expect(help).toMatch(/--items JSON +\(required; repeatable, or a JSON list\)/);
  expect(help).toMatch(/--items.0.name TEXT +\(required of each item\)/);
  expect(help).toMatch(/--filter.from INTEGER +\(required with filter\)/);
  expect(help).toMatch(/--tags TEXT +\(repeatable\)/);
  expect(help).toContain("a whole list goes in --args");
  expect(toolHelp("osp x y", { id: "y", description: "" }, toolFlags({ properties: {} }))).not.toContain("whole list");
});

test("a boolean stands alone, says no with --no-, and takes a word only when that is true or false", () => {
  expect(read(["--loud"]).text).toBe('{"loud":true}');
  expect(read(["--no-loud"]).text).toBe('{"loud":false}');
  expect(read(["--loud", "false"]).text).toBe('{"loud":false}');
  expect(read(["--loud=true"]).text).toBe('{"loud":true}');
  const { text, line } = read(["--loud", "perhaps"]);
  expect([text, line.words]).toEqual(['{"loud":true}', ["perhaps"]]);
  // A property of that very name comes before the denial of another.
  expect(read(["--no-echo"]).text).toBe('{"no-echo":true}');
  expect(problem("--no-loud=true")).toBe("--no-loud takes no value");
});

test("what is wrong with a value is said with the flag as it was typed", () => {
  expect(problem("--count", "1.5")).toBe('--count takes a whole number, not "1.5"');
  expect(problem("--count", "0x10")).toBe('--count takes a whole number, not "0x10"');
  expect(problem("--count", "")).toBe('--count takes a whole number, not ""');
  expect(problem("--size=Infinity")).toBe('--size takes a number, not "Infinity"');
  expect(problem("--loud=yes")).toBe('--loud takes true or false, not "yes"');
  expect(problem("--from", "[]")).toBe('--from takes a JSON object, not "[]"');
  expect(problem("--grid", "{}")).toBe('--grid takes a JSON list, not "{}"');
  expect(problem("--mood", "sad")).toBe('--mood takes glad, 3, null, not "sad"');
  expect(problem("--word")).toBe("--word needs a value");
  expect(problem("--word", "--")).toBe("--word needs a value");
  expect(problem("--word", "a", "--word=b")).toBe("--word is there twice");
  expect(problem("--max-rows", "1", "--max_rows", "2")).toBe("--max_rows is there twice");
  expect(problem("--agent")).toBe("--agent needs a value");
  expect(problem("--yes=1")).toBe("--yes takes no value");
  expect(problem("--wrd", "a")).toBe("unknown option --wrd");
  expect(problem("--constructor", "a")).toBe("unknown option --constructor");
  expect(problem("-u", "me")).toBe("-u is no flag of this tool");
});

test("the host keeps some names, every property has a spelling, and other flags of the host give way", () => {
  const { text, flags, line } = read(["--json", "--arg.json", "x", "--yes", "--timeout", "5", "--max-rows=1", "-v"]);
  expect(text).toBe('{"json":"x","max_rows":1}');
  expect([flags.format, flags.verbosity, line.options]).toEqual(["json", 1, { yes: true, timeout: "5" }]);
  expect(read(["--arg.arg.json", "y", "--arg.word=z"]).text).toBe('{"arg.json":"y","word":"z"}');
  const verbose = read(["--verbose"]);
  expect([verbose.text, verbose.flags.verbosity]).toEqual(['{"verbose":true}', 0]);
  expect(verbose.own.unnamed).toEqual(["two words", "a=b"]);
});

test("words fill what is required and missing, in its order, a list at the end with all that are left", () => {
  const fill = (tokens: readonly string[], has: readonly string[] = []) => {
    const { line, own } = read(tokens);
    return argumentsOf([...line.typed, ...wordValues(line, own, (property) => has.includes(property))]);
  };
  expect(fill(["a", "b", "-5", "c"])).toBe('{"word":"a","tags":["b","-5","c"]}');
  expect(fill(["--word", "a", "b"])).toBe('{"word":"a","tags":["b"]}');
  expect(fill(["b"], ["word"])).toBe('{"tags":["b"]}');
  expect(() => fill([])).toThrow("--word is missing");
  expect(() => fill(["a"])).toThrow("--tags is missing");
  expect(() => fill(["a", "b"], ["word", "tags"])).toThrow('"a" is too much');
  expect(fill(["--", "--word", "--json"])).toBe('{"word":"--word","tags":["--json"]}');
});

test("a schema that makes no sense gives flags that take anything, and none is followed for ever", () => {
  const odd = {
    properties: {
      a: true,
      b: { type: 7 },
      c: { $ref: "#/properties/c" },
      d: { type: "toString" },
      e: { $ref: "#/$defs/nothing" },
      __proto__: null,
    },
    required: "a",
  };
  expect(read(["--a", "1", "--b", "x", "--c", "[]", "--d", "2", "--e", "y"], odd).text).toBe(
    '{"a":1,"b":"x","c":[],"d":2,"e":"y"}',
  );
  expect(toolFlags(undefined).all).toEqual([]);
  expect(toolFlags({ properties: [] }).all).toEqual([]);
  const own = toolFlags(JSON.parse('{"properties":{"__proto__":{"type":"integer"}}}'));
  expect(own.all.map(({ name, kind }) => [name, kind])).toEqual([["--__proto__", "integer"]]);
});

const DEEP = {
  properties: {
    filter: {
      type: "object",
      properties: {
        from: { type: "integer" },
        is_open: { type: "boolean" },
        tags: { type: "array", items: { type: "string" } },
        place: { allOf: [{ $ref: "#/$defs/place" }], description: "Where." },
        "a.b": { type: "string" },
      },
      required: ["from"],
    },
    items: { type: "array", items: { $ref: "#/$defs/item" } },
    grid: { type: "array", items: { type: "array", items: { type: "integer" } } },
    labels: { type: "object", additionalProperties: { type: "string" } },
    free: { type: "object" },
    maybe: { anyOf: [{ $ref: "#/$defs/place" }, { type: "null" }] },
    "filter.from": { type: "string" },
    text: { type: "string" },
    tree: { $ref: "#/$defs/tree" },
  },
  $defs: {
    place: { type: "object", properties: { city: { type: "string" }, size: { enum: ["s", "m"] } } },
    item: { type: "object", properties: { name: { type: "string" }, count: { type: "number" } } },
    tree: { type: "object", properties: { next: { $ref: "#/$defs/tree" }, leaf: { type: "string" } } },
  },
};
const deep = (...tokens: string[]) => read(tokens, DEEP).text;
const deepProblem = (...tokens: string[]) => {
  try {
    deep(...tokens);
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
};

test("what lies inside of objects and lists has flags of its own, of the kinds that the schema says", () => {
  expect(deep("--filter.tags", "a", "--filter.is-open", "--filter.tags=b", "--filter.place.city", "5")).toBe(
    '{"filter":{"tags":["a","b"],"is_open":true,"place":{"city":"5"}}}',
  );
  expect(deep("--no-filter.is_open", "--filter.a.b", "x")).toBe('{"filter":{"is_open":false,"a.b":"x"}}');
  expect(deep("--items.1.count", "1.0", "--items.0.name", "x", "--items.0.count", "2")).toBe(
    '{"items":[{"name":"x","count":2},{"count":1.0}]}',
  );
  expect(deep("--items", '{"name":"a"}', "--items", "{}")).toBe('{"items":[{"name":"a"},{}]}');
  expect(deep("--items.0", '{"name":"a"}')).toBe('{"items":[{"name":"a"}]}');
  expect(deep("--grid.0", "1", "--grid.0", "2", "--grid.1.0", "3")).toBe('{"grid":[[1,2],[3]]}');
  expect(deep("--labels.app.kubernetes.io", "7", "--free.a.b", "7", "--free.a.c", "x")).toBe(
    '{"labels":{"app.kubernetes.io":"7"},"free":{"a":{"b":7,"c":"x"}}}',
  );
  expect(deep("--maybe.size", "m", "--arg.items.0.name", "x", "--free.__proto__", "1")).toBe(
    '{"maybe":{"size":"m"},"items":[{"name":"x"}],"free":{"__proto__":1}}',
  );
  // A property of that very name comes first.
  expect(deep("--filter.from", "x", "--arg.filter", '{"from":1}')).toBe('{"filter.from":"x","filter":{"from":1}}');
});

test("flags inside of something come on top of the whole arguments, the rest of it stays", () => {
  const outer = '{"filter":{"from":1,"tags":["x"]},"items":[{"name":"a"},{"name":"b"}],"free":7}';
  const tokens = ["--filter.is_open", "--filter.tags", "y", "--items.1.name=c", "--items.2.name", "d", "--free.z", "1"];
  expect(read(tokens, DEEP, outer).text).toBe(
    '{"filter":{"from":1,"tags":["y"],"is_open":true},"items":[{"name":"a"},{"name":"c"},{"name":"d"}],"free":{"z":1}}',
  );
});

test("flags that contradict each other, items behind the end and what is not there are refused by name", () => {
  expect(deepProblem("--filter", "{}", "--filter.is-open")).toBe(
    "--filter and --filter.is-open both give the same argument",
  );
  expect(deepProblem("--items.0.name", "a", "--items", "{}")).toBe(
    "--items.0.name and --items both give the same argument",
  );
  expect(deepProblem("--grid", "[1]", "--grid.0.0", "1")).toBe("--grid and --grid.0.0 both give the same argument");
  expect(deepProblem("--items.0.name", "a", "--items.0.name=b")).toBe("--items.0.name is there twice");
  expect(deepProblem("--items.0.name", "a", "--items.2.name", "b")).toBe("--items.2.name: the list has no item 1");
  expect(deepProblem("--items.999999.name", "a")).toBe("--items.999999.name: the list has no item 0");
  for (const name of ["--items.-1.name", "--items.01.name", "--items.1000000.name", "--items..name", "--items.0."]) {
    expect(deepProblem(name, "a")).toBe(`unknown option ${name}`);
  }
  expect(deepProblem("--filter.place.size", "xl")).toBe('--filter.place.size takes s, m, not "xl"');
  expect(deepProblem("--items.0.count=x")).toBe('--items.0.count takes a number, not "x"');
  expect(deepProblem("--text.x", "a")).toBe("unknown option --text.x");
  expect(deepProblem("--no-filter.tags")).toBe("unknown option --no-filter.tags");
  const wrong = () => deep("--filter.place.cty", "x");
  expect(wrong).toThrow(expect.objectContaining({ hint: "did you mean --filter.place.city?" }));
});

test("flags reach only so deep, into schemas without an end too", () => {
  const name = (levels: number) => `--tree${".next".repeat(levels - 2)}.leaf`;
  const value = JSON.parse(deep(name(NATIVE_FLAG_DEPTH_MAX), "x"));
  expect(JSON.stringify(value).match(/next/g)).toHaveLength(NATIVE_FLAG_DEPTH_MAX - 2);
  expect(deepProblem(name(NATIVE_FLAG_DEPTH_MAX + 1), "x")).toBe(
    `${name(NATIVE_FLAG_DEPTH_MAX + 1)} is nested deeper than ${NATIVE_FLAG_DEPTH_MAX} levels`,
  );
});

test("only so many flags inside of others are listed, those of the first item for a list", () => {
  const names = nestedFlags(toolFlags(DEEP)).map((flag) => flag.name);
  expect(names).toEqual(
    expect.arrayContaining(["--filter.place.size", "--items.0.name", "--maybe.city", "--tree.next.next.leaf"]),
  );
  expect(names).not.toContain("--tree.next.next.next.leaf");
  const wide = (count: number) => ({
    properties: {
      a: { type: "object", properties: Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, {}])) },
    },
  });
  const counts = [0, 1].map((more) => nestedFlags(toolFlags(wide(NATIVE_NESTED_FLAGS_SHOWN_MAX + more))).length);
  expect(counts).toEqual([NATIVE_NESTED_FLAGS_SHOWN_MAX, NATIVE_NESTED_FLAGS_SHOWN_MAX]);
});

test("completion learns of each flag what it takes: choices, a path, a secret", () => {
  const schema = {
    properties: {
      input_file: { type: "string" },
      outDir: { type: "string" },
      profile: { type: "string" },
      place: { type: "string", format: "path" },
      size: { oneOf: [{ const: "s", title: "small" }, { const: "l" }] },
      pass: { type: "string", format: "password" },
      login: { type: "object", writeOnly: true, properties: { user: { type: "string" } } },
      tokens: { type: "array", items: { type: "string", "x-secret": true } },
    },
  };
  const own = toolFlags(schema);
  const named = (key: "isPath" | "isSecret") => own.all.filter((flag) => flag[key]).map(({ name }) => name);
  expect(named("isPath")).toEqual(["--input_file", "--outDir", "--place"]);
  expect(named("isSecret")).toEqual(["--pass", "--login", "--tokens"]);
  expect(own.all.find(({ name }) => name === "--size")!.choices).toEqual(
    new Map([
      ["s", "s"],
      ["l", "l"],
    ]),
  );
  expect(nestedFlags(own).map(({ name, isSecret }) => [name, isSecret])).toEqual([["--login.user", true]]);
});
