import { expect, test } from "vitest";
import * as z from "zod/mini";
import { describeIssues } from "./issue-text.ts";

const Kettle = z.strictObject({ litres: z.optional(z.record(z.string(), z.number())) });
const said = (input: unknown) => describeIssues(z.safeParse(Kettle, input).error!, input);
const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 1]));

test("of members that are not known the first few are named, and how many more there are", () => {
  const four = 'the document: has members that are not known: "k0", "k1", "k2", "k3"';
  expect(said(members(4))).toBe(four);
  expect(said(members(1_000))).toBe(`${four} and 996 more`);
});

test("long names of members are cut, also where they stand in a path", () => {
  const [fits, long] = ["x".repeat(60), "x".repeat(61)];
  expect([said({ [fits]: 1 }), said({ [long]: 1 })]).toEqual([
    `the document: has members that are not known: "${fits}"`,
    `the document: has members that are not known: "${fits}…"`,
  ]);
  expect(said({ litres: { [long]: "" } })).toBe(`litres["${fits}…"]: must be a number, is ""`);
});
