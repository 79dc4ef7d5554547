// What is wrong with the arguments of a call, in the words that models and people get.

import { type ToolFailure, toolFailure } from "./envelope.ts";

export interface Violation {
  /** The way to what is wrong, from the outside in; empty for the arguments as a whole. */
  readonly path: readonly (string | number)[];
  readonly rule: "required" | "unknown" | "type" | "enum" | "other";
  /** What would be right, where that can be said: a type, the values to choose from. */
  readonly expected?: unknown;
  /** For `other`: what the value has to be, for instance `must be >= 1`. */
  readonly text?: string;
}

export type Check = (value: unknown) => Violation | undefined;

/** Names come from the caller, values to choose from out of the plugin: neither may fill a screen. */
const SHOWN_CHARS_MAX = 200;
const SHOWN_VALUES_MAX = 20;

export function violationFailure(tool: string, violation: Violation): ToolFailure {
  const { path, expected } = violation;
  const field = shortened(path.join("."));
  return toolFailure(tool, {
    kind: "invalid_args",
    message: messageOf(violation, field),
    ...(path.length === 0 ? {} : { field }),
    ...(expected === undefined ? {} : { expected }),
  });
}

function messageOf({ path, rule, expected, text }: Violation, field: string): string {
  const what = path.length === 0 ? "The arguments" : `Property "${field}"`;
  switch (rule) {
    case "required":
      return `Missing required property: ${field}`;
    case "unknown":
      return `Unknown property: ${field}`;
    case "type":
      return `${what} must be of type ${[expected].flat().join(" or ")}`;
    case "enum":
      return `${what} must be one of: ${choices(expected)}`;
    default:
      return `${what} ${text ?? "does not match the tool's schema"}`;
  }
}

function choices(expected: unknown): string {
  const values = [expected].flat();
  const shown = values.slice(0, SHOWN_VALUES_MAX).map((value) => shortened(JSON.stringify(value)));
  return shown.join(", ") + (values.length > SHOWN_VALUES_MAX ? ", ..." : "");
}

export function shortened(text: string): string {
  return text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX).toWellFormed()}...`;
}
