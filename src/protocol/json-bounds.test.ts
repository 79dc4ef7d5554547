import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonBeyond } from "./json-bounds.ts";

const inside = (value: unknown) => (typeof value === "object" && value !== null ? Object.values(value) : undefined);
const depthOf = (value: unknown): number => {
  const members = inside(value);
  return members === undefined ? 0 : 1 + Math.max(0, ...members.map(depthOf));
};
const valuesOf = (value: unknown): number => {
  const members = inside(value);
  if (members === undefined) return 1;
  return 1 + (members.length === 0 ? 1 : members.reduce((sum: number, member) => sum + valuesOf(member), 0));
};

test("depth and values of any JSON document are counted, whatever its strings hold", () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: "large" }), (value) => {
      const text = JSON.stringify(value);
      const [depth, values] = [depthOf(value), valuesOf(value)];
      expect(jsonBeyond(text, { depthMax: depth, valuesMax: values })).toBeUndefined();
      expect(jsonBeyond(text, { depthMax: depth, valuesMax: values - 1 })).toBe("values");
      if (depth > 0) expect(jsonBeyond(text, { depthMax: depth - 1, valuesMax: Infinity })).toBe("depth");
    }),
  );
});

test.each(['"[[[["', '"\\"[[["', '"\\\\" ', '{"[":"{,,,,"}', "]]]]", '"[[[', '"\\'])("%s is small", (text) => {
  expect(jsonBeyond(text, { depthMax: 1, valuesMax: 2 })).toBeUndefined();
});
