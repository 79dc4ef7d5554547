// Pipelines against a plain re-computation: ordinary arrays and objects, and the words of the documentation.

import fc from "fast-check";
import { expect, test } from "vitest";
import { piped } from "../../../test/helpers/run-stages.ts";

type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };
type PlainRow = Record<string, Plain>;

const NAMES = ["host", "floor", "tags", "Ärger", "x.y", "zone"];
const name = fc.constantFrom(...NAMES);
const text = fc.oneof(
  fc.constantFrom("", "it", "IT", "kiosk-7", "a b", "null", "12", "|", "'", '"', "\\", "Ä"),
  fc.string({ maxLength: 6 }),
);
const scalar = fc.oneof(fc.constant(null), fc.boolean(), fc.integer({ min: -20, max: 20 }), text);
const cell = fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) });
const rows = fc.array(fc.dictionary(name, cell, { noNullPrototype: true }), { maxLength: 6 });

const cellText = (value: Plain) => (typeof value === "string" ? value : JSON.stringify(value));
const itemsOf = (value: Plain | undefined): Plain[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const isVoid = (value: Plain) =>
  value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
const contains = (value: Plain, part: string) => cellText(value).toLowerCase().includes(part.toLowerCase());

/** A stage as it is typed, and what it does, computed plainly. */
interface Case {
  readonly stage: string;
  readonly expected: (rows: readonly PlainRow[]) => Plain[];
}

const quoted = (word: string) => `'${word.replaceAll("'", `'"'"'`)}'`;

const whole: fc.Arbitrary<Case> = fc
  .record({ name, text, isNegated: fc.boolean(), isExact: fc.boolean() })
  .map(({ name: key, text: wanted, isNegated, isExact }) => ({
    stage: `F ${isNegated ? "!" : ""}${quoted(key)} ${isExact ? "==" : "="} ${quoted(wanted)}`,
    expected: (all) =>
      all.filter((row) => {
        const folded = (value: string) => (isExact ? value : value.toLowerCase());
        return itemsOf(row[key]).some((value) => folded(cellText(value)) === folded(wanted)) !== isNegated;
      }),
  }));

const order: fc.Arbitrary<Case> = fc
  .record({ name, number: fc.integer({ min: -20, max: 20 }), operator: fc.constantFrom("<", "<=", ">", ">=") })
  .map(({ name: key, number, operator }) => ({
    stage: `F ${quoted(key)} ${operator} ${number}`,
    expected: (all) =>
      all.filter((row) =>
        itemsOf(row[key]).some((value) => {
          const isNumber =
            typeof value === "number" || (typeof value === "string" && /^\s*[+-]?\d+(\.\d*)?(e\d+)?\s*$/i.test(value));
          if (!isNumber) return false;
          const found = Number(value);
          return { "<": found < number, "<=": found <= number, ">": found > number, ">=": found >= number }[operator];
        }),
      ),
  }));

const limit: fc.Arbitrary<Case> = fc
  .tuple(fc.integer({ min: -7, max: 7 }), fc.integer({ min: -7, max: 7 }))
  .map(([count, offset]) => ({
    stage: `L ${count} ${offset}`,
    expected: (all) => {
      const left = all.slice(offset < 0 ? Math.max(0, all.length + offset) : offset);
      return count < 0 ? left.slice(Math.max(0, left.length + count)) : left.slice(0, count);
    },
  }));

const keep: fc.Arbitrary<Case> = fc.uniqueArray(name, { minLength: 1 }).map((names) => ({
  stage: `P ${names.map(quoted).join(", ")}`,
  expected: (all) =>
    all
      .map((row) => Object.fromEntries(names.filter((one) => Object.hasOwn(row, one)).map((one) => [one, row[one]!])))
      .filter((row) => Object.keys(row).length > 0),
}));

const drop: fc.Arbitrary<Case> = fc.uniqueArray(name, { minLength: 1 }).map((names) => ({
  stage: `P ${names.map((one) => `!${quoted(one)}`).join(" ")}`,
  expected: (all) =>
    all
      .map((row) => Object.fromEntries(Object.entries(row).filter(([one]) => !names.includes(one))))
      .filter((row) => Object.keys(row).length > 0),
}));

const unroll: fc.Arbitrary<Case> = name.map((key) => ({
  stage: `U ${quoted(key)}`,
  expected: (all) =>
    all.flatMap((row) => {
      const value = row[key];
      if (!Array.isArray(value)) return [row];
      return value.filter((item) => !isVoid(item)).map((item) => ({ ...row, [key]: item }));
    }),
}));

const values: fc.Arbitrary<Case> = fc.uniqueArray(name, { minLength: 1 }).map((names) => ({
  stage: `VALUE ${names.map(quoted).join(" ")}`,
  expected: (all) => all.flatMap((row) => names.flatMap((one) => itemsOf(row[one]).map((value) => ({ value })))),
}));

/** Keys without any leaf are not searched. */
const quick: fc.Arbitrary<Case> = fc
  .record({ text: text.filter((one) => one !== ""), isNegated: fc.boolean() })
  .map((made) => ({
    stage: `${made.isNegated ? "!" : ""}${quoted(made.text)}`,
    expected: (all) =>
      all.filter((row) => {
        const leaves = Object.entries(row).flatMap(([key, value]) =>
          itemsOf(value).map((item) => [key, item] as const),
        );
        return leaves.some(([key, item]) => contains(key, made.text) || contains(item, made.text)) !== made.isNegated;
      }),
  }));

const clean: fc.Arbitrary<Case> = fc.constant({
  stage: "?",
  expected: (all) =>
    all
      .map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => !isVoid(value))))
      .filter((row) => Object.keys(row).length > 0),
});

const count: fc.Arbitrary<Case> = fc.constant({ stage: "C", expected: (all) => [{ count: all.length }] });

const VERBS = { whole, order, limit, keep, drop, unroll, values, quick, clean, count };

test.each(Object.entries(VERBS))("what %s gives is what is computed plainly", async (_, cases) => {
  await fc.assert(
    fc.asyncProperty(cases, rows, async ({ stage, expected }, all) => {
      expect(await piped(stage, JSON.stringify(all))).toBe(JSON.stringify(expected(all)));
    }),
  );
});

test("stages in one pipeline give what they give one after the other", async () => {
  const stages = fc.array(fc.oneof(...Object.values(VERBS)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(stages, rows, async (cases, all) => {
      let json = JSON.stringify(all);
      for (const { stage } of cases) json = await piped(stage, json);
      expect(await piped(cases.map(({ stage }) => stage).join(" | "), JSON.stringify(all))).toBe(json);
    }),
  );
});

test("whatever is typed, a pipeline is read or refused with a place in it", async () => {
  const word = fc.oneof(
    text,
    fc.constantFrom(
      "F",
      "P",
      "L",
      "K",
      "V",
      "?",
      "U",
      "VALUE",
      "|",
      "a[",
      "]",
      "a.b",
      "!",
      "=",
      "%abc",
      "~",
      "'",
      ">",
      "2",
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 8 }), rows, async (words, all) => {
      const source = words.join(" ");
      try {
        await piped(source, JSON.stringify(all));
      } catch (error) {
        const { code, details } = error as { code: string; details: { at: number; to: number } };
        expect(code).toBe("pipeline_invalid");
        expect(details.at).toBeGreaterThanOrEqual(0);
        expect(details.to).toBeGreaterThan(details.at);
        expect(details.to).toBeLessThanOrEqual(source.length);
      }
    }),
  );
});
