// A line of the program's own on stderr, `error: ...`. Whatever stands in it, nothing of it looks like another such line.

import { type Colours, styled } from "./look.ts";
import { neutralise } from "./neutralise.ts";
import type { Token } from "./themes/theme.ts";

export type Label = "error" | "warning" | "success" | "help" | "info" | "debug" | "caused by";

const STYLE: Readonly<Record<Label, Token>> = {
  error: "error",
  warning: "warning",
  help: "accent",
  success: "success",
  info: "info",
  debug: "muted",
  "caused by": "error",
};

/** `label: text` with a line break; the text is made harmless, and its further lines are indented. */
export function labelled(label: Label, text: string, look: Colours = { color: false }): string {
  return `${styled(`${label}:`, STYLE[label], look)} ${harmlessLines(text)}\n`;
}

/** The text behind a label. */
export function harmlessLines(text: string): string {
  return neutralise(text).replaceAll("\n", "\n  ");
}
