// The commands of the shell itself. A file of its own, because who names them need not load what they do.

interface BuiltInWord {
  /** What stands behind the word. */
  readonly usage: string;
  readonly about: string;
}

export const REPL_WORDS = {
  help: { usage: "[COMMAND]", about: "say what there is, or how a command is used" },
  last: { usage: "[--raw] [FLAGS] [| STAGES]", about: "show the newest result once more; --raw without its stages" },
  source: { usage: "[--ignore-errors] FILE...", about: "run the commands in files, one on each line" },
  exit: { usage: "", about: "leave the command that was entered, or the shell" },
  quit: { usage: "", about: "leave the shell" },
} as const satisfies Record<string, BuiltInWord>;

export type ReplWord = keyof typeof REPL_WORDS;

export function isReplWord(word: string): word is ReplWord {
  return Object.hasOwn(REPL_WORDS, word);
}
