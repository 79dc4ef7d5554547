import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineWords } from "../base/line-words.ts";
import { noFlags } from "./flags.ts";
import { splitText, splitTokens, withoutFlags } from "./line-stages.ts";

function tokens(...typed: string[]) {
  const flags = noFlags();
  const { words, pipeline } = splitTokens(flags, typed);
  return { words, pipeline, flags };
}

describe("words that a shell took apart", () => {
  test.each<[string[], string[], string | undefined]>([
    [["a", "b"], ["a", "b"], undefined],
    [["a", "|", "F", "x", ">", "2"], ["a"], "F x > 2"],
    [["a", "|", "F", "x", "|", "L", "2"], ["a"], "F x | L 2"],
    // One word alone is the stage as it was written.
    [["a", "|", "F 'x y' > 2 | L 1", "|", "web"], ["a"], "F 'x y' > 2 | L 1 | web"],
    [["a", "|", "F", "name", "=", "two words"], ["a"], "F name = 'two words'"],
    [["a", "|", "F", "name", "=", "it's"], ["a"], `F name = 'it'"'"'s'`],
    [["a", "|", "F", "name", "=", "x|y"], ["a"], "F name = 'x|y'"],
    [["a", "|", "F", "name", "=", ""], ["a"], "F name = ''"],
    // All that stands behind a verb may be one word, too.
    [["a", "|", "F", "floor > 2"], ["a"], "F floor > 2"],
    [["a", "|", "P", "host, floor"], ["a"], "P host, floor"],
    [["a", "|", "P", "Full Name"], ["a"], "P 'Full Name'"],
    [["a", "|", "JQ", "map(.a), 1 | .[0]"], ["a"], "JQ 'map(.a), 1 | .[0]'"],
    [["a", "|", "F", "title", "=", "a > b"], ["a"], "F title = 'a > b'"],
    // A backslash is kept, and the operator beside it is one.
    [["a", "|", "F", "name~web\\d"], ["a"], "F name~web\\\\d"],
    [["a", "|"], ["a"], ""],
    [["a", "|", "|", "L", "1"], ["a"], " | L 1"],
    // Behind "--" everything is the command's.
    [["a", "--", "|", "b"], ["a", "--", "|", "b"], undefined],
    [["a", "|", "x", "--", "|", "y"], ["a"], "x -- '|' y"],
    [["a", "|b", "c|"], ["a", "|b", "c|"], undefined],
  ])("%j", (typed, words, pipeline) => {
    expect(tokens(...typed)).toMatchObject({ words, pipeline });
  });

  test("the host's flags at the end are the line's, and all others are of the stage", () => {
    expect(tokens("a", "|", "F", "x", "--json", "-v")).toMatchObject({
      pipeline: "F x",
      flags: { format: "json", verbosity: 1 },
    });
    expect(tokens("a", "|", "L 2", "--format", "md")).toMatchObject({ pipeline: "L 2", flags: { format: "md" } });
    expect(tokens("a", "|", "F", "--json", "x")).toMatchObject({
      pipeline: "F --json x",
      flags: { format: undefined },
    });
    expect(tokens("a", "|", "L", "-1")).toMatchObject({ pipeline: "L -1" });
    expect(tokens("a", "|", "x", "--help")).toMatchObject({ pipeline: "x --help", flags: { help: false } });
    expect(() => tokens("a", "|", "x", "--json", "--table")).toThrow("the format can be chosen only once");
  });

  test("whatever a word holds, a stage finds just that word in it", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 2 }), (words) => {
        const typed = words.filter((word) => word !== "|" && word !== "--" && !word.startsWith("-"));
        fc.pre(typed.length > 2);
        const { pipeline = "" } = tokens("a", "|", ...typed);
        expect(lineWords(pipeline).tokens.map(({ kind, text }) => [kind, text])).toEqual(
          typed.map((word) => ["word", word]),
        );
      }),
    );
  });
});

test("a word that begins with JQ is one stage, bars and all", () => {
  expect(tokens("a", "|", "JQ map(.x) | length").pipeline).toBe("JQ 'map(.x) | length'");
  expect(tokens("a", "|", 'jq .x == "y|z" | not', "|", "L 1").pipeline).toBe("JQ '.x == \"y|z\" | not' | L 1");
  expect(tokens("a", "|", "JQ map('it''s') | length").pipeline).toBe(`JQ 'map('"'"'it'"'"''"'"'s'"'"') | length'`);
  // Without a bar that counts, and of any other verb, it is as it was.
  expect(tokens("a", "|", "JQ 'map(.x) | length'").pipeline).toBe("JQ 'map(.x) | length'");
  expect(tokens("a", "|", "JQX .x | L 1").pipeline).toBe("JQX .x | L 1");
});

describe("a line that came as one text", () => {
  const text = (line: string) => {
    const flags = noFlags();
    return { ...splitText(flags, line), flags };
  };

  test("is words, and what stands behind the first bar as it is", () => {
    expect(text("inventory hosts")).toMatchObject({ words: ["inventory", "hosts"], pipeline: undefined });
    expect(text("a 'b | c' \"d\" | F x > 'y'")).toMatchObject({ words: ["a", "b | c", "d"], pipeline: " F x > 'y'" });
    expect(text("| H")).toMatchObject({ words: [], pipeline: " H" });
  });

  test("has the host's flags at its end; in quotes they are texts to look for", () => {
    expect(text("a | F x --json")).toMatchObject({ pipeline: " F x", flags: { format: "json" } });
    expect(text('a | F x "--json"')).toMatchObject({ pipeline: ' F x "--json"', flags: { format: undefined } });
    expect(text("a | F x --format 'md'")).toMatchObject({ pipeline: " F x", flags: { format: "md" } });
  });

  test("is refused when its command is not whole; what is wrong in a stage is for those who read stages", () => {
    expect(() => text("a 'b | F x")).toThrow("column 3: a quote is opened and not closed");
    expect(() => text("a b\\")).toThrow("column 4: nothing stands behind the last backslash");
    expect(text("a | F 'x --json")).toMatchObject({ words: ["a"], pipeline: " F 'x --json" });
  });
});

test("taking flags off leaves every place of the stages where it was", () => {
  const flags = noFlags();
  expect(withoutFlags(flags, "  F x |  L 2   --json ")).toBe("  F x |  L 2");
  expect(flags.format).toBe("json");
});
