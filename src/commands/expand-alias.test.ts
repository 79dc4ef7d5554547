import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineWords } from "../base/line-words.ts";
import type { Config } from "../config/config.ts";
import { ALIAS_LINE_CHARS_MAX, ALIAS_ROUNDS_MAX } from "../protocol/limits.ts";
import { parseAlias } from "./alias-template.ts";
import { expandAlias } from "./expand-alias.ts";
import { noFlags } from "./flags.ts";

const VALUES: Record<string, { resolved: unknown; isSecret?: boolean }> = {
  "site.name": { resolved: "oslo | x" },
  "site.floor": { resolved: 3 },
  "site.token": { resolved: "hush", isSecret: true },
  "site.all": { resolved: ["a", "b"] },
};

function expand(template: string, typed: readonly string[] = [], before: Partial<ReturnType<typeof noFlags>> = {}) {
  const find = (key: string) => (key === "alias.x" ? { resolved: template } : VALUES[key]);
  const flags = { ...noFlags(), ...before };
  const config = { find } as unknown as Config;
  const words = expandAlias({ config, words: ["x", ...typed], aliases: [], flags });
  return { words, pipeline: flags.pipeline, flags };
}

describe("an alias", () => {
  test.each<[string, string[], string[], string | undefined]>([
    ["inventory hosts", [], ["inventory", "hosts"], undefined],
    // Without a placeholder, what is typed follows the command.
    ["inventory hosts | F up", ["--site", "a b"], ["inventory", "hosts", "--site", "a b"], " F up"],
    ["inventory host ${1}", ["web 01"], ["inventory", "host", "web 01"], undefined],
    ["inventory host ${1} ${2:any}", ["web"], ["inventory", "host", "web", "any"], undefined],
    ["inventory ${2} ${1}", ["a", "b", "surplus"], ["inventory", "b", "a"], undefined],
    ["inventory ${*}", ["a b", "c"], ["inventory", "a b", "c"], undefined],
    ['inventory "all: ${@}"', ["a b", "c"], ["inventory", "all: a b c"], undefined],
    ["inventory --site=${1}", ["a b"], ["inventory", "--site=a b"], undefined],
    ["inventory ${config.site.name} ${config.site.floor}", [], ["inventory", "oslo | x", "3"], undefined],
    ["inventory \\${1}", ["a"], ["inventory", "${1}", "a"], undefined],
  ])("%s with %j", (template, typed, words, pipeline) => {
    expect(expand(template, typed)).toMatchObject({ words, pipeline });
  });

  test("puts its stages in front of the line's own", () => {
    expect(expand("inventory | F up", [], { pipeline: " L 2" }).pipeline).toBe(" F up |  L 2");
    expect(expand("inventory", [], { pipeline: " L 2" }).pipeline).toBe(" L 2");
  });

  test("leaves the host's flags to the line, wherever they stand", () => {
    expect(expand("inventory ${1}", ["--json", "a", "--format", "md"]).words).toEqual([
      "inventory",
      "a",
      "--json",
      "--format",
      "md",
    ]);
    expect(expand("inventory ${1} -- z", ["--json", "a"]).words).toEqual(["inventory", "a", "--json", "--", "z"]);
    expect(expand("inventory ${1}", ["--", "--json"]).words).toEqual(["inventory", "--json"]);
  });

  test("gives the help of its command without arguments and without its stages", () => {
    expect(expand("inventory ${1} | F up", ["--help"])).toMatchObject({
      words: ["inventory", "", "--help"],
      pipeline: undefined,
    });
  });

  test("needs its arguments, and is given no secret", () => {
    expect(() => expand("inventory ${1} ${2}", ["a"])).toThrow('alias "x" needs argument 2');
    expect(() => expand("inventory ${config.site.token}")).toThrow("secret");
    expect(() => expand("inventory ${config.site.all}")).toThrow("a list");
    expect(() => expand("inventory ${config.site.gone}")).toThrow("has no value");
  });

  test.each([
    ["inventory ${", "without its closing"],
    ["inventory ${HOME}", "means nothing: ${HOME}"],
    ["inventory ${0}", "means nothing"],
    ["inventory 'a", "never closed"],
    ["inventory \\", 'ends in "\\"'],
    [" ", "is empty"],
  ])("%j is refused", (template, message) => {
    expect(parseAlias(template)).toContain(message);
    expect(() => expand(template)).toThrow(message);
  });

  test("a line of nothing but stages is refused", () => {
    expect(() => expand("| F up")).toThrow("has no command");
  });
});

test.each(["inventory ${1}", "inventory '<${1}>'", 'inventory "<${1}>"', "inventory | F name = ${1} | L 1"])(
  "%s: whatever an argument holds, it is one word and nothing else",
  (template) => {
    const marked = lineWords(template.replace("${1}", "MARK")).tokens;
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[|'"\\ $`;~=a-]{0,8}$/)), (argument) => {
        const { words, pipeline } = expand(template, ["--", argument]);
        const line = [...words.map((text) => ({ kind: "word", text }))];
        const stages = pipeline === undefined ? [] : [{ kind: "bar", text: "|" }, ...lineWords(pipeline).tokens];
        expect([...line, ...stages].map(({ kind, text }) => [kind, text])).toEqual(
          marked.map(({ kind, text }) => [kind, text.replace("MARK", () => argument)]),
        );
        // In a stage, no operator of it counts.
        const last = lineWords(pipeline ?? "").tokens.findLast(({ text }) => text === argument);
        if (last && /[<>=~!?]/.test(argument)) expect(last.quoted).not.toContain(false);
      }),
    );
  },
);

describe("aliases that stand for one another", () => {
  const follow = (config: Config, aliases: string[], word: string) =>
    expandAlias({ config, words: [word], aliases, flags: noFlags() })[0]!;
  const chain = (length: number) => ({
    find: (key: string) => {
      const at = Number(key.slice("alias.a".length));
      return at < length ? { resolved: `a${at + 1}` } : undefined;
    },
  });

  test(`may be ${ALIAS_ROUNDS_MAX}, and no more`, () => {
    const walk = (length: number) => {
      const config = chain(length) as unknown as Config;
      const aliases: string[] = [];
      let word = "a0";
      while (config.find(`alias.${word}`) !== undefined) word = follow(config, aliases, word);
      return word;
    };
    expect(walk(ALIAS_ROUNDS_MAX)).toBe(`a${ALIAS_ROUNDS_MAX}`);
    expect(() => walk(ALIAS_ROUNDS_MAX + 1)).toThrow(`more than ${ALIAS_ROUNDS_MAX} aliases`);
  });

  test("may not go in a circle, which is named", () => {
    const config = { find: (key: string) => ({ resolved: key === "alias.a" ? "B" : "a" }) } as unknown as Config;
    const aliases: string[] = [];
    follow(config, aliases, "a");
    follow(config, aliases, "B");
    expect(() => follow(config, aliases, "A")).toThrow("a → b → a");
  });

  test(`do not grow a line beyond ${ALIAS_LINE_CHARS_MAX} characters`, () => {
    const room = ALIAS_LINE_CHARS_MAX - "y ".length;
    expect(expand("y ${1}", ["a".repeat(room)]).words[1]).toHaveLength(room);
    expect(() => expand("y ${1}", ["a".repeat(room + 1)])).toThrow("characters");
  });
});
