import { expect, test } from "vitest";
import { Screen } from "../../../test/helpers/screen.ts";
import { cellsOf, columnsOf, cutRow } from "./cells.ts";
import { type Frame, Painter } from "./painter.ts";

const COLUMNS = 20;
const ROWS = 8;

function painterOn(screen: Screen) {
  const output = { isTerminal: true, columns: COLUMNS, rows: ROWS, write: (text: string) => screen.write(text) };
  return new Painter(output);
}

/** The same numbers each time. */
function numbers(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("whatever was there before, a frame looks as it would on an empty screen", async () => {
  const below = numbers(7);
  const pieces = ["a", "b", " ", "東", "京", "e\u0301", "❤️", "👩‍👩‍👧", "xyz", "─", "\t"];
  const styles = ["", "", "\u001b[2m", "\u001b[31m"];
  const piece = () => cellsOf(pieces[below(pieces.length)]!, styles[below(styles.length)]);
  const changed = (row: Frame["rows"][number]) => {
    const at = below(row.length + 1);
    return cutRow(
      [...row.slice(0, at), ...(below(3) > 0 ? piece() : []), ...row.slice(at + below(3))],
      COLUMNS - 1,
      "",
    );
  };
  const screen = new Screen(COLUMNS, ROWS);
  const painter = painterOn(screen);
  let rows: Frame["rows"] = [[]];
  for (let round = 0; round < 150; round++) {
    if (below(4) === 0) rows = rows.slice(0, 1 + below(rows.length));
    if (below(3) === 0 && rows.length < ROWS) rows = [...rows, [...piece(), ...piece()]];
    rows = rows.map((row) => (below(2) === 0 ? changed(row) : row));
    const row = below(rows.length);
    const frame = { rows, cursor: { row, column: below(columnsOf(rows[row]!) + 1) } };
    painter.paint(frame);
    await screen.settled();
    const fresh = new Screen(COLUMNS, ROWS);
    painterOn(fresh).paint(frame);
    await fresh.settled();
    expect(screen.text(), `round ${round}`).toBe(fresh.text());
    expect(screen.cursor(), `round ${round}`).toEqual(fresh.cursor());
    fresh.close();
  }
  screen.close();
});

test("nothing is written when nothing changed, and little when little did", () => {
  const written: string[] = [];
  const painter = new Painter({ isTerminal: true, columns: 40, rows: 5, write: (text) => void written.push(text) });
  const frame = (text: string, column: number) => ({
    rows: [cellsOf(text), cellsOf("below")],
    cursor: { row: 0, column },
  });
  painter.paint(frame("> one two", 9));
  painter.paint(frame("> one two", 9));
  painter.paint(frame("> one Two", 9));
  painter.paint(frame("> one Two!", 10));
  expect(written.slice(1)).toEqual(["\b\b\bTwo", "!"]);
});
