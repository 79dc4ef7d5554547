// Runs what was typed: one command line after the other, each with a Ctrl-C of its own.

import { now } from "../../base/now.ts";
import { EXIT, HostError } from "../../protocol/errors.ts";
import type { CommandIo } from "../../terminal/io.ts";
import { printLabelled } from "../../terminal/labelled.ts";
import { isShellable } from "../plugin-command.ts";
import { peekRouting } from "../split-line.ts";
import { type BuiltInCall, builtInNamed } from "./built-ins.ts";
import { type CommandLine, commandLines, readCommandLine } from "./command-lines.ts";
import type { Interrupts } from "./interrupts.ts";
import { printThrown, type ReplState } from "./repl-state.ts";
import { entersShell, wordsInShell } from "./shells.ts";

/** Runs a typed text and keeps it in the history. A line that fails keeps those behind it from being run. */
export async function runTyped(state: ReplState, interrupts: Interrupts, text: string): Promise<void> {
  const lines = commandLines(text);
  if (lines.length === 0) return;
  const startedAtMs = now();
  const shells = [...state.shells];
  let exitCode: number = EXIT.done;
  for (const [index, line] of lines.entries()) {
    exitCode = await runCommandLine(state, interrupts, line, "typed");
    const left = lines.length - 1 - index;
    if (exitCode !== EXIT.done && left > 0) {
      printLabelled(state.io.stderr, "info", `${left === 1 ? "the line" : `the ${left} lines`} behind it did not run`);
    }
    if (exitCode !== EXIT.done || state.isOver) break;
  }
  const durationMs = now() - startedAtMs;
  state.newest = { exitCode, durationMs };
  const { givesSecret } = await import("./gives-secret.ts");
  if (await givesSecret(state, shells, text)) return;
  await state.history.add({ text, startedAtMs: Math.trunc(startedAtMs), durationMs, exitCode });
}

/** Who copies a line from elsewhere has the program's name in front of it. */
function withoutProgram({ program }: ReplState, words: readonly string[]): readonly string[] {
  return words[0] === program && words.length > 1 ? words.slice(1) : words;
}

/** Runs one command line; gives its exit code. What goes wrong has been printed. */
export async function runCommandLine(
  state: ReplState,
  interrupts: Interrupts,
  line: string,
  origin: BuiltInCall["origin"],
): Promise<number> {
  const { session } = state;
  session.thrown = undefined;
  const exitCode = await interrupts
    .during(async (io) => {
      try {
        return await runWords(state, interrupts, { io, origin, ...readCommandLine(line) });
      } catch (thrown) {
        throw io.signal.aborted ? new HostError("interrupted", "interrupted") : thrown;
      }
    })
    .catch((thrown) => printThrown(state, thrown));
  if (exitCode !== EXIT.done) session.failure = { line, exitCode, error: session.thrown };
  if (interrupts.hasGivenUp) state.isOver = true;
  return exitCode;
}

interface TypedWords extends CommandLine {
  readonly io: CommandIo;
  readonly origin: BuiltInCall["origin"];
}

async function runWords(state: ReplState, interrupts: Interrupts, typed: TypedWords): Promise<number> {
  const { io, origin, pipeline } = typed;
  const words = withoutProgram(state, typed.words);
  const [word, ...rest] = words;
  if (word?.startsWith("!")) {
    throw new HostError(
      "usage_invalid",
      `"${word}" stands for an earlier line only where it is typed, as a line of its own`,
    );
  }
  const isForPlugin = peekRouting(words).provider !== undefined;
  const builtIn = isForPlugin ? undefined : builtInNamed(words, pipeline);
  if (builtIn !== undefined) {
    const runLine = async (line: string) => await runCommandLine(state, interrupts, line, "file");
    return await builtIn({ state, io, words: rest, pipeline, origin, runLine });
  }
  if (pipeline === undefined && !isForPlugin && entersShell(state, words, isShellable)) return enter(state, word!);
  const { runLine, program, context, session } = state;
  return await runLine(program, wordsInShell(state, words), io, { ...context, session, pipeline });
}

function enter({ shells, io }: ReplState, word: string): number {
  const isThere = shells.at(-1) === word;
  if (!isThere) shells.push(word);
  const text = isThere ? `this is ${word} already` : `what you type now goes to ${word}; "exit" leaves it`;
  printLabelled(io.stderr, "info", text);
  return EXIT.done;
}
