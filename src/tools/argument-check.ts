// Whether the arguments of a call are what the tool's schema asks for, before anybody is asked for consent and before
// the plugin sees them ("Osaurus: Tool Contract"). What is right passes through character for character; only a text
// that holds the object or list that the schema wants is replaced by it.

import { formatOrderedJson, JsonSyntaxError, parseOrderedJson } from "../base/ordered-json.ts";
import { HostError } from "../protocol/errors.ts";
import { jsonBeyond } from "../protocol/json-bounds.ts";
import { JSON_DEPTH_MAX, JSON_VALUES_MAX, TOOL_INPUT_BYTES_MAX } from "../protocol/limits.ts";
import type { ManifestTool } from "../protocol/manifest.ts";
import { type ToolFailure, toolFailure } from "./envelope.ts";
import { HOST_FIELD_NAMES, withoutMembers } from "./host-fields.ts";
import { compileMissing, compilePlain } from "./plain-check.ts";
import { repeatedMember } from "./repeated-member.ts";
import { isObject, type Schema, tidySchema } from "./tidy-schema.ts";
import { type Unwrapper, unwrapperOf } from "./unwrap-json.ts";
import { type Check, shortened, type Violation, violationFailure } from "./violation.ts";

export type CheckedArguments = { readonly input: string } | { readonly failure: ToolFailure };

/** The check for one tool, prepared once. */
export interface ArgumentCheck {
  /** Why the schema is not looked at; for the plugin's author. Nothing that a caller sends brings it about. */
  readonly problem: string | undefined;
  /** Throws `input_too_large`. */
  check(input: string): CheckedArguments;
}

type Judge = (value: unknown, chars: number) => Violation | undefined;

/**
 * Checks the arguments of one call.
 *
 * @param input JSON text; nothing but white space stands for `{}`.
 * @returns the text for the plugin, or the failure for the caller. Throws `input_too_large`.
 */
export async function checkArguments(tool: ManifestTool, input: string): Promise<CheckedArguments> {
  return (await prepareCheck(tool)).check(input);
}

/** Prepares the check for a tool. Only schemas beyond the plainest need more code, which is loaded then. */
export function prepareCheck(tool: ManifestTool): ArgumentCheck | Promise<ArgumentCheck> {
  if (tool.parameters === undefined) return createCheck(tool.id, { unwrapper: undefined, judge: undefined });
  const schema = atTopLevel(tidySchema(tool.parameters));
  const plain = compilePlain(schema);
  if (plain !== undefined) return createCheck(tool.id, { unwrapper: unwrapperOf(schema), judge: plain });
  return prepareFull(tool.id, schema);
}

/** Arguments are an object, unless the schema says of what type they are. */
function atTopLevel(schema: Schema): Schema {
  return typeof schema === "boolean" || schema["type"] !== undefined ? schema : { ...schema, type: "object" };
}

async function prepareFull(tool: string, schema: Schema): Promise<ArgumentCheck> {
  const { compileFull, SchemaUnusable } = await import("./full-check.ts");
  const unwrapper = unwrapperOf(schema);
  const missing: Check = compileMissing(schema);
  try {
    const full = compileFull(schema);
    return createCheck(tool, { unwrapper, judge: (value, chars) => missing(value) ?? full(value, chars) });
  } catch (error) {
    if (!(error instanceof SchemaUnusable)) throw error;
    return createCheck(tool, { unwrapper, judge: missing, problem: error.message });
  }
}

interface CheckParts {
  readonly unwrapper: Unwrapper | undefined;
  /** Nothing for a tool without a schema, whose arguments only have to be JSON. */
  readonly judge: Judge | undefined;
  readonly problem?: string;
}

function createCheck(tool: string, { unwrapper, judge, problem }: CheckParts): ArgumentCheck {
  return {
    problem,
    check(given) {
      refuseTooLarge(given);
      let input = asSent(given);
      let value: unknown;
      try {
        value = parseBounded(input);
        const repeated = judge && repeatedMember(input, value);
        if (repeated !== undefined) return { failure: violationFailure(tool, repetition(repeated)) };
        if (unwrapper?.mayChange(value)) {
          input = formatOrderedJson(unwrapper.unwrap(parseOrderedJson(input)));
          value = parseBounded(input);
        }
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof JsonSyntaxError)) throw error;
        const message = `The arguments are not JSON that can be read: ${shortened(error.message)}`;
        return { failure: toolFailure(tool, { kind: "invalid_args", message }) };
      }
      const violation = judge?.(value, input.length);
      if (violation !== undefined) return { failure: violationFailure(tool, violation) };
      return { input: withoutHostFields(input, value) };
    },
  };
}

/** What is checked is the last of them, and the plugin may read the first. */
function repetition(path: Violation["path"]): Violation {
  const text = path.length === 0 ? "have a member that stands there more than once" : "stands there more than once";
  return { path, rule: "other", text };
}

function refuseTooLarge(input: string): void {
  // A character takes at most three bytes, so that most texts need not be measured.
  if (input.length * 3 <= TOOL_INPUT_BYTES_MAX || Buffer.byteLength(input) <= TOOL_INPUT_BYTES_MAX) return;
  throw new HostError("input_too_large", `the arguments are larger than ${TOOL_INPUT_BYTES_MAX} bytes`, {
    hint: "pass the path of a file instead, if the tool takes one",
  });
}

/** As the plugin will get it: what is checked must be what is sent. */
function asSent(given: string): string {
  let input = given;
  if (given.charCodeAt(0) !== BRACE_OPEN) {
    if (given.charCodeAt(0) === BYTE_ORDER_MARK) input = given.slice(1);
    if (input.trim() === "") return "{}";
  }
  // Half characters become the replacement character on their way.
  return input.isWellFormed() ? input : input.toWellFormed();
}

const BRACE_OPEN = 0x7b;
const BYTE_ORDER_MARK = 0xfeff;

/** Reading text that holds millions of values takes seconds, in which nobody else is served. */
function parseBounded(input: string): unknown {
  if (input.length > JSON_DEPTH_MAX) {
    const beyond = jsonBeyond(input, { depthMax: JSON_DEPTH_MAX, valuesMax: JSON_VALUES_MAX });
    if (beyond === "depth") throw new SyntaxError(`nested deeper than ${JSON_DEPTH_MAX} levels`);
    if (beyond === "values") throw new SyntaxError(`more than ${JSON_VALUES_MAX} values`);
  }
  return JSON.parse(input);
}

/** What only the host may say, the caller cannot have said. */
function withoutHostFields(input: string, value: unknown): string {
  let isFaked = false;
  if (isObject(value)) for (const name of HOST_FIELD_NAMES) isFaked ||= Object.hasOwn(value, name);
  return isFaked ? withoutMembers(input, HOST_FIELD_NAMES) : input;
}
