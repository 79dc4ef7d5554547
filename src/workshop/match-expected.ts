// Whether a value is what a test expects, and what is different when it is not. What is expected is partial: members that it
// does not name may be anything.
//
//   objects      every member that is named has to be there and fit
//   lists        have the same length, and fit one by one
//   all else     is equal
//   an object with one of these members alone stands for many values:
//     {"$contains": "text"}    a text with that in it, or a list with something that fits
//     {"$matches": "pattern"}  a text in which the regular expression is found
//     {"$type": "string"}      string, number, boolean, null, object or list
//     {"$any": true}           anything that is there

import { boundedPattern, PatternTooSlow } from "../base/bounded-pattern.ts";

export interface Difference {
  /** As in `result.items[0].name`; empty for the whole. */
  readonly path: string;
  readonly expected: unknown;
  /** Undefined: it is not there. */
  readonly actual: unknown;
  /** Nobody knows whether it fits: a pattern does not come to an end. */
  readonly isEndless?: true;
}

/** Nothing when it fits. */
export function differences(expected: unknown, actual: unknown): Difference[] {
  return orEndless(() => compare(expected, actual, ""));
}

/** A slow pattern ends all comparing: another text would take as long. */
class Endless extends Error {
  readonly difference: Difference;

  constructor(difference: Difference) {
    super("a pattern does not come to an end");
    this.difference = { ...difference, isEndless: true };
  }
}

function orEndless(find: () => Difference[]): Difference[] {
  try {
    return find();
  } catch (error) {
    if (error instanceof Endless) return [error.difference];
    throw error;
  }
}

function compare(expected: unknown, actual: unknown, path: string): Difference[] {
  const fits = matcherOf(expected);
  if (fits !== undefined) {
    const difference = { path, expected, actual };
    return isFitting(fits, difference) ? [] : [difference];
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return [{ path, expected, actual }];
    return expected.flatMap((one, index) => compare(one, actual[index], `${path}[${index}]`));
  }
  if (isObject(expected)) {
    if (!isObject(actual)) return [{ path, expected, actual }];
    return Object.entries(expected).flatMap(([name, one]) =>
      compare(one, Object.hasOwn(actual, name) ? actual[name] : undefined, path === "" ? name : `${path}.${name}`),
    );
  }
  return Object.is(expected, actual) ? [] : [{ path, expected, actual }];
}

function isFitting(fits: Fits, difference: Difference): boolean {
  try {
    return fits(difference.actual);
  } catch (error) {
    // The outermost place is the one that its author can find.
    if (error instanceof PatternTooSlow || error instanceof Endless) throw new Endless(difference);
    throw error;
  }
}

/**
 * Whether all that is expected happened, in that order, whatever else happened in between. Gives the first that did not,
 * with all there was.
 */
export function sequenceDifferences(
  expected: readonly unknown[],
  actual: readonly unknown[],
  path: string,
): Difference[] {
  return orEndless(() => compareSequence(expected, actual, path));
}

function compareSequence(expected: readonly unknown[], actual: readonly unknown[], path: string): Difference[] {
  let at = 0;
  for (const [index, one] of expected.entries()) {
    const where = `${path}[${index}]`;
    const found = actual.findIndex((candidate, place) => place >= at && compare(one, candidate, where).length === 0);
    if (found === -1) return [{ path: where, expected: one, actual: actual.slice(at) }];
    at = found + 1;
  }
  return [];
}

/** One line, or several where texts have several. */
export function differenceText({ path, expected, actual, isEndless }: Difference): string {
  const found = actual === undefined ? "nothing" : shown(actual);
  const where = path === "" ? "the answer" : path;
  if (isEndless) return `${where}: the pattern in ${shown(expected)} does not come to an end with ${found}`;
  return `${where}: expected ${shown(expected)}, got ${found}`;
}

type Fits = (actual: unknown) => boolean;

const MATCHERS: Readonly<Record<string, (wanted: unknown) => Fits>> = {
  $contains: (wanted) => (actual) =>
    typeof actual === "string"
      ? typeof wanted === "string" && actual.includes(wanted)
      : Array.isArray(actual) && actual.some((one) => compare(wanted, one, "").length === 0),
  $matches: (wanted) => (actual) => typeof actual === "string" && boundedPattern(String(wanted), "u").test(actual),
  $type: (wanted) => (actual) => typeName(actual) === wanted,
  $any: () => (actual) => actual !== undefined,
};

/** Why the value cannot be expected; for whoever reads tests. */
export function expectationProblem(expected: unknown): string | undefined {
  if (Array.isArray(expected)) return expected.map(expectationProblem).find((one) => one !== undefined);
  if (!isObject(expected)) return undefined;
  const names = Object.keys(expected);
  const marked = names.find((name) => name.startsWith("$"));
  if (marked === undefined)
    return Object.values(expected)
      .map(expectationProblem)
      .find((one) => one !== undefined);
  if (!Object.hasOwn(MATCHERS, marked)) return `there is no "${marked}", only ${Object.keys(MATCHERS).join(", ")}`;
  if (names.length > 1) return `"${marked}" stands alone in its object`;
  const wanted = expected[marked];
  if (marked === "$type" && !TYPES.has(wanted)) return `"$type" is one of ${[...TYPES].join(", ")}`;
  if (marked !== "$matches") return undefined;
  try {
    boundedPattern(String(wanted), "u");
    return undefined;
  } catch (error) {
    return `"$matches": ${(error as Error).message}`;
  }
}

const TYPES: ReadonlySet<unknown> = new Set(["string", "number", "boolean", "null", "object", "list"]);

function matcherOf(expected: unknown): Fits | undefined {
  if (!isObject(expected)) return undefined;
  const [name, ...others] = Object.keys(expected);
  if (name === undefined || others.length > 0 || !Object.hasOwn(MATCHERS, name)) return undefined;
  return MATCHERS[name]!(expected[name]);
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const SHOWN_CHARS_MAX = 2_000;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}
