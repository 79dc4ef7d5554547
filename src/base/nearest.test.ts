import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test.each([
  ["lsit", "list"],
  ["lst", "list"],
  ["LIST", "list"],
  ["calll", "call"],
])("%s was probably meant to be %s", (typed, meant) => {
  expect(nearest(typed, ["list", "call"])).toBe(meant);
});

test.each(["xyz", "listings", "", "c"])("%j is too far from everything", (typed) => {
  expect(nearest(typed, ["list", "call"])).toBeUndefined();
});

test("nothing is near to an empty text", () => {
  expect(nearest("", ["c"])).toBeUndefined();
});

test("a short word allows one slip only", () => {
  expect(nearest("du", ["df"])).toBe("df");
  expect(nearest("xx", ["df"])).toBeUndefined();
});
