// Takes the values of what is called a credential out of a text that is going to be kept: members of JSON, headers, form
// fields, parameters of addresses. The text is scanned, not parsed: it may be cut, be no JSON at all, or hold JSON inside
// a text of JSON. One pass, whatever the text.

const MARK = "[redacted]";

/** Where a name may be that is one of a credential; whether it is, is decided once all of it is known. */
const HINT =
  /auth|cookie|passw|passphrase|secret|token|api.?key|access.?key|private.?key|credential|bearer|:\/\/|[?&]/i;
const FOUND =
  /authorization|cookie|password|passwd|passphrase|secret|token|api[-_. ]?key|access[-_]?key|private[-_]?key|credential|(?<=[?&])(?:key|sig|signature|auth|code)(?==)/gi;
/** `max_tokens`, `token_count`: these are numbers that people want to see. */
const COUNTS = /tokens|token_?(?:count|limit|budget|type|usage|index)|token(?:izer|ize|ization)|tokens?_per/i;
const NAME_CHARS_MAX = 64;
const NAME_CHAR = /[\w$.-]/;
const SPACES_MAX = 64;
const LABEL_CHARS_MAX = "[ERROR] ".length;

/** Names that occur as the name of a header, and so may stand at the beginning of a line. */
const HEADER_NAME = /^(?:(?:proxy-)?authorization|(?:set-)?cookie2?|x-[\w-]+|[\w]+-(?:api-)?(?:key|token|secret))$/i;

/** `Bearer …` and `Basic …` wherever they are, and the password in an address. */
const SCHEMES = /\b(bearer|basic)(\s{1,4})[\w.~+/-]{8,}=*/gi;
const USER_PART = /(:\/\/)[^\s/?#@"'\\]{1,512}@/g;

/** The text with a mark in the place of each credential's value. */
export function hideCredentials(text: string): string {
  if (!HINT.test(text)) return text;
  let kept = "";
  let at = 0;
  FOUND.lastIndex = 0;
  for (let found = FOUND.exec(text); found !== null; found = FOUND.exec(text)) {
    if (found.index < at) continue;
    const value = valueAfter(text, found.index, FOUND.lastIndex);
    if (value === undefined) continue;
    kept += text.slice(at, value.start) + value.mark;
    at = value.end;
    FOUND.lastIndex = at;
  }
  const rest = at === 0 ? text : kept + text.slice(at);
  return rest.replace(SCHEMES, `$1$2${MARK}`).replace(USER_PART, `$1${MARK}@`);
}

interface Value {
  readonly start: number;
  readonly end: number;
  readonly mark: string;
}

/** The value that belongs to the name of which these characters are a part; nothing when it is no such name. */
function valueAfter(text: string, from: number, to: number): Value | undefined {
  let start = from;
  while (start > 0 && from - start < NAME_CHARS_MAX && NAME_CHAR.test(text[start - 1]!)) start--;
  // In a text within a text, the letter behind a backslash belongs to a line break and not to the name.
  if (start < from && text[start - 1] === "\\" && /[nrt]/.test(text[start]!)) start++;
  let end = to;
  while (end < text.length && end - to < NAME_CHARS_MAX && NAME_CHAR.test(text[end]!)) end++;
  const name = text.slice(start, end);
  if (COUNTS.test(name)) return undefined;
  const quote = quoteAt(text, end);
  let at = skipSpaces(text, end + quote.length);
  const sign = text[at];
  if (quote !== "") {
    if (sign === ":") return jsonValue(text, skipSpaces(text, at + 1));
    // Headers as pairs: `["Authorization","…"]`, `{"name":"Authorization","value":"…"}`.
    if (sign !== "," || !HEADER_NAME.test(name)) return undefined;
    at = skipSpaces(text, at + 1);
    const member = new RegExp(`^${quote.replaceAll("\\", "\\\\")}val(?:ue)?${quote.replaceAll("\\", "\\\\")}\\s{0,8}:`);
    const label = member.exec(text.slice(at, at + 2 * NAME_CHARS_MAX))?.[0];
    if (label !== undefined) at = skipSpaces(text, at + label.length);
    return quoteAt(text, at) === "" ? undefined : jsonValue(text, at);
  }
  if (sign === "=" && at === end) return upTo(text, at + 1, /[&\s"'\\;,<>)]/g);
  if (sign === ":" && at === end && HEADER_NAME.test(name) && startsLine(text, start)) {
    return upTo(text, skipSpaces(text, at + 1), /[\r\n"]|\\+[rn"]/g);
  }
  return undefined;
}

/** The quotation mark at this place, with the backslashes in front of it that a text within a text has. */
function quoteAt(text: string, at: number): string {
  let end = at;
  while (text[end] === "\\" && end - at < 8) end++;
  return text[end] === '"' || text[end] === "'" ? text.slice(at, end + 1) : "";
}

function skipSpaces(text: string, at: number): number {
  let end = at;
  while (end - at < SPACES_MAX && (text[end] === " " || text[end] === "\t" || text[end] === "\n" || text[end] === "\r"))
    end++;
  return end;
}

/** A label of the level may be in front: so begins the path of a row that is about a logged line. */
function startsLine(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - LABEL_CHARS_MAX), at);
  return before === "" || /[\r\n"]$|\\[rn]$/.test(before) || (at === before.length && /^\[[A-Z]+\] $/.test(before));
}

function jsonValue(text: string, at: number): Value | undefined {
  const quote = quoteAt(text, at);
  if (quote !== "") {
    const end = endOfText(text, at + quote.length, quote);
    return { start: at, end, mark: `${quote}${MARK}${quote}` };
  }
  const first = text[at];
  if (first === "{" || first === "[") {
    return { start: at, end: endOfBlock(text, at), mark: `"${MARK}"` };
  }
  if (first === undefined || /^(?:null|true|false)\b/.test(text.slice(at, at + 6))) return undefined;
  const number = upTo(text, at, /[,}\]\s"'\\]/g);
  return number.end === number.start ? undefined : { ...number, mark: `"${MARK}"` };
}

/** Behind the quotation mark that ends the text; the end of everything where the text was cut. */
function endOfText(text: string, at: number, quote: string): number {
  const slashes = quote.length - 1;
  for (let end = text.indexOf(quote.at(-1)!, at); end !== -1; end = text.indexOf(quote.at(-1)!, end + 1)) {
    let before = 0;
    while (end - 1 - before >= at && text[end - 1 - before] === "\\") before++;
    // One level deeper, a quotation mark inside has more backslashes in front; of its own level it has as many.
    if (slashes === 0 ? before % 2 === 0 : before <= slashes) return end + 1;
  }
  return text.length;
}

function endOfBlock(text: string, at: number): number {
  let depth = 0;
  for (let end = at; end < text.length; end++) {
    const char = text[end]!;
    const quote = char === '"' || char === "\\" ? quoteAt(text, end) : "";
    if (quote !== "") end = endOfText(text, end + quote.length, quote) - 1;
    else if (char === "{" || char === "[") depth++;
    else if ((char === "}" || char === "]") && --depth === 0) return end + 1;
  }
  return text.length;
}

function upTo(text: string, at: number, stop: RegExp): Value {
  stop.lastIndex = at;
  const end = stop.exec(text)?.index ?? text.length;
  return { start: at, end, mark: end === at ? "" : MARK };
}
