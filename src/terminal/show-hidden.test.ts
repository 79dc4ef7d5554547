import { expect, test } from "vitest";
import { showHidden } from "./show-hidden.ts";

test("what a screen shows stays, line breaks and tabs too", () => {
  const text = "Grüße, 日本語, é, 👍\n\t{}";
  expect(showHidden(text)).toBe(text);
});

test("what is not shown, or turns the writing direction, is spelled out", () => {
  expect(showHidden("a\u202eb\u2066\u061c")).toBe("a<U+202E>b<U+2066><U+061C>");
  expect(showHidden("a\u200b\u200d\u2060\ufeff\u00adb")).toBe("a<U+200B><U+200D><U+2060><U+FEFF><U+00AD>b");
  expect(showHidden("\u{e0041}\u{e01ef}\u3164\u115f\ufe0f")).toBe("<U+E0041><U+E01EF><U+3164><U+115F><U+FE0F>");
  expect(showHidden("a\u2028b\u2029")).toBe("a<U+2028>b<U+2029>");
});

test("control characters are marks, lone surrogates are replaced", () => {
  expect(showHidden("\u001b[2J\u009b\u007f\ud800")).toBe("␛[2J\ufffd␡\ufffd");
});
