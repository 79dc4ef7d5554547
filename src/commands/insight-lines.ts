// How one row of Insights looks on a terminal that follows them: a line, and its texts below when they are wanted. Much
// of it is text from a plugin: nothing reaches the screen as it is.

import type { InsightRow } from "../protocol/insights-query.ts";
import { type Colours, styled } from "../terminal/look.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Token } from "../terminal/themes/theme.ts";

export interface InsightLook extends Colours {
  /** With request and answer. */
  readonly isWhole: boolean;
}

/** As wide as most of the words that stand between time and path. */
const METHOD_COLUMNS = 6;
const INDENT = "  ";

/** The row as text that ends in a line break: `time status method path (plugin, 1.2 ms)`. */
export function insightLines(row: InsightRow, time: string, look: InsightLook): string {
  const { method, path, pluginId, durationMs, errorCode, request, response } = row;
  const facts = [pluginId, errorCode, `${durationMs.toFixed(1)} ms`].filter((fact) => fact !== null).join(", ");
  const status = styled(String(row.status), statusStyle(row.status), look);
  const head = `${time} ${status} ${oneLine(method).padEnd(METHOD_COLUMNS)} ${oneLine(path)} ${styled(`(${oneLine(facts)})`, "muted", look)}\n`;
  return look.isWhole ? head + body("request", request) + body("answer", response) : head;
}

function statusStyle(status: number): Token {
  if (status >= 500) return "error";
  return status >= 299 ? "warning" : "success";
}

function body(name: string, text: string | null): string {
  return text === null ? "" : `${INDENT}${name}: ${neutralise(text).replaceAll("\n", `\n${INDENT}${INDENT}`)}\n`;
}

function oneLine(text: string): string {
  return neutralise(text).replaceAll("\n", " ");
}
