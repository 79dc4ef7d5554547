// Where a command line ends and the stages of a pipeline begin. A shell takes a line apart before we see it, so that a `|`
// for us comes as a word of its own, or within one argument that is a whole line.

import { lineWord, lineWords } from "../base/line-words.ts";
import { brokenLine } from "./broken-line.ts";
import { type Flags, flagToken, takeFlag } from "./flags.ts";

interface StagedLine {
  readonly words: readonly string[];
  /** Everything behind the first bar; undefined when there is none. */
  readonly pipeline: string | undefined;
}

/** Splits at each `|` before `--`. Flags of the host at the end of the last stage are the line's, and are taken out. */
export function splitTokens(flags: Flags, tokens: readonly string[]): StagedLine {
  const end = tokens.indexOf("--");
  const bars = tokens.flatMap((token, at) => (token === "|" && (end === -1 || at < end) ? [at] : []));
  if (bars.length === 0) return { words: tokens, pipeline: undefined };
  const stages = bars.map((bar, index) => tokens.slice(bar + 1, bars[index + 1]));
  const last = stages.at(-1)!;
  const taken = last.splice(flagsBegin(last));
  takeAll(flags, taken);
  return { words: tokens.slice(0, bars[0]), pipeline: stages.map(stageText).join(" | ") };
}

/** Splits a line that came as one text. Throws `usage_invalid` when its command is not whole. */
export function splitText(flags: Flags, text: string): StagedLine {
  const { tokens, problem } = lineWords(text);
  const bar = tokens.findIndex(({ kind }) => kind === "bar");
  const command = bar === -1 ? tokens : tokens.slice(0, bar);
  const commandEnd = bar === -1 ? text.length : tokens[bar]!.from;
  if (problem !== undefined && problem.at < commandEnd) throw brokenLine(text, problem);
  const pipeline = bar === -1 ? undefined : withoutFlags(flags, text.slice(tokens[bar]!.to));
  return { words: command.map((word) => word.text), pipeline };
}

/** The stages without the host's flags at their end, which are taken into account. */
export function withoutFlags(flags: Flags, pipeline: string): string {
  const { tokens, problem } = lineWords(pipeline);
  if (problem !== undefined) return pipeline; // Whoever reads the stages says what is wrong, and where.
  const lastBar = tokens.findLastIndex(({ kind }) => kind === "bar");
  const last = tokens.slice(lastBar + 1);
  // In quotes it is a text to look for.
  const texts = last.map(({ text, quoted }) => (quoted.includes(true) && text.startsWith("-") ? "" : text));
  const begin = flagsBegin(texts);
  if (begin === last.length) return pipeline;
  takeAll(flags, texts.slice(begin));
  return pipeline.slice(0, last[begin]!.from).trimEnd();
}

/** Where the flags begin that everything up to the end of the stage is. */
function flagsBegin(tokens: readonly string[]): number {
  let begin: number | undefined;
  for (let at = 0; at < tokens.length; at++) {
    const found = flagToken(tokens[at]!);
    if (found === undefined || found.spec.where !== "anywhere" || found.name === "--help" || found.name === "-h") {
      begin = undefined;
      continue;
    }
    begin ??= at;
    if (found.takesNext) at++;
  }
  return begin ?? tokens.length;
}

function takeAll(flags: Flags, tokens: readonly string[]): void {
  for (let at = 0; at < tokens.length; at++) {
    const found = flagToken(tokens[at]!)!;
    takeFlag(flags, found, tokens[at + 1]);
    if (found.takesNext) at++;
  }
}

/** One word alone is the stage as it is; several were taken apart by a shell, and are put together again. */
function stageText(tokens: readonly string[]): string {
  const [verb = "", rest = ""] = tokens;
  if (tokens.length === 1) return wholeJq(verb) ?? verb;
  return tokens.length === 2 && isRest(rest) ? `${verb} ${rest}` : tokens.map(stageWord).join(" ");
}

/** A word that is a jq expression behind its verb: the bars in it are jq's, and so it is put in quotes. */
function wholeJq(word: string): string | undefined {
  const expression = /^\s*JQ\s+([\s\S]*)$/i.exec(word)?.[1];
  if (expression === undefined || !lineWords(expression).tokens.some(({ kind }) => kind === "bar")) return undefined;
  return `JQ ${lineWord(expression)}`;
}

/** Whether one word is all that stands behind a verb: `F 'floor > 2'`, `P 'host, floor'`. */
function isRest(word: string): boolean {
  if (!/[<>=~,]/.test(word) || !/\s/.test(word)) return false;
  const { tokens, problem } = lineWords(word);
  return problem === undefined && tokens.every(({ kind }) => kind === "word");
}

/** In quotes, a backslash would keep the operators beside it from being such: `name~web\d`. */
function stageWord(token: string): string {
  return /[\s'"|]/.test(token) ? lineWord(token) : token === "" ? "''" : token.replaceAll("\\", "\\\\");
}
