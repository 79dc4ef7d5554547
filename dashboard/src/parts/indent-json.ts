// JSON with each member on a line of its own. Nothing else changes: numbers keep their digits, members their order, which
// parsing and writing again would not leave alone.

const INDENT = "  ";
/** Deeper ones are no further to the right: each line of a deeply nested text would be longer than all that it says. */
const DEPTH_INDENTED_MAX = 20;
/** A text in quotes, a bracket, a comma or colon, white space, or anything else. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|\s+|[^\s"[\]{},:]+/gs;
const OPENING: Readonly<Record<string, string>> = { "{": "}", "[": "]" };

/**
 * The text as it is when it is no JSON.
 * @param charsMax what comes behind so many characters of the result stands there without line breaks.
 */
export function indentJson(text: string, charsMax = Number.POSITIVE_INFINITY): string {
  if (!isJson(text)) return text;
  const tokens = (text.match(TOKEN) ?? []).filter((token) => /\S/.test(token));
  let depth = 0;
  let shown = "";
  for (const [at, token] of tokens.entries()) {
    if (shown.length > charsMax) return shown + tokens.slice(at).join("");
    if (token === "," || token === ":") {
      shown += token === "," ? `,${lineAt(depth)}` : ": ";
    } else if (OPENING[token] !== undefined) {
      const isEmpty = tokens[at + 1] === OPENING[token];
      if (!isEmpty) depth++;
      shown += isEmpty ? token : token + lineAt(depth);
    } else if (token === "}" || token === "]") {
      const isEmpty = OPENING[tokens[at - 1] ?? ""] === token;
      if (!isEmpty) depth--;
      shown += isEmpty ? token : lineAt(depth) + token;
    } else shown += token;
  }
  return shown;
}

function lineAt(depth: number): string {
  return `\n${INDENT.repeat(Math.min(depth, DEPTH_INDENTED_MAX))}`;
}

/** Of texts and numbers alone there is nothing to indent. */
function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
