import { expect, test } from "vitest";
import { shortName } from "./short-name.ts";

test("a name of the usual length is whole, and of a longer one the beginning is shown, with nothing hidden in it", () => {
  expect(shortName("n".repeat(100))).toBe("n".repeat(100));
  expect(shortName("n".repeat(101))).toBe(`${"n".repeat(100)}…`);
  expect(shortName(`${"n".repeat(98)}\u202eyz`)).toBe(`${"n".repeat(98)}<U+202E>y…`);
  expect(shortName(`${"n".repeat(99)}👍`)).toBe(`${"n".repeat(99)}\ufffd…`);
});
