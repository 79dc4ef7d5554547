// Which texts are base64. What Node decodes is far more: it skips what it does not know.

/** With its padding, and nothing else. Searched without going back, so that a text of many millions of characters needs no stack. */
export function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const end = text.search(/[^A-Za-z0-9+/]/);
  return end === -1 || (end >= text.length - 2 && ["=", "=="].includes(text.slice(end)));
}
