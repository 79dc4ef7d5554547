// A line of the program's own on stderr, `error: ...`. Whatever stands in it, nothing of it looks like another such line.

import { neutralise } from "./neutralise.ts";

export type Label = "error" | "warning" | "help" | "info" | "debug";

/** `label: text` with a line break; the text is made harmless, and its further lines are indented. */
export function labelled(label: Label, text: string): string {
  return `${label}: ${harmlessLines(text)}\n`;
}

/** The text behind a label. */
export function harmlessLines(text: string): string {
  return neutralise(text).replaceAll("\n", "\n  ");
}
