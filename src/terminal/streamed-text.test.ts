import { expect, test } from "vitest";
import { neutralise } from "./neutralise.ts";
import { StreamedText } from "./streamed-text.ts";

/** What is written for these pieces. */
function written(pieces: readonly string[]): string {
  let text = "";
  const stream = new StreamedText((more) => {
    text += more;
  });
  for (const piece of pieces) stream.add(piece);
  stream.end();
  return text;
}

test("however a text is cut into pieces, the same is written", () => {
  const text = "a😀\r\nb\u001b[31mc\ud83d\rd\u202e\r\n";
  for (let at = 0; at <= text.length; at++) {
    expect(written([text.slice(0, at), text.slice(at)])).toBe(neutralise(text));
  }
  expect(written(text.split(""))).toBe(neutralise(text));
});

test("a last line gets its end, once", () => {
  expect(written(["x"])).toBe("x\n");
  expect(written(["x\n"])).toBe("x\n");
  expect(written([])).toBe("");
});
