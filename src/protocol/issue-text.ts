// Turns what a schema found wrong into one line for people: `commands[0].name: must be text, is a number`.
// The schemas come from zod/mini, which carries no texts of its own.

import type * as z from "zod/mini";

const ISSUES_SHOWN_MAX = 4;
const VALUE_CHARS_MAX = 60;
const NAMES_SHOWN_MAX = 4;
const NAME_CHARS_MAX = 60;

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  map: "an object",
  null: "null",
};

/** One mistake: the path of the member as people write it, "the document" for the whole, and what is wrong with it. */
export interface Mistake {
  readonly path: string;
  readonly message: string;
}

/**
 * All that is wrong, joined by "; ", each with the path of the member it is about.
 *
 * @param input what was checked; when given, the text also says what was found instead.
 */
export function describeIssues(error: z.core.$ZodError, input?: unknown): string {
  return describeMistakes(listIssues(error, input));
}

/** The first few mistakes in one line, and how many more there are. */
export function describeMistakes(mistakes: readonly Mistake[]): string {
  const lines = [...new Set(mistakes.map(({ path, message }) => `${path}: ${message}`))];
  const more = lines.length - ISSUES_SHOWN_MAX;
  const shown = lines.slice(0, ISSUES_SHOWN_MAX).join("; ");
  return more > 0 ? `${shown}; and ${more} more` : shown;
}

/** All that is wrong, one by one. */
export function listIssues(error: z.core.$ZodError, input?: unknown): Mistake[] {
  return error.issues.flatMap((issue) => mistakesOf(issue, [], input));
}

function mistakesOf(issue: z.core.$ZodIssue, before: readonly PropertyKey[], input: unknown): Mistake[] {
  const path = [...before, ...issue.path];
  if (issue.code === "invalid_key")
    return issue.issues.map((inner) => ({ path: pathText(path), message: innerText(inner) }));
  if (issue.code === "invalid_element") return issue.issues.flatMap((inner) => mistakesOf(inner, path, input));
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const closest = issue.errors.reduce((best, one) => (one.length < best.length ? one : best));
    return closest.flatMap((inner) => mistakesOf(inner, path, input));
  }
  return [{ path: pathText(path), message: issueText(issue, input === undefined ? undefined : found(input, path)) }];
}

function innerText(issue: z.core.$ZodIssue): string {
  return issueText(issue, undefined);
}

function issueText(issue: z.core.$ZodIssue, is: string | undefined): string {
  const found = is === undefined ? "" : `, is ${is}`;
  switch (issue.code) {
    case "invalid_type":
      if (is === MISSING || issue.expected === "nonoptional") return "is missing";
      return `must be ${KINDS[issue.expected] ?? issue.expected}${found}`;
    case "invalid_value": {
      if (is === MISSING) return "is missing";
      const values = issue.values.map((value) => JSON.stringify(value));
      return `must be ${values.length > 1 ? "one of " : ""}${values.join(", ")}${found}`;
    }
    case "too_small":
      if (issue.message !== GENERIC) return issue.message;
      return `must ${bound("at least", issue.origin, issue.minimum)}`;
    case "too_big":
      if (issue.message !== GENERIC) return issue.message;
      return `must ${bound("at most", issue.origin, issue.maximum)}`;
    case "unrecognized_keys":
      return `has members that are not known: ${namesText(issue.keys)}`;
    case "invalid_format":
      return issue.message === GENERIC ? `has the wrong form${found}` : `${issue.message}${found}`;
    default:
      return issue.message === GENERIC ? `is not valid${found}` : issue.message;
  }
}

/** The first few: whoever sent them chose how many there are, and how long they are. */
function namesText(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN_MAX).map((name) => `"${cut(name, NAME_CHARS_MAX)}"`);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

function cut(text: string, charsMax: number): string {
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
}

const GENERIC = "Invalid input";
const MISSING = "missing";

function bound(which: string, origin: string, limit: number | bigint): string {
  if (origin === "string") return `be ${which} ${limit} characters long`;
  if (origin === "array" || origin === "set" || origin === "map") return `have ${which} ${limit} entries`;
  return `be ${which} ${limit}`;
}

function found(input: unknown, path: readonly PropertyKey[]): string {
  let value = input;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return MISSING;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  if (value === undefined) return MISSING;
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return cut(JSON.stringify(value) ?? typeof value, VALUE_CHARS_MAX);
}

function pathText(path: readonly PropertyKey[]): string {
  let text = "";
  for (const step of path) {
    const name = cut(String(step), NAME_CHARS_MAX);
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(name)) text += text === "" ? name : `.${name}`;
    else text += `[${JSON.stringify(name)}]`;
  }
  return text === "" ? "the document" : text;
}
