// Takes what was typed or pasted apart into command lines, and a command line into words and the stages behind them.

import { lineWords } from "../../base/line-words.ts";
import { HostError } from "../../protocol/errors.ts";
import { REPL_LINE_CHARS_MAX } from "../../protocol/limits.ts";
import { brokenLine } from "../broken-line.ts";

/** One command, as the rest of the program takes it. */
export interface CommandLine {
  readonly words: readonly string[];
  /** Everything behind the first `|`; undefined where there is none. */
  readonly pipeline: string | undefined;
}

/**
 * The lines of a text, each a command of its own, without blank ones and comments. A line goes on where a quote is open,
 * where it ends in a backslash or a `|`, and where the next one begins with a `|`.
 */
export function commandLines(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  let quote: string | undefined;
  /** Of the line so far, the first and the last character that are no white space. */
  let first = "";
  let last = "";
  const add = (piece: string) => {
    line += piece;
    if (piece.trim() === "") return;
    first ||= piece[0]!;
    last = piece.at(-1)!;
  };
  const end = () => {
    if (first !== "" && first !== "#") lines.push(line.trim());
    line = first = last = "";
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\" && quote !== "'") {
      const next = text[++at] ?? "";
      if (next !== "\n") add(char + next);
      else if (quote === undefined) add(" ");
    } else if (char === quote) {
      quote = undefined;
      add(char);
    } else if (quote === undefined && (char === "\n" || char === "\r")) {
      if (last === "|" || BAR_AHEAD.test(text.slice(at, at + AHEAD_CHARS_MAX))) add(" ");
      else end();
    } else {
      // In a comment, an apostrophe is no quote.
      if (quote === undefined && first !== "#" && (char === "'" || char === '"')) quote = char;
      add(char);
    }
  }
  end();
  return lines;
}

const BAR_AHEAD = /^\s*\|/;
/** How much white space may stand in front of a `|` on the next line. */
const AHEAD_CHARS_MAX = 200;

/** The line's words and stages; there may be stages alone. Throws `usage_invalid` for a line that is too long or not whole. */
export function readCommandLine(line: string): CommandLine {
  if (line.length > REPL_LINE_CHARS_MAX) {
    throw new HostError("usage_invalid", `the line has more than ${REPL_LINE_CHARS_MAX} characters`, {
      hint: "keep large values in a file",
    });
  }
  const { tokens, problem } = lineWords(line);
  if (problem !== undefined) throw brokenLine(line, problem);
  const bar = tokens.find(({ kind }) => kind === "bar");
  const words = tokens.slice(0, bar === undefined ? undefined : tokens.indexOf(bar)).map(({ text }) => text);
  return { words, pipeline: bar === undefined ? undefined : line.slice(bar.to) };
}
