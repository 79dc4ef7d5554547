// The JSON Schema of a process plugin's command. Models get the plain one; calls are checked by one that also takes what
// stands for a text: numbers, booleans, a single value where there may be several, and null for what is left out.

import { PROCESS_EXAMPLES_MAX, TOOL_TEXT_CHARS_MAX } from "../protocol/limits.ts";
import { visibleText } from "../protocol/visible-text.ts";
import type { ProcessOption } from "./process-options.ts";

type Schema = Readonly<Record<string, unknown>>;

export interface ProcessSchemas {
  /** For models. */
  readonly shown: Schema;
  /** For `prepareCheck`. */
  readonly checked: Schema;
}

export function processSchemas(options: readonly ProcessOption[]): ProcessSchemas {
  const required = options.filter((option) => option.required).map(({ property }) => property);
  const around = (properties: Schema): Schema => ({
    type: "object",
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  });
  return {
    shown: around(Object.fromEntries(options.map((option) => [option.property, shownProperty(option)]))),
    checked: around(Object.fromEntries(options.map((option) => [option.property, checkedProperty(option)]))),
  };
}

function shownProperty(option: ProcessOption): Schema {
  const description = describe(option);
  return { ...shownType(option), ...(description === "" ? {} : { description }) };
}

function shownType({ takes, required }: ProcessOption): Schema {
  if (takes === "nothing") return { type: "boolean" };
  if (takes === "one") return { type: "string" };
  return { type: "array", items: { type: "string" }, ...(required ? { minItems: 1 } : {}) };
}

const SCALARS = ["string", "number", "boolean"];

function checkedProperty({ takes, required }: ProcessOption): Schema {
  const orNull = required ? [] : ["null"];
  if (takes === "nothing") return { type: ["boolean", ...orNull] };
  if (takes === "one") return { type: [...SCALARS, ...orNull] };
  return { type: ["array", ...SCALARS, ...orNull], items: { type: SCALARS }, ...(required ? { minItems: 1 } : {}) };
}

/** Suggestions are no closed list: they are said, not enforced. */
function describe({ about, isPath, examples }: ProcessOption): string {
  const parts = [about.trim()];
  if (isPath) parts.push("A path.");
  const some = examples.slice(0, PROCESS_EXAMPLES_MAX).join(", ");
  if (some !== "") parts.push(`For example: ${some}${examples.length > PROCESS_EXAMPLES_MAX ? ", …" : ""}`);
  return boundedText(parts.filter((part) => part !== "").join("\n"));
}

/** A plugin's text as models are given it: visible, and no longer than it has to be. */
export function boundedText(text: string): string {
  const visible = visibleText(text.slice(0, TOOL_TEXT_CHARS_MAX + 1));
  return visible.length <= TOOL_TEXT_CHARS_MAX ? visible : `${visible.slice(0, TOOL_TEXT_CHARS_MAX).toWellFormed()}…`;
}
