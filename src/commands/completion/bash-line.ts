// A line of bash up to the cursor, read as bash and readline read it: which words it has, which part of the last one a
// completion replaces, and how that part is quoted. Nothing is expanded; what would be is taken as it stands.

export interface BashLine {
  /** The words of the command at the cursor, its name first; where redirections lead is left out. */
  readonly words: readonly string[];
  readonly current: BashWord;
  /** The current word is where a redirection leads. */
  readonly isTarget: boolean;
}

export interface BashWord {
  /** Without quotes. */
  readonly text: string;
  /** How much of the text stands in front of what readline replaces. */
  readonly keptChars: number;
  /** The quote that is open at the cursor. `$'`: one in which backslashes mean much more. */
  readonly quote: "" | "'" | '"' | "$'";
  /** It begins with a `~` that bash turns into a folder. */
  readonly isHome: boolean;
}

/** @param wordBreaks the characters of COMP_WORDBREAKS: behind one of these that is not quoted, readline begins anew. */
export function bashLine(line: string, wordBreaks: string): BashLine {
  const reader = new Reader(line, wordBreaks);
  reader.readAll();
  return reader.result();
}

const SPACES = " \t\n";
/** Between commands. */
const ENDS = ";&|()";
const OPERATOR_CHARS_MAX = 4;

class Reader {
  private readonly line: string;
  private readonly breaks: ReadonlySet<string>;
  private words: string[] = [];
  private text = "";
  private keptChars = 0;
  private isWord = false;
  private isHome = false;
  private isTarget = false;
  private quote: BashWord["quote"] = "";

  constructor(line: string, wordBreaks: string) {
    this.line = line;
    this.breaks = new Set([...wordBreaks].filter((char) => !`${SPACES}"'`.includes(char)));
  }

  readAll(): void {
    for (let at = 0; at < this.line.length; ) at = this.quote === "" ? this.readBare(at) : this.readQuoted(at);
  }

  result(): BashLine {
    const { words, text, keptChars, quote, isHome, isTarget } = this;
    return { words, current: { text, keptChars, quote, isHome }, isTarget };
  }

  /** Reads one thing outside of quotes; gives the place behind it. */
  private readBare(at: number): number {
    const char = this.line[at]!;
    if (SPACES.includes(char)) {
      if (this.isWord) this.endWord();
      return at + 1;
    }
    if (this.line.startsWith("$(", at) || char === "`") return this.readCommand(at);
    const redirection = /^(?:&>>?|[<>]+[&|]?)/.exec(this.line.slice(at, at + OPERATOR_CHARS_MAX))?.[0];
    if (redirection !== undefined) {
      // A number in front of it is a descriptor and no word.
      if (this.isWord && !/^\d+$/.test(this.text)) this.endWord();
      this.newWord();
      this.isTarget = true;
      return at + redirection.length;
    }
    if (ENDS.includes(char)) {
      this.newCommand();
      return at + 1;
    }
    if (this.line.startsWith("$'", at)) return this.open("$'", at + 2);
    if (char === "'" || char === '"') return this.open(char, at + 1);
    if (char === "\\") {
      this.add(this.line[at + 1] === "\n" ? "" : (this.line[at + 1] ?? ""));
      return at + 2;
    }
    if (char === "~" && !this.isWord) this.isHome = true;
    this.add(char);
    if (this.breaks.has(char)) this.keptChars = this.text.length;
    return at + 1;
  }

  private readQuoted(at: number): number {
    const char = this.line[at]!;
    if (char === this.quote.at(-1)) {
      this.quote = "";
      this.keptChars = this.breakBefore;
      return at + 1;
    }
    const next = this.line[at + 1];
    const escapes = this.quote === "$'" || (this.quote === '"' && next !== undefined && '"$`\\'.includes(next));
    if (char !== "\\" || !escapes) this.add(char);
    else this.add(next ?? "");
    return char === "\\" && escapes ? at + 2 : at + 1;
  }

  /** Where readline's part began before the quote that is open now. */
  private breakBefore = 0;

  private open(quote: BashWord["quote"], behind: number): number {
    this.quote = quote;
    this.isWord = true;
    this.breakBefore = this.keptChars;
    this.keptChars = this.text.length;
    return behind;
  }

  /** `$(...)` or the like: a part of the word where it is closed, and otherwise where the cursor is. */
  private readCommand(at: number): number {
    const end = this.line[at] === "`" ? this.line.indexOf("`", at + 1) : closing(this.line, at + 1);
    if (end === -1) {
      this.newCommand();
      return this.line[at] === "`" ? at + 1 : at + 2;
    }
    for (const char of this.line.slice(at, end + 1)) this.add(char);
    return end + 1;
  }

  private add(text: string): void {
    this.text += text;
    this.isWord = true;
  }

  private endWord(): void {
    const isAssignment = this.words.length === 0 && /^[A-Za-z_]\w*\+?=/.test(this.text);
    if (!this.isTarget && !isAssignment) this.words.push(this.text);
    this.newWord();
  }

  private newWord(): void {
    this.text = "";
    this.keptChars = 0;
    this.isWord = false;
    this.isHome = false;
    this.isTarget = false;
  }

  private newCommand(): void {
    this.words = [];
    this.newWord();
  }
}

/** The place of the bracket that closes the one at `open`; -1 where there is none. */
function closing(line: string, open: number): number {
  let depth = 0;
  for (let at = open; at < line.length; at++) {
    if (line[at] === "\\") at++;
    else if (line[at] === "(") depth++;
    else if (line[at] === ")" && --depth === 0) return at;
  }
  return -1;
}

/**
 * A text as bash takes it literally, in the quotes that are open; undefined where that cannot be done. The closing quote is
 * left out.
 */
export function bashQuoted(text: string, { quote, isHome, keptChars }: BashWord): string | undefined {
  if (quote === "$'") return undefined;
  if (quote === "'") return text.replaceAll("'", "'\\''");
  // A "!" calls the history also in double quotes, and a backslash there stays.
  if (quote === '"') return text.replace(/[\\"$`]/g, "\\$&").replaceAll("!", `"'!'"`);
  const home = isHome && keptChars === 0 && text.startsWith("~/") ? "~/" : "";
  return home + text.slice(home.length).replace(/[^\w./:=@%+,\u00a0-\u{10ffff}-]/gu, "\\$&");
}
