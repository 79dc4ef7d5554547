// What changed in the definition of a tool, for whoever decides whether it is still wanted. Every line of the plugin's
// stands behind a bar or a sign, and what cannot be seen is spelled out.

import { diffText, lineDiff } from "../base/line-diff.ts";
import type { PermissionsHost } from "../host/permissions-host.ts";
import { showHidden } from "../terminal/show-hidden.ts";

type Changed = Awaited<ReturnType<PermissionsHost["listDefinitions"]>>[number];

/** For a screen; programs get all. */
const LINES_MAX = 200;
const LINE_CHARS_MAX = 2_000;

const NOT_KEPT = "(too long to be kept)";

/** `- old`, `+ new`, and what is around them. */
export function definitionDiff({ old, now }: Pick<Changed, "old" | "now">): string {
  const lines = (text: string) => (text === "" ? NOT_KEPT : text.split("\n").map(showHidden).join("\n"));
  const diff = lineDiff(lines(old.text), lines(now.text));
  // What differs is beyond what is kept of the texts.
  if (diff.every(({ kind }) => kind === " ")) return "(the change is further back than what is kept of the definition)";
  return diffText(diff);
}

/** One changed definition, ready for a screen. */
export function definitionBlock(changed: Changed): string {
  const { id, pluginId, toolId } = changed;
  const lines = definitionDiff(changed).split("\n");
  const left = lines.length - LINES_MAX;
  const shown = left > 0 ? [...lines.slice(0, LINES_MAX), `… (${left} more lines: --json has them)`] : lines;
  const name = (text: string) => showHidden(text).replaceAll(/\s+/g, " ");
  return [
    `${id}: the definition of the tool "${name(toolId)}" of the plugin "${name(pluginId)}" is not the approved one`,
    ...shown.map((line) => `  | ${shortened(line)}`),
    `"osaurus approvals allow ${id}" approves it, "osaurus approvals deny ${id}" keeps the tool blocked`,
    "",
  ].join("\n");
}

function shortened(line: string): string {
  if (line.length <= LINE_CHARS_MAX) return line;
  return `${line.slice(0, LINE_CHARS_MAX).toWellFormed()} … (cut: ${line.length} characters, --json has them)`;
}
