import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { type BashWord, bashLine, bashQuoted } from "./bash-line.ts";

/** As bash has it from the start. */
const BREAKS = " \t\n\"'><=;|&(:@";
const read = (line: string, breaks = BREAKS) => bashLine(line, breaks);

test.each([
  ["osp inv", ["osp"], "inv"],
  ["osp  inv ", ["osp", "inv"], ""],
  ["osp 'a b' \"c $d\" e\\ f g", ["osp", "a b", "c $d", "e f"], "g"],
  ["osp $'a\\'b' x", ["osp", "a'b"], "x"],
  ["osp a\\\nb c", ["osp", "ab"], "c"],
  ["A=1 B+=2 osp C=3 x", ["osp", "C=3"], "x"],
  ["echo a | osp inv x", ["osp", "inv"], "x"],
  ["cd x && osp inv", ["osp"], "inv"],
  ["cd x; osp inv", ["osp"], "inv"],
  ["echo $(osp inv", ["osp"], "inv"],
  ["echo `osp inv", ["osp"], "inv"],
  ["osp $(date +%s) (x", [], "x"],
  ["osp $(echo a; echo (b)) inv", ["osp", "$(echo a; echo (b))"], "inv"],
  ["osp `echo a b` inv", ["osp", "`echo a b`"], "inv"],
  ["osp >out 2>err <in inv x", ["osp", "inv"], "x"],
  ["osp &>all inv", ["osp"], "inv"],
  ["osp '|' F", ["osp", "|"], "F"],
])("bash reads %j as it is", (line, words, current) => {
  const found = read(line);
  expect(found.words).toEqual(words);
  expect(found.current.text).toBe(current);
});

test("the word behind a redirection is a file", () => {
  expect(read("osp inv > ou")).toMatchObject({ words: ["osp", "inv"], isTarget: true, current: { text: "ou" } });
  expect(read("osp inv > out x")).toMatchObject({ isTarget: false });
});

test.each([
  ["osp --floor=tw", "--floor=".length, ""],
  ["osp a:b:c", "a:b:".length, ""],
  ["osp a\\:b", 0, ""],
  ["osp 'a:b'c", 0, ""],
  ["osp --floor='two w", "--floor=".length, "'"],
  ['osp ab"c:d', 2, '"'],
  ["osp $'x", 0, "$'"],
] as const)("readline replaces the right part of %j", (line, keptChars, quote) => {
  expect(read(line).current).toMatchObject({ keptChars, quote });
});

test("without a colon among the breaks, a colon is a character like any other", () => {
  expect(read("osp a:b", " \t\n\"'><=;|&(").current.keptChars).toBe(0);
});

test("a home folder is one where bash would go there", () => {
  const isHome = (line: string) => read(line).current.isHome;
  expect(["osp ~/x", "osp '~/x", "osp \\~/x", "osp a~/x"].map(isHome)).toEqual([true, false, false, false]);
  const typed: BashWord = { text: "~/a", keptChars: 0, quote: "", isHome: true };
  expect(bashQuoted("~/a b", typed)).toBe("~/a\\ b");
  expect(bashQuoted("~/a b", { ...typed, isHome: false })).toBe("\\~/a\\ b");
});

const HOSTILE = [
  "$(touch run)",
  "`touch run`",
  ";touch run;",
  "& touch run &",
  "'; touch run; '",
  '"; touch run; "',
  "\\'; touch run; \\'",
  "${IFS}touch${IFS}run",
  "> run",
  "|touch run",
  "{a,b}",
  "*",
  "?[a-z]",
  "~",
  "~root",
  "#x",
  "!!",
  "!touch",
  "a=b",
  "-n",
  "é 東 👩‍👧",
];

test("what bash makes of a quoted text is that text, whatever it is and whichever quote was open", () => {
  const texts = [...HOSTILE, ...fc.sample(fc.string({ unit: "grapheme", maxLength: 20 }), { numRuns: 300, seed: 11 })]
    .filter((text) => text !== "" && !/[\0-\x1f\x7f]/.test(text))
    .map((text) => text.toWellFormed());
  const word = { text: "", keptChars: 0, isHome: false } as const;
  const quoted = texts.flatMap((text) => [
    bashQuoted(text, { ...word, quote: "" })!,
    `'${bashQuoted(text, { ...word, quote: "'" })}'`,
    `"${bashQuoted(text, { ...word, quote: '"' })}"`,
  ]);
  // An empty folder: names of files would show, and so would a file that was made.
  const cwd = tempDir();
  const script = `printf '%s\\0' ${quoted.join(" ")}; ls`;
  const said = execFileSync("bash", ["-c", script], { cwd, encoding: "utf8" }).split("\0");
  expect(said).toEqual([...texts.flatMap((text) => [text, text, text]), ""]);
});

test("in quotes of a kind in which more is an escape, nothing is offered", () => {
  expect(bashQuoted("x", { text: "", keptChars: 0, quote: "$'", isHome: false })).toBeUndefined();
});
