import fc from "fast-check";
import { expect, test } from "vitest";
import { StreamText, type TextPiece } from "./stream-text.ts";

function piecesOf(bytes: Uint8Array, cuts: readonly number[]): TextPiece[] {
  const text = new StreamText();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const pieces = ends.map((end, n) => text.take(bytes.subarray(n === 0 ? 0 : ends[n - 1], end)));
  return [...pieces, text.end()].filter((piece) => piece !== undefined);
}

const bytesOf = (pieces: readonly TextPiece[]) =>
  Buffer.concat(pieces.map(({ data, isBinary }) => Buffer.from(data, isBinary ? "base64" : "utf8")));

test("a text that is cut anywhere comes as texts, and nothing of it is lost", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.nat()), (text, cuts) => {
      const bytes = Buffer.from(text.toWellFormed());
      const pieces = piecesOf(bytes, cuts);
      expect(pieces.every(({ isBinary }) => !isBinary)).toBe(true);
      expect(bytesOf(pieces)).toEqual(bytes);
    }),
  );
});

test("of bytes that are no text nothing is lost either", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.array(fc.nat()), (bytes, cuts) => {
      expect(bytesOf(piecesOf(bytes, cuts))).toEqual(Buffer.from(bytes));
    }),
  );
});
