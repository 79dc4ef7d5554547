import { expect, test } from "vitest";
import { argumentSkeleton } from "./argument-skeleton.ts";

const skeleton = (schema: unknown) => JSON.parse(argumentSkeleton(schema));

test("what is required is there, with a value of its kind, and what may be left out is not", () => {
  const properties = {
    path: { type: "string" },
    count: { type: "integer", default: 3 },
    ratio: { type: ["number", "null"] },
    deep: { type: "object", properties: { on: { type: "boolean" } }, required: ["on"] },
    list: { type: "array", items: { type: "string" } },
    mode: { enum: ["fast", "slow"] },
    none: { type: "null" },
    odd: { type: "constructor" },
    optional: { type: "string" },
  };
  const required = ["path", "count", "ratio", "deep", "list", "mode", "none", "odd", "missing"];
  expect(skeleton({ type: "object", properties, required })).toEqual({
    ...{ path: "", count: 3, ratio: 0, deep: { on: false }, list: [], mode: "fast", none: null, odd: "" },
  });
});

test.each([null, undefined, 7, "x", [], {}, { properties: 1 }, { properties: {}, required: 1 }, { required: [1, {}] }])(
  "%j is a schema of no arguments",
  (schema) => {
    expect(argumentSkeleton(schema)).toBe("{}");
  },
);

test("a schema without end makes no arguments without end", () => {
  let deep: object = { type: "string" };
  for (let at = 0; at < 50; at++) deep = { type: "object", properties: { a: deep }, required: ["a"] };
  expect(argumentSkeleton(deep).match(/"a"/g)).toHaveLength(4);
  const names = Array.from({ length: 100 }, (_, at) => `n${at}`);
  const wide = {
    properties: Object.fromEntries(names.map((name) => [name, { default: "x".repeat(501) }])),
    required: names,
  };
  expect(Object.values(skeleton(wide))).toEqual(Array(40).fill(""));
});

test("members of JavaScript's own objects are nothing that a schema has", () => {
  expect(skeleton({ properties: {}, required: ["constructor", "__proto__"] })).toEqual({});
});
