import { expect, test } from "vitest";
import { PLAIN_LOOK } from "../../test/helpers/fake-terminal.ts";
import { pipelinePlace } from "./pipeline-place.ts";
import { roughMeasure } from "./text-width.ts";

const at = (pipeline: string, place: string, columns?: number) => {
  const from = pipeline.indexOf(place);
  const details = { pipeline, at: from, to: from + place.length };
  return pipelinePlace(details, { ...PLAIN_LOOK, columns });
};

test.each([
  [" F floor >> 2", ">> 2", "  | F floor >> 2\n            ^~~~\n"],
  ["X a", "X", "  | X a\n    ^\n"],
  // Wide characters take two columns, combining ones none.
  ["F 階 = é | W x", "W", "  | F 階 = é | W x\n               ^\n"],
  ["F e\u0301 = 階段", "階段", "  | F e\u0301 = 階段\n          ^~~~\n"],
  // What a terminal would take as an order is shown, and moves nothing.
  ["F \u001b[31m\nx Q", "Q", "  | F ␛[31m x Q\n              ^\n"],
])("%j: the mark stands below %j", (pipeline, place, shown) => {
  expect(at(pipeline, place)).toBe(shown);
});

test("a line that is too long keeps the place in sight, on every width", () => {
  const pipeline = ` F ${"a".repeat(90)} | BAD階 | F ${"b".repeat(90)}`;
  for (let columns = 16; columns <= 210; columns++) {
    const [line = "", mark = ""] = at(pipeline, "BAD階", columns).split("\n");
    expect(roughMeasure(line)).toBeLessThanOrEqual(columns);
    const column = mark.indexOf("^");
    const start = [...line].findIndex((_, index, all) => roughMeasure(all.slice(0, index).join("")) === column);
    expect([...line].slice(start, start + 3).join("")).toBe("BAD");
  }
});

test("a place that is all of a long line is marked as far as it is shown", () => {
  const [line, mark] = at("x".repeat(300), "x".repeat(300), 40).split("\n");
  expect(line).toBe(`  | ${"x".repeat(33)}...`);
  expect(mark).toBe(`    ^${"~".repeat(35)}`);
});

test("an error without a place shows none", () => {
  expect(pipelinePlace(undefined, undefined)).toBe("");
  expect(pipelinePlace({ at: 1, to: 2 }, undefined)).toBe("");
});
