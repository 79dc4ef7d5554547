// What becomes of a text before the editor takes it: line breaks of one kind, and no control characters.

/** The text, and how many control characters of it were left out. Bytes that are no UTF-8 become U+FFFD. */
export function cleanText(raw: string | Buffer): { readonly text: string; readonly dropped: number } {
  const lines = (typeof raw === "string" ? raw : raw.toString("utf8")).replace(/\r\n?/g, "\n");
  const text = lines.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "").toWellFormed();
  return { text, dropped: lines.length - text.length };
}
