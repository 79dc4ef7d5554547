import { expect, test } from "vitest";
import { firstOperator, listItems, partOf, stageWords, type Word, withoutPrefix } from "./stage-words.ts";

const source = `F  a  | P 'b c',d\\,e "f\\"g" h | x`;
const stage = { text: `P 'b c',d\\,e "f\\"g" h`, from: 8 };

/** What stands at a word's place in the pipeline's text. */
const typed = ({ from, to }: Word) => source.slice(from, to);

const wordsOf = (text: string) => stageWords({ text: `P ${text}`, from: 0 }).words;

test("words know where they stand in the pipeline, quotes included", () => {
  const { verb, words, rest, place } = stageWords(stage);
  expect([verb, ...words].map((word) => [word.text, typed(word)])).toEqual([
    ["P", "P"],
    ["b c,d,e", "'b c',d\\,e"],
    ['f"g', '"f\\"g"'],
    ["h", "h"],
  ]);
  expect(source.slice(rest.from, rest.to)).toBe(rest.text);
  expect(rest.text).toBe(`'b c',d\\,e "f\\"g" h`);
  expect(source.slice(place.from, place.to)).toBe(stage.text);
});

test("parts of a word do too, and each of their characters", () => {
  const [first] = stageWords(stage).words as [Word];
  expect(listItems([first]).map((item) => [item.text, typed(item)])).toEqual([
    ["b c", "'b c"],
    ["d,e", "d\\,e"],
  ]);
  expect(typed(partOf(first, 4, 5))).toBe("d");
  expect(
    partOf(first, 4)
      .places.map((place) => source[place])
      .join(""),
  ).toBe("d,e");
});

test.each([
  ["a,b", ["a", "b"]],
  ["a, b ,c", ["a", "b", "c"]],
  [",a,,b,", ["a", "b"]],
  ["'a,b'", ["a,b"]],
  ["''", [""]],
  [",", []],
])("%j is a list of %j", (text, items) => {
  expect(listItems(wordsOf(text)).map((item) => item.text)).toEqual(items);
});

test.each([
  ["a<=b", { at: 1, operator: "<=" }],
  ["a==b", { at: 1, operator: "==" }],
  ["a=b", { at: 1, operator: "=" }],
  ["!=b", { at: 0, operator: "!=" }],
  ["a~b", { at: 1, operator: "~" }],
  ["'a<'=b", { at: 2, operator: "=" }],
  ["a\\=b", undefined],
  ["a!b", undefined],
])("in %j the operator is %j", (text, operator) => {
  expect(firstOperator(wordsOf(text)[0]!)).toEqual(operator);
});

test("a prefix counts where it is not quoted", () => {
  const [bare, quoted] = wordsOf("!a '!a'") as [Word, Word];
  expect(withoutPrefix(bare, ["!"])).toMatchObject({ prefix: "!", word: { text: "a", from: 3, to: 4 } });
  expect(withoutPrefix(quoted, ["!"])).toEqual({ prefix: "", word: quoted });
});
