import { afterEach, expect, test } from "vitest";
import { EDITOR_TEXT_CHARS_MAX, EDITOR_UNDO_CHARS_MAX, EDITOR_UNDO_STEPS_MAX } from "../../protocol/limits.ts";
import { EditBuffer } from "./edit-buffer.ts";

const buffers: EditBuffer[] = [];
afterEach(() => {
  for (const buffer of buffers.splice(0)) buffer.close();
});

function bufferWith(text = "", cursor = text.length): EditBuffer {
  const buffer = new EditBuffer();
  buffers.push(buffer);
  buffer.reset(text);
  buffer.set(text, cursor);
  return buffer;
}

/** The text with the cursor in it. */
const shown = ({ text, cursor }: EditBuffer) => `${text.slice(0, cursor)}|${text.slice(cursor)}`;

test("in a text of several lines, keys for the line mean the line that the cursor is in", () => {
  const buffer = bufferWith("first\nsecond\nthird", 9);
  buffer.home();
  expect(shown(buffer)).toBe("first\n|second\nthird");
  buffer.killLineRight();
  buffer.killLineRight();
  expect(shown(buffer)).toBe("first\n|third");
  buffer.end();
  buffer.killLineLeft();
  buffer.killLineLeft();
  expect(shown(buffer)).toBe("first\n|");
  buffer.yank();
  buffer.yankEarlier();
  buffer.yankEarlier();
  expect(shown(buffer)).toBe("first\nsecond|");
  buffer.left();
  buffer.yankEarlier();
  expect(shown(buffer), "only directly after a yank").toBe("first\nsecon|d");
});

test("up and down keep the place in the line as far as there is one, and never stop inside a character", () => {
  const buffer = bufferWith("a👩‍👩‍👧b\nxy\n12345", 16);
  expect(shown(buffer)).toBe("a👩‍👩‍👧b\nxy\n12|345");
  expect(buffer.up()).toBe(true);
  expect(shown(buffer)).toContain("xy|");
  expect(buffer.up()).toBe(true);
  expect(shown(buffer)).toBe("a|👩‍👩‍👧b\nxy\n12345");
  expect(buffer.up()).toBe(false);
  expect(buffer.down() && buffer.down()).toBe(true);
  expect(buffer.down()).toBe(false);
});

test("words that are typed are undone as words, and done again", () => {
  const buffer = bufferWith();
  for (const letter of "one two") buffer.insert(letter);
  buffer.deleteLeft();
  buffer.undo();
  expect(buffer.text).toBe("one two");
  buffer.undo();
  expect(buffer.text).toBe("one");
  buffer.redo();
  buffer.redo();
  expect(buffer.text).toBe("one tw");
  buffer.undo();
  buffer.insert("!");
  buffer.redo();
  expect(buffer.text, "nothing to do again after a change").toBe("one two!");
  for (let step = 0; step < 9; step++) buffer.undo();
  expect(buffer.text).toBe("");
});

test("so many steps can be undone and no more", () => {
  const undoneAfter = (steps: number) => {
    const buffer = bufferWith();
    for (let step = 0; step < steps; step++) buffer.insert("ab");
    for (let step = 0; step < steps; step++) buffer.undo();
    return buffer.text;
  };
  expect(undoneAfter(EDITOR_UNDO_STEPS_MAX)).toBe("");
  expect(undoneAfter(EDITOR_UNDO_STEPS_MAX + 1)).toBe("ab");
});

test("what can be undone holds so much text and no more", () => {
  const large = "x".repeat(EDITOR_TEXT_CHARS_MAX - 1);
  const undoneAfter = (steps: number) => {
    const buffer = bufferWith(large);
    for (let step = 0; step < steps; step++) buffer.set(step % 2 === 0 ? `${large}y` : large);
    for (let step = 0; step < steps; step++) buffer.undo();
    return buffer.text.length;
  };
  // The texts that are kept are by turns the large one, and one that is a character longer.
  const steps = Math.floor(EDITOR_UNDO_CHARS_MAX / EDITOR_TEXT_CHARS_MAX);
  expect(undoneAfter(steps)).toBe(large.length);
  expect(undoneAfter(steps + 1)).toBe(large.length + 1);
});

test("a text is as long as it can be, and no longer", () => {
  const buffer = bufferWith("x".repeat(EDITOR_TEXT_CHARS_MAX - 1));
  expect(buffer.insert("yy")).toBe(false);
  expect(buffer.insert("y")).toBe(true);
  buffer.killWordLeft();
  buffer.yank();
  buffer.yank();
  expect(buffer.text.length).toBeLessThanOrEqual(EDITOR_TEXT_CHARS_MAX);
});
