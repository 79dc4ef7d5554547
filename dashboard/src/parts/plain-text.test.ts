import { expect, test } from "vitest";
import { plainText } from "./plain-text.ts";

test("what turns the direction, takes no room or steers a terminal is spelled out", () => {
  expect(plainText("a\u202eb\u200bc\x1b[31md\ufe0f")).toBe("a<U+202E>b<U+200B>c<U+001B>[31md<U+FE0F>");
});

test("pictures that are made of several characters stay whole", () => {
  const text = "⚠️ ✔︎ 👩‍💻 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ café 日本語\n\t.";
  expect(plainText(text)).toBe(text.replace("\ufe0e", "<U+FE0E>"));
});
