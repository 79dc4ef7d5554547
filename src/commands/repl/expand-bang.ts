// `!!` and its like: a line of the history in the place of a line that begins with `!`.
//
//   !!         the newest line
//   !-2        the one before it
//   !17        the line with this number in "history list"
//   !prefix    the newest line that begins so
//   !?text     the newest line with this in it
//
// What follows the first word stays behind it, except for `!?`, which takes the whole line.

import type { HistoryEntry } from "./history-entry.ts";

export type Expansion = { readonly text: string } | { readonly problem: string };

/** The line that is meant; nothing for a text that does not begin with `!`. */
export function expandBang(
  text: string,
  entries: readonly Pick<HistoryEntry, "id" | "command_line">[],
): Expansion | undefined {
  const typed = text.trim();
  if (!typed.startsWith("!")) return undefined;
  if (typed.startsWith("!?")) return found(entries, `no line has "${typed.slice(2)}" in it`, byText(typed.slice(2)));
  const [, word = "", rest = ""] = /^!(!|\S*)([\s\S]*)$/.exec(typed) ?? [];
  const expansion = expandWord(word, entries);
  return "text" in expansion ? { text: expansion.text + rest } : expansion;
}

type Line = Pick<HistoryEntry, "id" | "command_line">;

function expandWord(word: string, entries: readonly Line[]): Expansion {
  if (word === "")
    return { problem: '"!" stands alone: !! is the newest line, !17 a numbered one, !word one that begins so' };
  if (word === "!") return found(entries, "there is no line before this one", () => true);
  if (/^-\d{1,9}$/.test(word)) {
    const line = Number(word) === 0 ? undefined : entries.at(Number(word));
    return line === undefined
      ? { problem: `there are only ${entries.length} lines before this one` }
      : { text: line.command_line };
  }
  if (/^\d{1,15}$/.test(word)) {
    return found(entries, `no line has the number ${word}: "history list" shows them`, ({ id }) => id === Number(word));
  }
  return found(entries, `no line begins with "${word}"`, ({ command_line }) => command_line.startsWith(word));
}

function byText(text: string): (line: Line) => boolean {
  return ({ command_line }) => text !== "" && command_line.includes(text);
}

function found(entries: readonly Line[], problem: string, isMeant: (line: Line) => boolean): Expansion {
  const line = entries.findLast(isMeant);
  return line === undefined ? { problem } : { text: line.command_line };
}
