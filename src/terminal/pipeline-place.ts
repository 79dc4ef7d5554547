// Points at the place of a pipeline, or of a whole line, that an error is about: the text on one line, and a mark below it.

import { type Look, styled } from "./look.ts";
import { neutralise } from "./neutralise.ts";
import { roughMeasure } from "./text-width.ts";

/** Where nobody looks at a screen, and what is left of a very narrow one. */
const COLUMNS_UNKNOWN = 120;
const COLUMNS_MIN = 16;
const INDENT = "  ";

/** Two lines, each with its line break; empty where the details of an error name no place in a text. */
export function pipelinePlace(
  details: Readonly<Record<string, unknown>> | undefined,
  look: Pick<Look, "color" | "theme" | "unicode" | "columns"> | undefined,
): string {
  const { pipeline, line: whole, at, to } = details ?? {};
  const text = pipeline ?? whole;
  if (typeof text !== "string" || typeof at !== "number" || typeof to !== "number") return "";
  // As long as it was, so that places stay what they are.
  const source = neutralise(text.replaceAll(/[\n\r\t]/g, " "));
  const bar = text === whole ? "" : source.startsWith(" ") ? "|" : "| ";
  const columns = Math.max(COLUMNS_MIN, look?.columns ?? COLUMNS_UNKNOWN) - INDENT.length;
  const mark = look?.unicode ? "…" : "...";
  const parts = fitted(
    { before: bar + source.slice(0, at), marked: source.slice(at, to), after: source.slice(to).trimEnd() },
    { columns, mark },
  );
  const line = `${INDENT}${parts.before}${parts.marked}${parts.after}`.trimEnd();
  const wide = Math.max(1, roughMeasure(parts.marked));
  const below = `^${"~".repeat(wide - 1)}`;
  const room = " ".repeat(INDENT.length + roughMeasure(parts.before));
  return `${line}\n${room}${look === undefined ? below : styled(below, "error", look)}\n`;
}

interface Parts {
  readonly before: string;
  readonly marked: string;
  readonly after: string;
}

/** As much as fits, the beginning of what is marked in any case. */
function fitted({ before, marked, after }: Parts, { columns, mark }: { columns: number; mark: string }): Parts {
  if (roughMeasure(before + marked + after) <= columns) return { before, marked, after };
  const most = Math.max(columns - roughMeasure(marked + after), Math.floor(columns / 2));
  const shownBefore = roughMeasure(before) <= most ? before : mark + end(before, most - mark.length);
  const left = columns - roughMeasure(shownBefore);
  const shownMarked = beginning(marked, left, mark);
  const rest = left - roughMeasure(shownMarked);
  return {
    before: shownBefore,
    marked: shownMarked,
    after: shownMarked === marked ? beginning(after, rest, mark) : "",
  };
}

function beginning(text: string, columns: number, mark: string): string {
  if (roughMeasure(text) <= columns) return text;
  if (columns < mark.length) return "";
  let shown = "";
  for (const char of text) {
    if (roughMeasure(shown + char) > columns - mark.length) break;
    shown += char;
  }
  return shown + mark;
}

function end(text: string, columns: number): string {
  let shown = "";
  for (const char of [...text].reverse()) {
    if (roughMeasure(char + shown) > columns) break;
    shown = char + shown;
  }
  return shown;
}
