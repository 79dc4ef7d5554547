// The members of a JSON object that a plugin asks with: read once, within bounds, each of the kind that it should be. What
// is wrong is told by the member's name.

import { jsonBeyond } from "../protocol/json-bounds.ts";
import { INFERENCE_REQUEST_BYTES_MAX, JSON_DEPTH_MAX, JSON_VALUES_MAX } from "../protocol/limits.ts";

/** What a plugin asked for wrongly. */
export class RequestProblem extends Error {
  readonly code: "invalid_request" | "request_too_large";

  constructor(message: string, code: RequestProblem["code"] = "invalid_request") {
    super(message);
    this.code = code;
  }
}

export type Members = Readonly<Record<string, unknown>>;

/** Half of a character that JSON can spell and UTF-8 cannot. */
const HALF_CHARACTER = /\\u[dD][89a-fA-F]/;

/** Reads the object. Throws `RequestProblem`. */
export function readMembers(json: string): Members {
  const bytesMax = INFERENCE_REQUEST_BYTES_MAX;
  if (json.length > bytesMax || (json.length > bytesMax / 3 && Buffer.byteLength(json) > bytesMax)) {
    throw new RequestProblem(`the request has more than ${bytesMax} bytes`, "request_too_large");
  }
  const beyond = jsonBeyond(json, { depthMax: JSON_DEPTH_MAX, valuesMax: JSON_VALUES_MAX });
  if (beyond === "depth") throw new RequestProblem(`the request is nested deeper than ${JSON_DEPTH_MAX} levels`);
  if (beyond === "values") throw new RequestProblem(`the request has more than ${JSON_VALUES_MAX} values`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new RequestProblem("the request is no valid JSON");
  }
  if (!isObject(value)) throw new RequestProblem("the request is no JSON object");
  return HALF_CHARACTER.test(json) ? (wellFormed(value) as Members) : value;
}

export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member that nobody but the object itself has; what is null was left out. */
export function memberOf(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? (members[name] ?? undefined) : undefined;
}

export function textOf(value: unknown, name: string, charsMax: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw new RequestProblem(`${name} is no text`);
  if (value.length > charsMax) throw new RequestProblem(`${name} has more than ${charsMax} characters`);
  return value;
}

export function numberOf(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  // What is too large for a number is read as infinite.
  if (typeof value !== "number" || !Number.isFinite(value)) throw new RequestProblem(`${name} is no number`);
  return value;
}

export function wholeNumberOf(value: unknown, name: string, least: number): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value)) throw new RequestProblem(`${name} is no whole number`);
  if ((value as number) < least) throw new RequestProblem(`${name} is less than ${least}`);
  return value as number;
}

export function flagOf(value: unknown, name: string): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw new RequestProblem(`${name} is neither true nor false`);
}

/** The same value with U+FFFD for every half of a character. Its depth is bounded by now. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toWellFormed(), wellFormed(member)]));
}
