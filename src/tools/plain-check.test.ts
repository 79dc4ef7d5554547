import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileFull } from "./full-check.ts";
import { compileMissing, compilePlain } from "./plain-check.ts";
import { tidySchema } from "./tidy-schema.ts";

const NAMES = ["a", "b", "__proto__", "constructor", "length", ""];
const TYPES = ["string", "integer", "number", "boolean", "object", "array", "null"];

const name = fc.constantFrom(...NAMES);
const primitive = fc.oneof(
  fc.constantFrom(null, true, false, 0, -0, 1, 1.5, 5e-324, 2 ** 53, "", "a", "ab", "\u{1f9c0}", "\ud83e", "1"),
  fc.integer({ min: -3, max: 3 }),
);
const some = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

/** Members as JSON.parse makes them: `__proto__` is one like any other. */
const membersOf = <T>(values: fc.Arbitrary<T>) =>
  fc
    .uniqueArray(fc.tuple(name, values), { selector: ([one]) => one, maxLength: 3 })
    .map((entries) => Object.fromEntries(entries));

const { schema } = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc
    .record({
      type: some(
        fc.oneof(fc.constantFrom(...TYPES, "date"), fc.uniqueArray(fc.constantFrom(...TYPES), { maxLength: 2 })),
      ),
      enum: some(fc.array(primitive, { maxLength: 3 })),
      const: some(primitive),
      properties: some(membersOf(fc.oneof({ maxDepth: 2 }, fc.constant(true), tie("schema")))),
      required: some(fc.uniqueArray(name, { maxLength: 2 })),
      additionalProperties: some(fc.boolean()),
      items: some(fc.oneof({ maxDepth: 2 }, fc.constant(true), tie("schema"))),
      minimum: some(fc.integer({ min: -2, max: 2 })),
      exclusiveMaximum: some(fc.integer({ min: -2, max: 2 })),
      minLength: some(fc.nat(2)),
      maxLength: some(fc.nat(2)),
      minItems: some(fc.nat(2)),
      maxItems: some(fc.nat(2)),
      nullable: some(fc.boolean()),
      description: some(fc.constant("says nothing about values")),
    })
    // As it comes out of a manifest: what is not there is not there.
    .map((one) => JSON.parse(JSON.stringify(one)) as unknown),
}));

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    primitive,
    fc.array(tie("value"), { maxLength: 3 }),
    membersOf(tie("value")),
  ),
}));

test("the verdict is that of a full checker, on whatever value and whatever plain schema", () => {
  fc.assert(
    fc.property(schema, fc.array(value, { minLength: 1, maxLength: 8 }), (given, values) => {
      const tidy = tidySchema(given);
      const plain = compilePlain(tidy);
      if (plain === undefined) throw new Error("this schema was meant to be plain");
      const full = compileFull(tidy);
      const missing = compileMissing(tidy);
      for (const one of values) {
        const violation = plain(one);
        // A null for a required member is the one thing that is judged otherwise.
        if (violation?.rule === "required") expect(missing(one) ?? full(one, 0)).toBeDefined();
        else expect(violation === undefined).toBe(full(one, 0) === undefined && missingDeep(tidy, one) === undefined);
      }
    }),
    { numRuns: 150 },
  );
});

/** Required members that are null, where lists are between, too. */
function missingDeep(tidy: ReturnType<typeof tidySchema>, one: unknown): unknown {
  const violation = compilePlain(tidy)!(one);
  return violation?.rule === "required" ? violation : undefined;
}

test("tidying a schema of 2020-12 that has no mistakes changes no verdict", () => {
  fc.assert(
    fc.property(schema, value, (given, one) => {
      const ajv = new Ajv2020({ strict: false, ownProperties: true, logger: false });
      if (ajv.validateSchema(given as object) !== true || "nullable" in (given as object)) return;
      let original: boolean;
      try {
        original = ajv.validate(given as object, one);
      } catch {
        return; // Mistakes further in.
      }
      if (JSON.stringify(given).includes("nullable")) return;
      expect(compileFull(tidySchema(given))(one, 0) === undefined).toBe(original);
    }),
    { numRuns: 60 },
  );
});
