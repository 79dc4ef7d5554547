// Takes a typed line apart into words, as the interactive shell, aliases and pipelines read it. There is no shell behind
// it: quotes hold words together, and nothing is ever expanded.
//
//   'text'    as it is
//   "text"    as it is, but \x is x
//   \x        x
//   |         between words, ends a stage of a pipeline

/** A word of a line, or the `|` between two stages. */
export interface LineToken {
  readonly kind: "word" | "bar";
  /** Without quotes and backslashes. */
  readonly text: string;
  /** Of each character of `text`, whether it was quoted or escaped: such a character never has a meaning of its own. */
  readonly quoted: readonly boolean[];
  /** Where it stands in the line, quotes included: the first character, and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

interface LineProblem {
  readonly kind: "unclosed quote" | "nothing escaped";
  /** Where the quote or backslash stands. */
  readonly at: number;
}

export interface LineWords {
  readonly tokens: readonly LineToken[];
  /** The line is not whole: a quote is open, or it ends in a backslash. The last token then holds what there is. */
  readonly problem: LineProblem | undefined;
}

/** Never throws; a line that is not whole is taken apart as far as it goes. */
export function lineWords(line: string): LineWords {
  const tokens: LineToken[] = [];
  let problem: LineProblem | undefined;
  let at = 0;
  while (at < line.length) {
    const char = line[at]!;
    if (isSpace(char)) at++;
    else if (char === "|") tokens.push({ kind: "bar", text: "|", quoted: [false], from: at, to: ++at });
    else {
      const word = readWord(line, at);
      tokens.push(word.token);
      problem = word.problem;
      at = word.token.to;
    }
  }
  return { tokens, problem };
}

function readWord(line: string, from: number): { token: LineToken; problem: LineProblem | undefined } {
  const chars: string[] = [];
  const quoted: boolean[] = [];
  let quote: string | undefined;
  let opened = from;
  let problem: LineProblem | undefined;
  const add = (char: string, isQuoted: boolean) => {
    chars.push(char);
    quoted.push(isQuoted);
  };
  let at = from;
  for (; at < line.length; at++) {
    const char = line[at]!;
    if (quote === undefined && (isSpace(char) || char === "|")) break;
    if (char === quote) quote = undefined;
    else if (quote === undefined && (char === "'" || char === '"')) {
      quote = char;
      opened = at;
    } else if (char === "\\" && quote !== "'") {
      if (at + 1 === line.length) problem = { kind: "nothing escaped", at };
      else add(line[++at]!, true);
    } else add(char, quote !== undefined);
  }
  if (quote !== undefined) problem = { kind: "unclosed quote", at: opened };
  return { token: { kind: "word", text: chars.join(""), quoted, from, to: at }, problem };
}

function isSpace(char: string): boolean {
  return char === " " || char === "\t" || char === "\n" || char === "\r";
}

/** The text as one word of a line: as it is where that means the same, else in quotes. */
export function lineWord(text: string): string {
  return text !== "" && !/[\s'"\\|]/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
