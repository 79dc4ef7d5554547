// The words of one stage, each with its place in the pipeline's text, so that whatever is wrong can be pointed at. How
// words are cut further (operators, lists, prefixes) depends on the verb, which asks for it.

import { lineWords } from "../../base/line-words.ts";
import { type Place, pipelineError } from "./pipeline-error.ts";
import type { StageText } from "./verb.ts";

/** A word, or a part of one. The places are those in the pipeline's text, quotes included. */
export interface Word extends Place {
  /** Without quotes and backslashes. */
  readonly text: string;
  /** Of each character of `text`: whether it was quoted or escaped, and so has no meaning of its own. */
  readonly quoted: readonly boolean[];
  /** Of each character of `text`: where it stands. */
  readonly places: readonly number[];
}

export interface StageWords {
  readonly stage: StageText;
  /** The first word. */
  readonly verb: Word;
  /** The words behind the verb, cut at white space. */
  readonly words: readonly Word[];
  /** Everything behind the verb as it was typed, quotes included, without white space around it. */
  readonly rest: StageText & Place;
  /** Where the stage stands, for what is wrong with all of it. */
  readonly place: Place;
}

/** Throws `pipeline_invalid` for a quote that is not closed and for a backslash at the end. */
export function stageWords(stage: StageText): StageWords {
  const { tokens, problem } = lineWords(stage.text);
  if (problem !== undefined) {
    const at = stage.from + problem.at;
    const isQuote = problem.kind === "unclosed quote";
    throw pipelineError(
      { from: at, to: at + 1 },
      isQuote
        ? `the quote ${stage.text[problem.at]} is not closed`
        : "there is nothing behind the backslash at the end",
      isQuote ? "close it, or write \\ in front of it" : "write it twice to mean a backslash",
    );
  }
  const words = tokens.map((token): Word => {
    const { text, quoted, from, to } = token;
    const places = placesOf(stage.text.slice(from, to)).map((place) => stage.from + from + place);
    return { text, quoted, places, from: stage.from + from, to: stage.from + to };
  });
  const [verb, ...others] = words as [Word, ...Word[]];
  const behind = stage.text.slice(verb.to - stage.from);
  const text = behind.trim();
  const from = verb.to + behind.length - behind.trimStart().length;
  const rest = { text, from, to: from + text.length };
  return { stage, verb, words: others, rest, place: { from: verb.from, to: words.at(-1)!.to } };
}

/** Where the characters of a word stand in it, as it was typed. */
function placesOf(typed: string): number[] {
  const places: number[] = [];
  let quote: string | undefined;
  for (let at = 0; at < typed.length; at++) {
    const char = typed[at]!;
    if (char === quote) quote = undefined;
    else if (quote === undefined && (char === "'" || char === '"')) quote = char;
    else places.push(char === "\\" && quote !== "'" ? ++at : at);
  }
  return places;
}

/** The characters `from` to `to` of a word, as a word of its own. */
export function partOf(word: Word, from: number, to = word.text.length): Word {
  const places = word.places.slice(from, to);
  const first = from === 0 ? word.from : (places[0] ?? word.to);
  return {
    text: word.text.slice(from, to),
    quoted: word.quoted.slice(from, to),
    places,
    from: first,
    to: to === word.text.length ? word.to : places.length === 0 ? first : places.at(-1)! + 1,
  };
}

/** The words as one, with single spaces between them; there has to be one. */
export function joined(words: readonly Word[]): Word {
  const places: number[] = [];
  const quoted: boolean[] = [];
  for (const [index, word] of words.entries()) {
    if (index > 0) {
      places.push(words[index - 1]!.to);
      quoted.push(true);
    }
    for (const place of word.places) places.push(place);
    for (const isQuoted of word.quoted) quoted.push(isQuoted);
  }
  const text = words.map((word) => word.text).join(" ");
  return { text, quoted, places, from: words[0]!.from, to: words.at(-1)!.to };
}

const OPERATORS = ["<=", ">=", "==", "!=", "!~", "<", ">", "=", "~"] as const;
export type Operator = (typeof OPERATORS)[number];

/** The first operator in the word that is not quoted, and where in the word's text it stands. */
export function firstOperator(word: Word): { readonly at: number; readonly operator: Operator } | undefined {
  for (let at = 0; at < word.text.length; at++) {
    const operator = OPERATORS.find((one) => isBare(word, at, one));
    if (operator !== undefined) return { at, operator };
  }
  return undefined;
}

/** The words, cut at commas that are not quoted. Nothing between two commas is nothing. */
export function listItems(words: readonly Word[]): Word[] {
  return words.flatMap((word) => {
    if (word.text === "") return [word];
    const items: Word[] = [];
    let begun = 0;
    for (let at = 0; at <= word.text.length; at++) {
      if (at < word.text.length && !isBare(word, at, ",")) continue;
      if (at > begun) items.push(partOf(word, begun, at));
      begun = at + 1;
    }
    return items;
  });
}

/**
 * Takes the first of `prefixes` that the word begins with, unquoted, off it; write longer ones first. Without one, `prefix`
 * is empty and the word the same.
 */
export function withoutPrefix<P extends string>(word: Word, prefixes: readonly P[]): { prefix: P | ""; word: Word } {
  const prefix = prefixes.find((one) => isBare(word, 0, one));
  if (prefix === undefined) return { prefix: "", word };
  return { prefix, word: partOf(word, prefix.length) };
}

/** Whether `text` stands at `at`, without quotes. */
function isBare(word: Word, at: number, text: string): boolean {
  if (!word.text.startsWith(text, at)) return false;
  return !word.quoted.slice(at, at + text.length).includes(true);
}

/** Whether the word is this one, in any case and without quotes: `AS`, a cast. */
export function isKeyword(word: Word, keyword: string): boolean {
  return word.text.toUpperCase() === keyword.toUpperCase() && !word.quoted.includes(true);
}
