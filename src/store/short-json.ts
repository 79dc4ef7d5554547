// Texts of strangers, cut to what somebody reads before they say yes.

/** The text; of a longer one `charsMax` characters, and how long it is. */
export function shortText(text: string, charsMax: number): string {
  return text.length <= charsMax ? text.toWellFormed() : cut(text, charsMax, text.length);
}

/**
 * JSON text without the space between its parts, which could push what matters out of sight; cut like `shortText`. Nothing
 * else is changed: of a member that is there twice, both are seen.
 */
export function shortJson(text: string, charsMax: number): string {
  const parts: string[] = [];
  let kept = 0;
  let total = 0;
  let from = 0;
  let isString = false;
  const take = (to: number) => {
    total += to - from;
    if (kept <= charsMax && to > from) {
      const part = text.slice(from, Math.min(to, from + charsMax + 1));
      kept += part.length;
      parts.push(part);
    }
    from = to + 1;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') isString = !isString;
    else if (isString && char === "\\") at++;
    else if (!isString && (char === " " || char === "\n" || char === "\r" || char === "\t")) take(at);
  }
  take(text.length);
  const compact = parts.join("");
  return total <= charsMax ? compact.toWellFormed() : cut(compact, charsMax, total);
}

function cut(text: string, charsMax: number, total: number): string {
  return `${text.slice(0, charsMax).toWellFormed()} … (cut: ${total} characters in all)`;
}
