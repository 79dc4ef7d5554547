// Makes of what was recorded what is kept: without secrets, no longer than people read, and nothing that SQLite or JSON
// stumbles over. This is the costly part of recording; it runs for many rows at once, when they are written.

import { hideCredentials } from "../base/hide-credentials.ts";
import type { Activity } from "../protocol/activity.ts";
import { INSIGHTS_BODY_CHARS_MAX, INSIGHTS_NAME_CHARS_MAX, INSIGHTS_PATH_CHARS_MAX } from "../protocol/limits.ts";
import type { WrittenRow } from "./schema.ts";

/** Takes the plugin's secrets out of a text, and gives no more of it than so many characters. */
export type Redact = (text: string, charsMax: number) => string;

const CUT_MARK = "… (cut)";
/** Names are the host's own; only what a plugin chose of them can be longer. */
const asItIs: Redact = (text, charsMax) => (text.length > charsMax ? text.slice(0, charsMax) : text);

export function tidyRow(row: Activity, redact: Redact = asItIs): WrittenRow {
  return [
    Math.trunc(finite(row.time)),
    name(row.pluginId),
    name(row.agentId),
    row.kind,
    name(row.method) ?? "",
    tidy(row.path, INSIGHTS_PATH_CHARS_MAX, redact) ?? "",
    Math.trunc(finite(row.status)),
    finite(row.durationMs),
    tidy(row.request, INSIGHTS_BODY_CHARS_MAX, redact),
    tidy(row.response, INSIGHTS_BODY_CHARS_MAX, redact),
    name(row.errorCode),
    name(row.traceId),
    name(row.taskId),
  ];
}

function tidy(text: string | null, charsMax: number, redact: Redact): string | null {
  if (text === null) return null;
  // A credential that goes on behind what is kept is hidden up to the end.
  const hidden = hideCredentials(redact(text, charsMax));
  const isCut = text.length > charsMax || hidden.length > charsMax;
  return clean(isCut ? `${hidden.slice(0, charsMax)}${CUT_MARK}` : hidden);
}

function name(text: string | undefined): string | null {
  if (text === undefined || text === "") return null;
  return clean(text.length > INSIGHTS_NAME_CHARS_MAX ? text.slice(0, INSIGHTS_NAME_CHARS_MAX) : text);
}

/** A NUL ends a text for SQLite's JSON; half a character is none in UTF-8. */
function clean(text: string): string {
  return (text.includes("\0") ? text.replaceAll("\0", "\ufffd") : text).toWellFormed();
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
