// What a quick search looks for, and whether a row has it.

import type { OrderedJson } from "../../base/ordered-json.ts";
import { HostError } from "../../protocol/errors.ts";
import { PIPELINE_FUZZY_CHARS_MAX } from "../../protocol/limits.ts";
import { plainText, type Row } from "../rows.ts";
import { isFuzzyMatch } from "./fuzzy.ts";
import { isStructural, parseKey, type Step, valuesAtSteps } from "./paths.ts";
import { pipelineError } from "./pipeline-error.ts";
import { joined, type Word, withoutPrefix } from "./stage-words.ts";

export interface SearchPlaces {
  readonly keys: boolean;
  readonly values: boolean;
}

export type Search = { readonly kind: "text"; readonly text: TextSearch } | KeySearch;

/** Whether a key has content. */
interface KeySearch {
  readonly kind: "key";
  readonly word: Word;
  readonly isInverted: boolean;
}

export interface TextSearch {
  readonly isInverted: boolean;
  /** Whether it is found in a row, before it is inverted. */
  finds(row: Row): boolean;
  /** The same of a name and of a text, where they are searched at all. */
  fitsKey(name: string): boolean;
  fitsValue(text: string): boolean;
}

const PREFIXES = ["!==", "!=", "!?", "!%", "!", "==", "=", "?", "%"] as const;
const FUZZY_CHARS_MIN = 3;

/** The words are the whole text; there has to be one. Throws `pipeline_invalid`. */
export function readSearch(words: readonly Word[], places: SearchPlaces): Search {
  const [first, ...others] = words as [Word, ...Word[]];
  const { prefix, word } = withoutPrefix(first, PREFIXES);
  const isAlone = prefix !== "" && word.from === word.to && others.length > 0;
  const text = joined(isAlone ? others : [word, ...others]);
  if (text.text === "") {
    throw pipelineError(
      first,
      "a text to search for is missing",
      prefix === "" ? undefined : `to search for it, quote it: '${prefix}'`,
    );
  }
  const isInverted = prefix.startsWith("!");
  const mark = prefix.slice(isInverted ? 1 : 0);
  if (mark === "?") return { kind: "key", word: text, isInverted };
  if (mark === "%") checkFuzzy(text);
  const fits = fitter(text.text, mark);
  const fitsKey = places.keys ? fits : () => false;
  const fitsValue = places.values ? fits : () => false;
  // "K != x" asks whether there is another key than x.
  if (places.keys && !places.values && isInverted && mark.startsWith("=")) {
    return {
      kind: "text",
      text: { isInverted: false, fitsKey, fitsValue, finds: (row) => hasOtherKey(row, fits, false) },
    };
  }
  const steps = places.keys && mark === "" && words.length === 1 ? stepsIn(text) : undefined;
  const finds = (row: Row) =>
    (steps !== undefined && leadsSomewhere(row, steps)) || isInLeaves(row, fitsKey, fitsValue, false);
  return { kind: "text", text: { isInverted, finds, fitsKey, fitsValue } };
}

function checkFuzzy(text: Word): void {
  const { prefix } = withoutPrefix(text, ["=", "?", "%", "!"]);
  if (prefix !== "") throw pipelineError(text, `% and ${prefix} do not go together`);
  if (isStructural(text)) throw pipelineError(text, "% does not go with a path", "quote the text");
  const { length } = [...text.text];
  if (length < FUZZY_CHARS_MIN) {
    throw pipelineError(text, `a text behind % has at least ${FUZZY_CHARS_MIN} characters`, "leave out the %");
  }
  if (length <= PIPELINE_FUZZY_CHARS_MAX) return;
  const message = `a text behind % has at most ${PIPELINE_FUZZY_CHARS_MAX} characters`;
  throw pipelineError(text, message, "leave out the %, or search for a part of it");
}

function fitter(text: string, mark: string): (found: string) => boolean {
  const folded = text.toLowerCase();
  if (mark === "==") return (found) => found === text;
  if (mark === "=") return (found) => found.toLowerCase() === folded;
  if (mark === "%") return (found) => isFuzzyMatch(found.toLowerCase(), folded);
  return (found) => found.toLowerCase().includes(folded);
}

/** The path that the text may be; most texts with dots in them are none. */
function stepsIn(word: Word): readonly Step[] | undefined {
  if (!isStructural(word)) return undefined;
  try {
    const key = parseKey(word);
    return key.kind === "path" ? key.steps : undefined;
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

/** From the top of the row, or below some member: then names may be left out, and case does not count. */
function leadsSomewhere(row: Row, steps: readonly Step[]): boolean {
  if (steps.length > 0 && valuesAtSteps(row, steps).length > 0) return true;
  const names = steps.flatMap((step) => (step.kind === "name" ? [step.name.toLowerCase()] : []));
  return names.length > 0 && hasNamesInOrder(row, names);
}

function hasNamesInOrder(value: OrderedJson, names: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((item) => hasNamesInOrder(item, names));
  if (!(value instanceof Map)) return names.length === 0;
  for (const [name, member] of value) {
    const isNext = name.toLowerCase() === names[0];
    if (hasNamesInOrder(member, isNext ? names.slice(1) : names)) return true;
  }
  return false;
}

type Fits = (text: string) => boolean;

function isInLeaves(value: OrderedJson, fitsKey: Fits, fitsValue: Fits, isFound: boolean): boolean {
  if (value instanceof Map) {
    for (const [name, member] of value) {
      if (isInLeaves(member, fitsKey, fitsValue, isFound || fitsKey(name))) return true;
    }
    return false;
  }
  if (Array.isArray(value)) return value.some((item) => isInLeaves(item, fitsKey, fitsValue, isFound));
  return isFound || fitsValue(plainText(value));
}

function hasOtherKey(value: OrderedJson, fits: Fits, isFound: boolean): boolean {
  if (Array.isArray(value)) return value.some((item) => hasOtherKey(item, fits, isFound));
  if (!(value instanceof Map)) return !isFound;
  for (const [name, member] of value) if (hasOtherKey(member, fits, isFound || fits(name))) return true;
  return false;
}
