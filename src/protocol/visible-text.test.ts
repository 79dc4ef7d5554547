import { expect, test } from "vitest";
import { spellHidden, visibleJson, visibleText } from "./visible-text.ts";

test("what a reader sees stays, line feeds and tabs too", () => {
  const text = "Grüße, 日本語, é, 👍\n\t{}";
  expect([visibleText(text), spellHidden(text)]).toEqual([text, text]);
});

test("characters that turn the direction, take no room, or are tags are spelled out", () => {
  expect(visibleText("a\u202eb\u2066\u061c\u200b\u00ad")).toBe("a<U+202E>b<U+2066><U+061C><U+200B><U+00AD>");
  expect(visibleText("\u{e0041}\u{e0100}\ufe0f\u3164\u2028")).toBe("<U+E0041><U+E0100><U+FE0F><U+3164><U+2028>");
});

test("control characters of both ranges are spelled out, line ends are line feeds, half characters are replaced", () => {
  expect(visibleText("\0\x1b[2J\x7f\x9b\r\n\r\ud800")).toBe("<U+0000><U+001B>[2J<U+007F><U+009B>\n<U+000D>\ufffd");
});

test("every code point that Unicode calls ignorable, a format or a control is visible", () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    const char = String.fromCodePoint(code);
    if (!/[\p{Cf}\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(char)) continue;
    if (char === "\n" || char === "\t") continue;
    expect(visibleText(char)).toMatch(/^(<U\+[0-9A-F]{4,6}>|\ufffd)$/);
  }
});

test("in a JSON value the names of members are visible as well, and nothing else changes", () => {
  const value = JSON.parse('{"a\\u202e":["b\\u200b",1,true,null,{"__proto__":"c"}]}');
  expect(JSON.stringify(visibleJson(value))).toBe('{"a<U+202E>":["b<U+200B>",1,true,null,{"__proto__":"c"}]}');
});

test("blanks that Unicode takes for letters and signs are spelled out as well", () => {
  expect(visibleText("a\u2800b\u{1d159}\u{13441}\u{13442}\u{16fe4}")).toBe(
    "a<U+2800>b<U+1D159><U+13441><U+13442><U+16FE4>",
  );
});
