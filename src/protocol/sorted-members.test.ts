import { expect, test } from "vitest";
import { JSON_DEPTH_MAX } from "./limits.ts";
import { sortedMembers } from "./sorted-members.ts";

const text = (json: string) => JSON.stringify(sortedMembers(JSON.parse(json)));

test("members are in the order of their names at any depth, elements as they were", () => {
  expect(text('{"b":[{"d":1,"c":[3,1]},"x"],"a":{"z":null,"y":{"n":true,"m":"t"}}}')).toBe(
    '{"a":{"y":{"m":"t","n":true},"z":null},"b":[{"c":[3,1],"d":1},"x"]}',
  );
});

test("the order is that of code units, and a name is a name whatever it is", () => {
  expect(text('{"ä":1,"b":2,"B":3,"__proto__":{"y":1,"x":2}}')).toBe('{"B":3,"__proto__":{"x":2,"y":1},"b":2,"ä":1}');
});

test("what is given stays as it is", () => {
  const given = { b: { d: 1, c: 2 }, a: 3 };
  expect(sortedMembers(given)).toEqual(given);
  expect(JSON.stringify(given)).toBe('{"b":{"d":1,"c":2},"a":3}');
});

test("JSON of the greatest depth that is let in is no trouble", () => {
  const deep = `${'{"a":'.repeat(JSON_DEPTH_MAX)}1${"}".repeat(JSON_DEPTH_MAX)}`;
  expect(text(deep)).toBe(deep);
});
