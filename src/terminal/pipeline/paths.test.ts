import fc from "fast-check";
import { expect, test } from "vitest";
import { formatOrderedJson, parseOrderedJson } from "../../base/ordered-json.ts";
import { HostError } from "../../protocol/errors.ts";
import { PIPELINE_PATH_STEPS_MAX } from "../../protocol/limits.ts";
import { type Exactness, keyText, leavesNamed } from "./flat-keys.ts";
import { chosenPlaces, parseKey, valuesAt } from "./paths.ts";
import { stageWords, type Word } from "./stage-words.ts";

const wordOf = (text: string) => stageWords({ text: `P ${text}`, from: 0 }).words[0] as Word;

const row = parseOrderedJson(`{
  "id": 1, "Name": "kiosk", "a.b": "dotted", "10": "ten", "__proto__": "no trap",
  "a": {"b": {"c": 2}, "tags": ["x", "y", "z"], "none": []},
  "disks": [{"n": "sda", "parts": [{"s": 1}, {"s": 2}]}, {"n": "sdb"}, 7]
}`) as Map<string, never>;

const valuesText = (text: string, exactness: Exactness = "loose") =>
  valuesAt(row, parseKey(wordOf(text), exactness)).map((value) => formatOrderedJson(value));

test.each([
  ["id", ["1"]],
  ["name", ['"kiosk"']],
  ["a.b", ['{"c":2}']],
  ["'a.b'", ['"dotted"']],
  [".a.b.c", ["2"]],
  ["a.'b'.c", ["2"]],
  ["10", ['"ten"']],
  ["__proto__", ['"no trap"']],
  ["constructor", []],
  ["a.tags", ['["x","y","z"]']],
  ["a.tags[]", ['"x"', '"y"', '"z"']],
  ["a.tags[0]", ['"x"']],
  ["a.tags[-1]", ['"z"']],
  ["a.tags[3]", []],
  ["a.tags[1:3]", ['"y"', '"z"']],
  ["a.tags[::2]", ['"x"', '"z"']],
  ["a.tags[::-1]", ['"z"', '"y"', '"x"']],
  ["disks.n", ['"sda"', '"sdb"']],
  ["disks[].n", ['"sda"', '"sdb"']],
  ["disks.parts.s", ["1", "2"]],
  ["disks[1].parts", []],
  ["id[0]", []],
  ["id.x", []],
  // Bare names: a member of that name below the top, and else a part of a key.
  ["c", ["2"]],
  ["tags", ['"x"', '"y"', '"z"']],
  ["none", []],
  ["part", ["1", "2"]],
  ["isk", ['"sda"', "1", "2", '"sdb"', "7"]],
])("%s leads to %j", (text, values) => {
  expect(valuesText(text)).toEqual(values);
});

test("an exact name is no part of a key, and may have to have the same case", () => {
  expect([
    valuesText("nam", "ignoring case"),
    valuesText("name", "ignoring case"),
    valuesText("name", "exact"),
  ]).toEqual([[], ['"kiosk"'], []]);
});

test("leaves know their key", () => {
  expect(leavesNamed(row, "s", "exact").map(({ key }) => keyText(key))).toEqual([
    "disks[0].parts[0].s",
    "disks[0].parts[1].s",
  ]);
});

test.each([
  ["a..b", 1, 2],
  ["a.", 1, 2],
  ["a[", 1, 2],
  ["a[x]", 1, 4],
  ["a[1:2:0]", 1, 8],
  ["a[1:2:3:4]", 1, 10],
  ["a]", 1, 2],
  ["a[0]b", 4, 5],
  ["'a b'.[", 5, 6],
])("%s is no path, and the place is pointed at", (text, from, to) => {
  let found: unknown;
  try {
    parseKey(wordOf(text));
  } catch (error) {
    found = error;
  }
  expect(found).toBeInstanceOf(HostError);
  expect(found).toMatchObject({ code: "pipeline_invalid", details: { at: from + 2, to: to + 2 } });
});

test("a path has so many steps and no more", () => {
  const path = (steps: number) => wordOf(`a${".b".repeat(steps - 1)}`);
  expect(parseKey(path(PIPELINE_PATH_STEPS_MAX))).toMatchObject({ kind: "path" });
  expect(() => parseKey(path(PIPELINE_PATH_STEPS_MAX + 1))).toThrow("steps");
});

test("slices take what slices in Python take", () => {
  const end = fc.option(fc.integer({ min: -8, max: 8 }), { nil: undefined });
  const by = fc.integer({ min: -4, max: 4 }).filter((step) => step !== 0);
  fc.assert(
    fc.property(fc.nat(6), end, end, by, (length, start, stop, step) => {
      expect(chosenPlaces(length, { kind: "slice", start, end: stop, by: step })).toEqual(
        pythonSlice(length, start, stop, step),
      );
    }),
  );
});

/** By the words of Python's manual: i, i + k, i + 2k and so on, stopping when j is reached, both cut to the length. */
function pythonSlice(length: number, start: number | undefined, stop: number | undefined, step: number): number[] {
  const cut = (at: number) => {
    const fromStart = at < 0 ? at + length : at;
    const [least, most] = step > 0 ? [0, length] : [-1, length - 1];
    return Math.max(least, Math.min(most, fromStart));
  };
  const i = start === undefined ? (step > 0 ? 0 : length - 1) : cut(start);
  const j = stop === undefined ? (step > 0 ? length : -1) : cut(stop);
  return Array.from({ length: 20 }, (_, n) => i + n * step).filter((at) => (step > 0 ? at < j : at > j));
}
