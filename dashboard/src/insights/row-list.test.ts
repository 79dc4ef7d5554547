import { expect, test } from "vitest";
import { liveRowsShown, PAGE_ROWS, pagesWanted, placeOf } from "./row-list.ts";

test("live rows stand on top, the newest first; the others follow, page by page", () => {
  expect(placeOf(0, 3)).toEqual({ kind: "live", index: 2 });
  expect(placeOf(2, 3)).toEqual({ kind: "live", index: 0 });
  expect(placeOf(3, 3)).toEqual({ kind: "page", page: 0, index: 0 });
  expect(placeOf(3 + PAGE_ROWS, 3)).toEqual({ kind: "page", page: 1, index: 0 });
  expect(placeOf(PAGE_ROWS - 1, 0)).toEqual({ kind: "page", page: 0, index: PAGE_ROWS - 1 });
});

test("only pages that are seen are asked for, and the first one never: it is there", () => {
  const total = 10 * PAGE_ROWS + 1;
  expect(pagesWanted(0, PAGE_ROWS - 1, 0, total)).toEqual([]);
  expect(pagesWanted(0, PAGE_ROWS, 0, total)).toEqual([1]);
  expect(pagesWanted(250, 320, 0, total)).toEqual([2, 3]);
  expect(pagesWanted(250, 320, 200, total)).toEqual([1]);
  expect(pagesWanted(0, 50, 200, total)).toEqual([]);
  expect(pagesWanted(990, 1_100, 0, total)).toEqual([9, 10]);
  expect(pagesWanted(0, 0, 0, 0)).toEqual([]);
});

test("rows that come are shown to whoever is at the top, and wait for whoever scrolled", () => {
  expect(liveRowsShown(500, 0, true)).toBe(500);
  expect(liveRowsShown(500, 20, false)).toBe(20);
  expect(liveRowsShown(0, 20, false)).toBe(0);
});
