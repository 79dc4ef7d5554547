// Text from plugins, files and models may hold bytes that a terminal takes as orders. They never get that far.

/**
 * The text without control characters (C0, DEL, C1, and those that turn the writing direction), each shown as a visible
 * mark. Line breaks and tabs stay; a carriage return before a line break goes. Lone surrogates become U+FFFD.
 */
export function neutralise(text: string): string {
  if (!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/.test(text)) return text;
  return text
    .replaceAll("\r\n", "\n")
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (char) => String.fromCharCode(0x2400 + char.charCodeAt(0)))
    .replaceAll("\u007f", "\u2421")
    .replace(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd")
    .toWellFormed();
}
