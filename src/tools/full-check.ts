// Checks values against any JSON Schema, with ajv. Schemas come from plugins, and a small one can ask for work without
// end: everything that follows a schema's words is done for a bounded time, patterns included. References lead nowhere
// but into the schema itself.

import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { boundedWork, WorkTooSlow } from "../base/bounded-work.ts";
import { ARGUMENT_CHECK_CHARS_PER_MS, ARGUMENT_CHECK_MS_MAX, ARGUMENT_CHECK_WHOLE_MS_MAX } from "../protocol/limits.ts";
import type { Schema } from "./tidy-schema.ts";
import { shortened, type Violation } from "./violation.ts";

/** Nothing can be checked with this schema, whatever the arguments are. */
export class SchemaUnusable extends Error {
  override readonly name = "SchemaUnusable";
}

/**
 * Gives the first thing that is wrong. That the check breaks down is wrong as well: it is the value that brings it to
 * that, and must not get past it.
 */
export type FullCheck = (value: unknown, chars: number) => Violation | undefined;

/**
 * Prepares the check that a tidy schema asks for. Throws `SchemaUnusable` when nothing can be made of it, and when it
 * refers to itself without end before it has looked into any value. Such a reference further in may not be found:
 * then values that lead there are refused, and all others are checked.
 */
export function compileFull(schema: Schema): FullCheck {
  const atWork: { pattern?: string | undefined } = {};
  const regExp = Object.assign(
    (pattern: string) => {
      const compiled = compilePattern(pattern);
      return {
        test(text: string) {
          atWork.pattern = pattern;
          const isFound = compiled.test(text);
          atWork.pattern = undefined;
          return isFound;
        },
        // Patterns with the same text are taken for the same pattern.
        toString: () => `pattern ${pattern}`,
      };
    },
    { code: "not printed" },
  );
  const validate = compile(schema, regExp);
  refuseEndless(validate);
  return (value, chars) => {
    atWork.pattern = undefined;
    try {
      return boundedWork(checkMs(chars), () => validate(value)) ? undefined : violationOf(validate.errors ?? []);
    } catch (error) {
      return { path: [], rule: "other", text: breakdownOf(error, partAtWork(atWork)) };
    } finally {
      // Ajv would hold what it found, and with it the value, until the next call.
      validate.errors = null;
    }
  };
}

/** How long arguments of so many characters may be checked. */
export function checkMs(chars: number): number {
  return Math.min(ARGUMENT_CHECK_WHOLE_MS_MAX, ARGUMENT_CHECK_MS_MAX + chars / ARGUMENT_CHECK_CHARS_PER_MS);
}

function breakdownOf(error: unknown, part: string): string {
  if (error instanceof WorkTooSlow) return `could not be checked in time: ${part} takes too long`;
  // Out of stack.
  if (error instanceof RangeError) return `could not be checked: ${part} takes too much memory`;
  return `could not be checked: ${part} fails with them: ${shortened(String(error))}`;
}

function partAtWork({ pattern }: { readonly pattern?: string | undefined }): string {
  return pattern === undefined ? "the tool's schema" : `the pattern ${pattern.slice(0, 100).toWellFormed()}`;
}

type RegExpEngine = ((pattern: string) => { test(text: string): boolean }) & { code: string };

function compile(schema: Schema, regExp: RegExpEngine): ValidateFunction {
  try {
    return boundedWork(ARGUMENT_CHECK_MS_MAX, () => {
      // One for each schema: what one plugin calls its schema is nothing to another's.
      const ajv = new Ajv2020({
        strict: false,
        strictNumbers: true,
        // What every object inherits is no member of the arguments.
        ownProperties: true,
        validateFormats: false,
        meta: false,
        validateSchema: false,
        // A schema that refers to its parts again and again would be written out each time.
        inlineRefs: false,
        logger: false,
        code: { regExp },
      });
      return ajv.compile(schema);
    });
  } catch (error) {
    throw unusable(error);
  }
}

/** One value of each kind, with nothing inside that could be at fault. */
const PROBES = [{}, [], "", 0, true, null];

function refuseEndless(validate: ValidateFunction): void {
  try {
    boundedWork(ARGUMENT_CHECK_MS_MAX, () => {
      for (const probe of PROBES) validate(probe);
    });
  } catch (error) {
    // What is only slow has an end; calls are refused, each in its turn.
    if (!(error instanceof WorkTooSlow)) throw unusable(error);
  } finally {
    validate.errors = null;
  }
}

function unusable(error: unknown): SchemaUnusable {
  const isEndless = error instanceof RangeError;
  const reason = isEndless
    ? "it refers to itself without end"
    : error instanceof Error
      ? error.message
      : "no reason given";
  return new SchemaUnusable(reason, { cause: error });
}

/** A pattern that is none forbids nothing. Many are written without the rules that Unicode patterns have to follow. */
function compilePattern(pattern: string): { test(text: string): boolean } {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(pattern, flags);
    } catch {
      // Tried again with fewer rules.
    }
  }
  return { test: () => true };
}

/** Of the branches of a choice, and then the choice itself, it is the choice that failed. */
function violationOf(errors: readonly ErrorObject[]): Violation {
  const error = errors.at(-1);
  if (error === undefined) return { path: [], rule: "other" };
  const path = error.instancePath.split("/").slice(1).map(unescapePointer);
  const params = error.params as Readonly<Record<string, unknown>>;
  const member = (key: string) => [...path, String(params[key])];
  switch (error.keyword) {
    case "required":
    case "dependentRequired":
      return { path: member("missingProperty"), rule: "required" };
    case "additionalProperties":
      return { path: member("additionalProperty"), rule: "unknown" };
    case "unevaluatedProperties":
      return { path: member("unevaluatedProperty"), rule: "unknown" };
    case "type":
      return { path, rule: "type", expected: params["type"] };
    case "enum":
      return { path, rule: "enum", expected: params["allowedValues"] };
    case "const":
      return { path, rule: "enum", expected: [params["allowedValue"]] };
    default:
      return error.message === undefined ? { path, rule: "other" } : { path, rule: "other", text: error.message };
  }
}

function unescapePointer(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
