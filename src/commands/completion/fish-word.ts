// A word of fish as it was typed, without its quotes; one may be open at its end.

/** What fish makes of the word, as far as nothing is expanded in it. */
export function fishWord(typed: string): string {
  let text = "";
  let quote = "";
  for (let at = 0; at < typed.length; at++) {
    const char = typed[at]!;
    if (char === quote) quote = "";
    else if (quote === "" && (char === "'" || char === '"')) quote = char;
    else if (char === "\\" && escapes(quote, typed[at + 1])) text += typed[++at] ?? "";
    else text += char;
  }
  return text;
}

/** In quotes, a backslash is one in front of most characters. */
function escapes(quote: string, next: string | undefined): boolean {
  if (quote === "") return true;
  return next !== undefined && (quote === "'" ? "'\\" : '"\\$').includes(next);
}
