// `help` in the shell: what only the shell has, and everything else from the program's own help.

import { EXIT, HostError } from "../../protocol/errors.ts";
import { printGuide } from "../../terminal/guide.ts";
import { lookOf } from "../../terminal/look.ts";
import { section } from "../help.ts";
import { settingsFor } from "../settings.ts";
import { isReplWord, REPL_WORDS, type ReplWord } from "./built-in-words.ts";
import type { BuiltInCall } from "./built-ins.ts";
import { lineFlags, type ReplState } from "./repl-state.ts";
import { wordsInShell } from "./shells.ts";

const KEYS: readonly (readonly [string, string])[] = [
  ["Tab", "complete, or choose from a menu"],
  ["Up, Down, Ctrl-R", "earlier lines; search in them"],
  ["Alt-Enter", "one more line of the same text"],
  ["Ctrl-C", "end the command that runs; drop the line that is typed"],
  ["Ctrl-D", "leave"],
];

const LINES: readonly (readonly [string, string])[] = [
  ["COMMAND | STAGES", 'filter, sort and group the data; "| H" lists the verbs'],
  ["!!, !-2, !17, !text, !?text", "an earlier line, for you to look at and run"],
  ["--cache", "take the result that the same command gave before"],
];

export async function replHelp(call: BuiltInCall): Promise<number> {
  const { state, io, words, pipeline } = call;
  const { runLine, program, context, session } = state;
  const [word] = words;
  if (word === "help")
    throw new HostError("usage_invalid", '"help" explains other commands', { hint: 'type "help" alone' });
  if (word !== undefined && isReplWord(word)) return await helpOnWord(call, word);
  const line = { ...context, session, pipeline };
  if (word !== undefined) return await runLine(program, ["help", ...wordsInShell(state, words)], io, line);
  if (state.shells.length > 0) return await runLine(program, [...state.shells, "--help"], io, line);
  const entries = Object.entries(REPL_WORDS).map(
    ([name, { usage, about }]) => [`${name} ${usage}`.trim(), about] as const,
  );
  if (pipeline === undefined) {
    await print(call, section("In this shell", entries) + section("Lines", LINES) + section("Keys", KEYS));
    io.stdout.write("\n");
  }
  return await runLine(program, ["help"], io, line);
}

export async function helpOnWord(call: BuiltInCall, word: ReplWord): Promise<number> {
  const { usage, about } = REPL_WORDS[word];
  await print(call, `usage: ${`${word} ${usage}`.trim()}\n\n${about}\n`);
  return EXIT.done;
}

async function print({ state, io }: { state: ReplState; io: BuiltInCall["io"] }, text: string): Promise<void> {
  const { wish } = await settingsFor(io, state.config, lineFlags(state), { lenient: true });
  await printGuide(io, text.trimStart(), { format: "auto", look: lookOf(io.stdout, io.env, wish) });
}
