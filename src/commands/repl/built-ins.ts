// What the commands of the shell itself do.

import { EXIT, HostError } from "../../protocol/errors.ts";
import type { CommandIo } from "../../terminal/io.ts";
import { printLabelled } from "../../terminal/labelled.ts";
import { isReplWord, REPL_WORDS, type ReplWord } from "./built-in-words.ts";
import type { ReplState } from "./repl-state.ts";

export interface BuiltInCall {
  readonly state: ReplState;
  /** Of this one command: it may be interrupted. */
  readonly io: CommandIo;
  /** What stands behind the command's own word. */
  readonly words: readonly string[];
  readonly pipeline: string | undefined;
  /** Whether it was typed, or stands in a file that `source` runs. */
  readonly origin: "typed" | "file";
  /** Runs another line; gives its exit code. */
  runLine(line: string): Promise<number>;
}

type BuiltIn = (call: BuiltInCall) => Promise<number>;

/** The shell's own command that a line begins with; a line that begins with a `|` works on the newest result. */
export function builtInNamed(words: readonly string[], pipeline: string | undefined): BuiltIn | undefined {
  const word = words.length === 0 && pipeline !== undefined ? "last" : (words[0] ?? "");
  if (!isReplWord(word)) return undefined;
  return async (call) => {
    if (word !== "help" && call.words.some((one) => one === "--help" || one === "-h")) return await helpOn(call, word);
    return await BUILT_INS[word](call);
  };
}

const BUILT_INS: Readonly<Record<ReplWord, BuiltIn>> = {
  help: async (call) => await (await import("./repl-help.ts")).replHelp(call),
  last: async (call) => await (await import("./last.ts")).showLast(call),
  source: async (call) => await (await import("./source.ts")).source(call),
  exit: async (call) => leave(call, "exit"),
  quit: async (call) => leave(call, "quit"),
};

async function helpOn(call: BuiltInCall, word: ReplWord): Promise<number> {
  return await (await import("./repl-help.ts")).helpOnWord(call, word);
}

function leave({ state, words, pipeline }: BuiltInCall, word: "exit" | "quit"): number {
  if (words.length > 0 || pipeline !== undefined) {
    throw new HostError("usage_invalid", `"${word}" stands alone`, { hint: REPL_WORDS[word].about });
  }
  const left = word === "exit" ? state.shells.pop() : undefined;
  if (left === undefined) state.isOver = true;
  else printLabelled(state.io.stderr, "info", `left ${left}`);
  return EXIT.done;
}
