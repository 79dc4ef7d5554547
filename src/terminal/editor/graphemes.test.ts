import stringWidth from "string-width";
import { expect, test } from "vitest";
import { graphemeAfter, graphemeBefore, graphemeColumns, graphemesOf, shownGrapheme } from "./graphemes.ts";

test("characters are as wide as the library that knows all of Unicode has them", () => {
  const different: string[] = [];
  const isOfMany = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Tangut}]/u;
  for (let code = 0x20; code < 0x30000; code += isOfMany.test(String.fromCodePoint(code)) ? 61 : 1) {
    const char = String.fromCodePoint(code);
    if (!/^[\p{L}\p{N}\p{P}\p{S}\p{Zs}]$/u.test(char) || shownGrapheme(char) !== char) continue;
    if (graphemeColumns(char) !== stringWidth(char)) different.push(`U+${code.toString(16)}`);
  }
  expect(different).toEqual([]);
});

test("a text is walked by what people see as characters, in both directions", () => {
  const text = "ae\u0301東👩‍👩‍👧🇩🇪\nक्षि!\n\u0301";
  const ends = [...new Intl.Segmenter("en").segment(text)].map(({ index, segment }) => index + segment.length);
  const steps = (from: number, step: (at: number) => number, to: number) => {
    const places = [from];
    while (places.at(-1) !== to) places.push(step(places.at(-1)!));
    return places;
  };
  const forth = steps(0, (at) => graphemeAfter(text, at), text.length);
  const back = steps(text.length, (at) => graphemeBefore(text, at), 0);
  expect(forth).toEqual([0, ...ends]);
  expect(back.reverse()).toEqual([0, ...ends]);
});

test("simple lines are taken apart as others are", () => {
  const simple = "az äßÿ Ωж東京 ひらカタ 한글 ─│“”";
  const parts = (line: string) => [...graphemesOf(line)];
  expect(parts(simple)).toEqual([...new Intl.Segmenter("en").segment(simple)].map(({ segment }) => segment));
  expect(parts("e\u0301x")).toEqual(["e\u0301", "x"]);
});

test("nothing is hidden, and nothing is an order", () => {
  expect(["\u001b", "\u202e", "\u200b", "a\u200d", "\u0301", "\t", "\ud800", "❤️", "👩‍👩‍👧"].map(shownGrapheme)).toEqual(
    [...["␛", "<U+202E>", "<U+200B>", "a<U+200D>", "\u25cc\u0301", "    ", "\ufffd", "❤️", "👩‍👩‍👧"]],
  );
});
