// `${other.key}` inside texts: finding them, and filling them in.

import type { ConfigScalar, ConfigValue } from "./config.ts";
import { keySpec } from "./schema.ts";

/** A text cut at its placeholders: texts as they stand, and the keys to put between them. */
export type Piece = { readonly text: string } | { readonly key: string };

/** Whether something in the value has to be filled in. Aliases have placeholders of their own kind, which are left alone. */
export function holdsPlaceholder(key: string, value: ConfigValue): boolean {
  const holds = (item: ConfigScalar) => typeof item === "string" && item.includes("${");
  const isHolding = Array.isArray(value) ? value.some(holds) : holds(value as ConfigScalar);
  return isHolding && keySpec(key)?.isTemplate !== true;
}

/** The pieces of a text, or what is wrong with a placeholder in it. */
export function parsePlaceholders(text: string): readonly Piece[] | string {
  const pieces: Piece[] = [];
  let at = 0;
  for (let open = text.indexOf("${"); open !== -1; open = text.indexOf("${", at)) {
    const close = text.indexOf("}", open);
    if (close === -1) return 'has a placeholder without its closing "}"';
    const key = text.slice(open + 2, close).trim();
    if (key === "") return "has a placeholder with no key in it";
    if (open > at) pieces.push({ text: text.slice(at, open) });
    pieces.push({ key });
    at = close + 1;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}
