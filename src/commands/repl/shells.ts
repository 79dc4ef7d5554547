// Commands that were entered: what is typed then stands behind their names, until "exit" leaves the innermost one.

import { ABSOLUTE_WORDS } from "../built-in-words.ts";
import { takeLeadingFlags } from "../split-line.ts";
import { lineFlags, type ReplState } from "./repl-state.ts";

/** The words as they are outside of any shell. Throws `usage_invalid` for a wrong flag in front of them. */
export function wordsInShell(state: ReplState, words: readonly string[]): readonly string[] {
  if (state.shells.length === 0) return words;
  const at = takeLeadingFlags(lineFlags(state), words);
  if (ABSOLUTE_WORDS.has(words[at] ?? "")) return words;
  return [...words.slice(0, at), ...state.shells, ...words.slice(at)];
}

/** Whether the line is the bare name of a command that can be entered. */
export function entersShell({ config }: ReplState, words: readonly string[], isShellable: IsShellable): boolean {
  return words.length === 1 && !ABSOLUTE_WORDS.has(words[0]!) && isShellable(config, words[0]!);
}

type IsShellable = (config: ReplState["config"], word: string) => boolean;
