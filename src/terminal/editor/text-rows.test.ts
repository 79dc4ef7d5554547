import fc from "fast-check";
import { expect, test } from "vitest";
import { cellsOf } from "./cells.ts";
import { TextRows } from "./text-rows.ts";

const PREFIXES = { first: cellsOf("lab> "), more: cellsOf(". ") };

/** All that can be seen of a text, and where each of its places is. */
function shown(rows: TextRows, text: string) {
  const places = Array.from({ length: text.length + 1 }, (_, at) => rows.placeOf(at));
  const lines = Array.from({ length: rows.count }, (_, at) =>
    rows
      .row(at)
      .map((cell) => cell.text)
      .join(""),
  );
  return { lines, places };
}

test("rows are the same, whatever the text was before", () => {
  const piece = fc.constantFrom("a", "b", " ", "\n", "\n\n", "東", "e\u0301", "👩‍👩‍👧", "words of a line");
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
  const edit = fc.record({
    at: fc.nat(60),
    removed: fc.nat(12),
    put: fc.oneof(text, piece),
    columns: fc.constantFrom(9, 9, 20),
  });
  fc.assert(
    fc.property(text, fc.array(edit, { minLength: 1, maxLength: 6 }), (first, edits) => {
      let now = first;
      let before = new TextRows(now, PREFIXES, { columns: 9, before: undefined });
      for (const { at, removed, put, columns } of edits) {
        now = now.slice(0, at) + put + now.slice(at + removed);
        before = new TextRows(now, PREFIXES, { columns, before });
        expect(shown(before, now)).toEqual(shown(new TextRows(now, PREFIXES, { columns, before: undefined }), now));
      }
    }),
    { numRuns: 300 },
  );
});

test("a prompt of another width breaks the lines anew", () => {
  const text = "as wide\nas it can be";
  const before = new TextRows(text, PREFIXES, { columns: 12, before: undefined });
  const wider = { first: cellsOf("laboratory> "), more: cellsOf("... ") };
  const fresh = new TextRows(text, wider, { columns: 12, before: undefined });
  expect(shown(new TextRows(text, wider, { columns: 12, before }), text)).toEqual(shown(fresh, text));
});
