// Reads how a theme's file writes a style: words such as `bold`, and at most one colour. Only what is understood here ever
// becomes an order to the terminal, so that a file cannot give it any other.

import { THEME_STYLE_CHARS_MAX } from "../../protocol/limits.ts";

const ATTRIBUTES = { bold: "1", dim: "2", italic: "3", underline: "4" } as const;
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const OTHER_NAMES: Readonly<Record<string, string>> = { gray: "bright_black", grey: "bright_black" };

/** Red, green and blue, each up to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

interface TextStyle {
  /** Codes of the attributes. */
  readonly attributes: readonly string[];
  /** One of the terminal's own sixteen, or three numbers; undefined leaves the colour as it is. */
  readonly color: number | Rgb | undefined;
}

/** The style that a text describes; undefined when the text is none. An empty text is a style that changes nothing. */
export function parseStyle(text: string): TextStyle | undefined {
  if (text.length > THEME_STYLE_CHARS_MAX) return undefined;
  const attributes: string[] = [];
  let color: number | Rgb | undefined;
  for (const word of text.trim().toLowerCase().split(/\s+/)) {
    if (word === "") continue;
    if (Object.hasOwn(ATTRIBUTES, word)) {
      attributes.push(ATTRIBUTES[word as keyof typeof ATTRIBUTES]);
      continue;
    }
    const found = rgbOf(word) ?? namedColor(word);
    if (found === undefined || color !== undefined) return undefined;
    color = found;
  }
  return { attributes, color };
}

function rgbOf(word: string): Rgb | undefined {
  if (!/^#[0-9a-f]{6}$/.test(word)) return undefined;
  const value = Number.parseInt(word.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** From 0 to 15; the upper half are the bright ones, `bright_red` and `bright-red`. */
function namedColor(word: string): number | undefined {
  const name = Object.hasOwn(OTHER_NAMES, word) ? OTHER_NAMES[word]! : word;
  const isBright = /^bright[_-]/.test(name);
  const index = NAMES.indexOf(isBright ? name.slice("bright_".length) : name);
  return index === -1 ? undefined : index + (isBright ? 8 : 0);
}
