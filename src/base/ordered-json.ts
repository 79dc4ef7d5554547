// Reads and writes JSON without losing anything that JavaScript's own objects and numbers would lose: numbers keep
// their source text (64-bit ids, `1.0`, `1e3`), object members keep their order whatever their names are.
// Accepts exactly what JSON.parse accepts, plus a leading byte order mark, up to a depth and a number of values; a
// property test holds the two together.

import { JSON_DEPTH_MAX, JSON_VALUES_MAX } from "../protocol/limits.ts";

/** A number as it was written. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Objects are maps, so that `"2"` may come before `"1"` and `__proto__` is a name like any other. */
export type JsonObject = Map<string, OrderedJson>;
export type OrderedJson = null | boolean | string | JsonNumber | OrderedJson[] | JsonObject;

/** `empty`: no document at all; `trailing`: a second document or other text follows; `depth`: nested too deeply; `size`: too many
 * values. */
export type JsonProblem = "syntax" | "empty" | "trailing" | "depth" | "size";

/** Says what is wrong and where; line and column count from 1, columns in characters. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
  readonly problem: JsonProblem;
  readonly line: number;
  readonly column: number;

  constructor(problem: JsonProblem, what: string, line: number, column: number) {
    super(`${what} (line ${line}, column ${column})`);
    this.problem = problem;
    this.line = line;
    this.column = column;
  }
}

/** Reads one JSON document that fills the whole text. Throws `JsonSyntaxError`, also for more than `valuesMax` values. */
export function parseOrderedJson(text: string, { valuesMax = JSON_VALUES_MAX } = {}): OrderedJson {
  return new Reader(text, valuesMax).document();
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const ARRAY_START = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT_START = 0x7b;
const OBJECT_END = 0x7d;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const LARGE_CHARS = 16_384;
const SHORT_CHARS_MAX = 24;
/** A power of two. */
const SLOTS = 1024;
const ESCAPES = '"\\/bfnrt';

class Reader {
  readonly text: string;
  at = 0;
  depth = 0;
  values = 0;
  readonly valuesMax: number;
  /** Short texts and numbers that came before; of a small document they are not worth looking for. */
  readonly texts: (string | undefined)[] | undefined;
  readonly numbers: (JsonNumber | undefined)[] = [];

  constructor(text: string, valuesMax: number) {
    this.text = text;
    this.valuesMax = valuesMax;
    if (text.length < LARGE_CHARS) return;
    this.texts = new Array(SLOTS);
    this.numbers = new Array(SLOTS);
  }

  document(): OrderedJson {
    if (this.text.charCodeAt(0) === 0xfeff) this.at = 1;
    if (Number.isNaN(this.next())) throw this.error("empty", "there is no JSON document, the text is empty");
    const value = this.value();
    const follows = this.next();
    if (Number.isNaN(follows)) return value;
    const isDocument = follows === OBJECT_START || follows === ARRAY_START;
    throw this.error("trailing", isDocument ? "a second JSON document follows" : "more text follows the JSON document");
  }

  /** Recursion is bounded by the depth limit, which leaves most of the stack unused. */
  value(): OrderedJson {
    const code = this.next();
    if (++this.values > this.valuesMax) throw this.error("size", `more than ${this.valuesMax} values`);
    switch (code) {
      case OBJECT_START:
        return this.object();
      case ARRAY_START:
        return this.array();
      case QUOTE:
        return this.string();
      case 0x74:
        return this.word("true", true);
      case 0x66:
        return this.word("false", false);
      case 0x6e:
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  object(): JsonObject {
    this.open();
    const members: JsonObject = new Map();
    if (this.next() === OBJECT_END) return this.close(members);
    while (true) {
      if (this.next() !== QUOTE) throw this.unexpected("a member name in double quotes");
      const name = this.string();
      if (this.next() !== COLON) throw this.unexpected('":" after a member name');
      this.at++;
      members.set(name, this.value());
      const code = this.next();
      if (code === OBJECT_END) return this.close(members);
      if (code !== COMMA) throw this.unexpected('"," or "}" in an object');
      this.at++;
    }
  }

  array(): OrderedJson[] {
    this.open();
    const items: OrderedJson[] = [];
    if (this.next() === ARRAY_END) return this.close(items);
    while (true) {
      items.push(this.value());
      const code = this.next();
      if (code === ARRAY_END) return this.close(items);
      if (code !== COMMA) throw this.unexpected('"," or "]" in an array');
      this.at++;
    }
  }

  open(): void {
    if (this.depth === JSON_DEPTH_MAX) throw this.error("depth", `nested deeper than ${JSON_DEPTH_MAX} levels`);
    this.depth++;
    this.at++;
  }

  close<T>(value: T): T {
    this.depth--;
    this.at++;
    return value;
  }

  string(): string {
    const { text } = this;
    const start = this.at + 1;
    let at = start;
    let isPlain = true;
    while (true) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        isPlain = false;
        at++;
      } else if (!(code >= 0x20)) {
        this.at = at;
        throw Number.isNaN(code) || at >= text.length
          ? this.error("syntax", "the document ends inside a string")
          : this.error("syntax", `a control character (${hex(code)}) inside a string must be escaped`);
      }
      at++;
    }
    this.at = at + 1;
    return isPlain ? this.slice(start, at) : this.unescape(start, at);
  }

  /** Short texts are kept once as far as they come again, which names of members do in every row. */
  slice(start: number, end: number): string {
    const { text } = this;
    const length = end - start;
    if (this.texts === undefined || length > SHORT_CHARS_MAX || length === 0) return text.slice(start, end);
    const slot = slotOf(text, start, length);
    const known = this.texts[slot];
    if (known !== undefined && known.length === length && text.startsWith(known, start)) return known;
    const short = text.slice(start, end);
    this.texts[slot] = short;
    return short;
  }

  unescape(start: number, end: number): string {
    try {
      return JSON.parse(this.text.slice(start - 1, end + 1)) as string;
    } catch {
      throw this.escapeError(start, end);
    }
  }

  /** The first escape of a string that is none. */
  escapeError(start: number, end: number): JsonSyntaxError {
    const { text } = this;
    let slash = text.indexOf("\\", start);
    while (slash !== -1 && slash < end) {
      const letter = text[slash + 1]!;
      const isKnown = ESCAPES.includes(letter);
      this.at = slash;
      if (!isKnown && letter !== "u") return this.error("syntax", `"\\${letter}" is not an escape that JSON knows`);
      if (!isKnown && !/^[0-9a-fA-F]{4}$/.test(text.slice(slash + 2, slash + 6))) {
        return this.error("syntax", '"\\u" needs four hexadecimal digits');
      }
      slash = text.indexOf("\\", slash + (isKnown ? 2 : 6));
    }
    return this.error("syntax", "a string is not valid");
  }

  number(): JsonNumber {
    const start = this.at;
    NUMBER.lastIndex = start;
    if (!NUMBER.test(this.text)) throw this.unexpected("a value");
    this.at = NUMBER.lastIndex;
    // What JSON.parse refuses right after a number (`01`, `1.`, `2x`) is a broken number, not a second document.
    const code = this.text.charCodeAt(this.at);
    if (isNumberTail(code)) throw this.unexpected("the end of a number");
    const digits = this.slice(start, this.at);
    if (this.texts === undefined || digits.length > SHORT_CHARS_MAX) return new JsonNumber(digits);
    const slot = slotOf(digits, 0, digits.length);
    const known = this.numbers[slot];
    if (known?.text === digits) return known;
    const number = new JsonNumber(digits);
    this.numbers[slot] = number;
    return number;
  }

  word<T>(word: string, value: T): T {
    WORD.lastIndex = this.at;
    if (WORD.exec(this.text)?.[0] !== word) throw this.unexpected("a value");
    this.at += word.length;
    return value;
  }

  /** Skips white space and gives the code of the next character, NaN at the end. */
  next(): number {
    while (true) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.at++;
    }
  }

  unexpected(wanted: string): JsonSyntaxError {
    const code = this.text.codePointAt(this.at);
    if (code === undefined) return this.error("syntax", `the document ends where ${wanted} should be`);
    const char = String.fromCodePoint(code);
    const found = /[\p{C}\p{Z}]/u.test(char) ? hex(code) : `"${char}"`;
    return this.error("syntax", `found ${found} where ${wanted} should be`);
  }

  /** Counts in place: a copy of what stands before the error would cost many times the text. */
  error(problem: JsonProblem, what: string): JsonSyntaxError {
    const { text, at } = this;
    const first = text.charCodeAt(0) === 0xfeff ? 1 : 0;
    let line = 1;
    let column = 1;
    for (let i = first; i < at; i++) {
      const code = text.charCodeAt(i);
      if (code === 0x0a) {
        line++;
        column = 1;
      } else if (!isSecondHalf(code) || !isFirstHalf(text.charCodeAt(i - 1))) column++;
    }
    return new JsonSyntaxError(problem, what, line, column);
  }
}

/** A place for a text among those that came before; two texts may have the same. */
function slotOf(text: string, start: number, length: number): number {
  const middle = text.charCodeAt(start + (length >> 1));
  const end = text.charCodeAt(start + length - 1) * 31 + text.charCodeAt(start + ((length * 3) >> 2)) * 7;
  return (text.charCodeAt(start) * 131 + middle * 17 + end + length) & (SLOTS - 1);
}

/** Of the two halves that a character beyond U+FFFF is made of. */
function isFirstHalf(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isSecondHalf(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

function isNumberTail(code: number): boolean {
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  return isLetter || (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2b || code === 0x2d;
}

function hex(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * Writes a value as JSON text: on one line, or over several with `indent` spaces a level. Numbers leave as they came.
 * DEL, the C1 controls and those of the writing direction are escaped, because a terminal would take them as orders.
 */
export function formatOrderedJson(value: OrderedJson, indent = 0): string {
  return indent > 0 ? write(value, " ".repeat(indent), "\n") : write(value, "", "");
}

/** @param lineBreak a line break and the indentation of the line that the value stands on; empty for the short form. */
function write(value: OrderedJson, step: string, lineBreak: string): string {
  if (typeof value === "string") return quote(value);
  if (value instanceof JsonNumber) return value.text;
  if (value === null || typeof value === "boolean") return String(value);
  const inner = lineBreak + step;
  let members = "";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    for (const item of value) members += `${members === "" ? "" : ","}${inner}${write(item, step, inner)}`;
    return `[${members}${lineBreak}]`;
  }
  if (value.size === 0) return "{}";
  const colon = step === "" ? ":" : ": ";
  for (const [name, member] of value) {
    members += `${members === "" ? "" : ","}${inner}${quote(name)}${colon}${write(member, step, inner)}`;
  }
  return `{${members}${lineBreak}}`;
}

function quote(text: string): string {
  if (!/["\\\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * The value as plain JavaScript, for schemas. Numbers become doubles, so this is for small, known members only.
 * Objects have no prototype: a member called `__proto__` stays a member.
 */
export function toPlain(value: OrderedJson): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof JsonNumber) return Number(value.text);
  if (!(value instanceof Map)) return value;
  const plain: Record<string, unknown> = Object.create(null);
  for (const [name, member] of value) plain[name] = toPlain(member);
  return plain;
}
