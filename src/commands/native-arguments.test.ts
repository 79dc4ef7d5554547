import { expect, test } from "vitest";
import { formatOrderedJson } from "../base/ordered-json.ts";
import { noFlags } from "./flags.ts";
import { fillRequired, nativeOwner, readNativeLine } from "./native-arguments.ts";
import { toolFlags } from "./native-flags.ts";
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

function read(tokens: readonly string[], schema: Record<string, unknown> = SCHEMA) {
  const own = toolFlags(schema);
  const flags = noFlags();
  const line = readNativeLine(splitLine(flags, tokens, nativeOwner(own)), own);
  return { line, flags, own, text: formatOrderedJson(line.given) };
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
    return formatOrderedJson(fillRequired(line, own, (property) => has.includes(property)));
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
