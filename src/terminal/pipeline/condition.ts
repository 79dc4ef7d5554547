// Reads what `F` asks of a value, `key OP value`, and decides it.

import { boundedWork } from "../../base/bounded-work.ts";
import { JsonNumber, type OrderedJson } from "../../base/ordered-json.ts";
import { PIPELINE_PATTERN_CHARS_PER_MS, PIPELINE_PATTERN_MS_MAX } from "../../protocol/limits.ts";
import { plainText } from "../rows.ts";
import { compareNumbers, numberIn } from "./exact-number.ts";
import type { Exactness } from "./flat-keys.ts";
import { expanded, type Key, parseKey } from "./paths.ts";
import { pipelineError, shown } from "./pipeline-error.ts";
import { refuseSecondOperator } from "./second-operator.ts";
import {
  firstOperator,
  joined,
  type Operator,
  partOf,
  type StageWords,
  type Word,
  withoutPrefix,
} from "./stage-words.ts";
import { secondsOf } from "./timestamps.ts";
import { isTruthy } from "./truthy.ts";

export interface Condition {
  readonly key: Key;
  /** Turns the answer round, also where there is no value. */
  readonly isNegated: boolean;
  /** Whether each of several lists of values fits: the values at the key in each of several rows. One that fits is enough. */
  decide(lists: readonly (readonly OrderedJson[])[]): boolean[];
  /** The same of one value, before it is turned round; undefined where lists are decided together. */
  readonly fits: ValueTest | undefined;
}

type ValueTest = (value: OrderedJson) => boolean;

const KEY_PREFIXES = ["!==", "!=", "!?", "!", "?", "==", "="] as const;

/** Throws `pipeline_invalid`. */
export function readCondition({ words, place }: StageWords): Condition {
  const [first, ...others] = words;
  if (first === undefined) throw pipelineError(place, "a key is missing", 'write "F key = value", or "F key"');
  const { prefix, word } = withoutPrefix(first, KEY_PREFIXES);
  const found = firstOperator(word);
  if (found?.at === 0)
    throw pipelineError(partOf(word, 0, found.operator.length), `a key is missing in front of "${found.operator}"`);
  const key = parseKey(found ? partOf(word, 0, found.at) : word, exactnessOf(prefix));
  const isNegated = prefix.startsWith("!");
  const comparison = found ? comparisonIn(word, found, others) : readComparison(others);
  if (comparison === undefined) return truthyCondition(key, isNegated);
  if (prefix.endsWith("?")) {
    throw pipelineError(comparison.place, "a key with ? in front takes no value", "leave out the ?, or the value");
  }
  return conditionOf(key, comparison, isNegated);
}

/** Whether there is something at the key. */
export function truthyCondition(key: Key, isNegated: boolean): Condition {
  return { key, isNegated, ...decision(isTruthy, isNegated) };
}

function exactnessOf(prefix: string): Exactness {
  if (prefix.endsWith("==")) return "exact";
  return prefix.endsWith("=") ? "ignoring case" : "loose";
}

interface Comparison {
  readonly operator: Operator | "contains";
  readonly value: Word;
  readonly place: Word;
}

/** What stands behind the word with the key. */
function readComparison(words: readonly Word[]): Comparison | undefined {
  const [first] = words;
  if (first === undefined) return undefined;
  const found = firstOperator(first);
  if (found?.at === 0) return comparisonIn(first, found, words.slice(1));
  const value = joined(words);
  return { operator: "contains", value, place: value };
}

/** The comparison whose operator stands in `word`. The value is the rest of the stage. */
function comparisonIn(
  word: Word,
  found: NonNullable<ReturnType<typeof firstOperator>>,
  others: readonly Word[],
): Comparison {
  const { at, operator } = found;
  const end = at + operator.length;
  const parts = end < word.text.length ? [partOf(word, end), ...others] : others;
  const place = partOf(word, at, end);
  if (parts.length === 0)
    throw pipelineError(place, `a value is missing behind "${operator}"`, "write '' for the empty text");
  const value = joined(parts);
  refuseSecondOperator({ operator, place, value, isJoined: end < word.text.length });
  return { operator, value, place };
}

const VALUE_PREFIXES = ["!==", "!=", "!", "==", "="] as const;

function conditionOf(key: Key, { operator, value }: Comparison, isNegated: boolean): Condition {
  switch (operator) {
    case "~":
    case "!~": {
      const isTurned = isNegated !== (operator === "!~");
      return { key, isNegated: isTurned, fits: undefined, decide: patternDecision(value, isTurned) };
    }
    case "<":
    case ">":
    case "<=":
    case ">=":
      return { key, isNegated, ...decision(anItem(orderTest(operator, value.text)), isNegated) };
    default: {
      const { prefix, word } = withoutPrefix(value, VALUE_PREFIXES);
      if (prefix !== "" && word.text === "" && value.text === prefix) {
        throw pipelineError(value, `a value is missing behind "${prefix}"`, `to look for it, quote it: '${prefix}'`);
      }
      const isTurned = (isNegated !== (operator === "!=")) !== prefix.startsWith("!");
      const isExact = operator === "==" || prefix.endsWith("==");
      const isWhole = operator !== "contains" || prefix.endsWith("=");
      return { key, isNegated: isTurned, ...decision(anItem(textTest(word.text, { isWhole, isExact })), isTurned) };
    }
  }
}

function decision(fits: ValueTest, isNegated: boolean): Pick<Condition, "fits" | "decide"> {
  return { fits, decide: (lists) => lists.map((list) => list.some(fits) !== isNegated) };
}

/** Arrays fit when an item of theirs does. */
function anItem(test: ValueTest): ValueTest {
  return (value) => (Array.isArray(value) ? expanded(value).some(test) : test(value));
}

function textTest(text: string, { isWhole, isExact }: { isWhole: boolean; isExact: boolean }): ValueTest {
  const folded = text.toLowerCase();
  if (isExact) return (value) => plainText(value) === text || (typeof value === "boolean" && String(value) === folded);
  if (isWhole) {
    return (value) => {
      const found = plainText(value);
      return found === text || found.toLowerCase() === folded;
    };
  }
  return (value) => plainText(value).toLowerCase().includes(folded);
}

type Order = "<" | ">" | "<=" | ">=";

/** Numbers, also those that stand in texts, or else points in time; anything else has no order, and does not fit. */
function orderTest(operator: Order, text: string): ValueTest {
  const number = numberIn(text);
  if (number !== undefined) {
    return (value) => {
      const other = value instanceof JsonNumber ? value.text : typeof value === "string" ? numberIn(value) : undefined;
      return other !== undefined && isInOrder(compareNumbers(other, number), operator);
    };
  }
  const seconds = secondsOf(text);
  if (seconds === undefined) return () => false;
  return (value) => {
    const other = typeof value === "string" ? secondsOf(value) : undefined;
    return other !== undefined && isInOrder(other - seconds, operator);
  };
}

function isInOrder(difference: number, operator: Order): boolean {
  if (difference === 0) return operator.length === 2;
  return operator.startsWith("<") === difference < 0;
}

/** Patterns come from the user and texts from plugins: together they may take for ever. */
function patternDecision(pattern: Word, isNegated: boolean): Condition["decide"] {
  const regExp = readPattern(pattern);
  return (lists) => {
    const texts = lists.map((list) => expanded(list).map(plainText));
    let chars = 0;
    for (const list of texts) for (const text of list) chars += text.length;
    const ms = PIPELINE_PATTERN_MS_MAX + chars / PIPELINE_PATTERN_CHARS_PER_MS;
    try {
      return boundedWork(ms, () => texts.map((list) => list.some((text) => regExp.test(text)) !== isNegated));
    } catch {
      // Out of time, or out of stack.
      throw pipelineError(
        pattern,
        `the pattern ${shown(pattern)} takes too long on the data`,
        "make it simpler: avoid a repetition inside of a repetition",
      );
    }
  };
}

/** `(?i)` in front, as other programs have it, makes it ignore case. */
function readPattern(pattern: Word): RegExp {
  const inline = /^\(\?([ims]+)\)/.exec(pattern.text);
  const flags = new Set(`u${inline?.[1] ?? ""}`);
  try {
    return new RegExp(pattern.text.slice(inline?.[0].length ?? 0), [...flags].join(""));
  } catch (error) {
    const reason = (error as Error).message.replace(/^.*: (?=[^:]*$)/s, "");
    throw pipelineError(
      pattern,
      `${shown(pattern)} is no regular expression: ${reason}`,
      "quote it, because \\ has a meaning outside of '...'",
    );
  }
}
