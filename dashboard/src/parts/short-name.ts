import { plainText } from "./plain-text.ts";

const NAME_CHARS_MAX = 100;

/** What something is called, as it fits into a heading or a list: its author may have made it as long as a book. */
export function shortName(name: string): string {
  return plainText(name.length > NAME_CHARS_MAX ? `${name.slice(0, NAME_CHARS_MAX)}…` : name);
}
