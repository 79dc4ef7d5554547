// Where the shell's lines come from: the line editor with its history and completion, or plain lines where the terminal
// can do no more or no more is wanted.

import { setTimeout as delay } from "node:timers/promises";
import { lineWords } from "../../base/line-words.ts";
import { configNumber, configText } from "../../config/config.ts";
import { isDumb } from "../../terminal/dumb-terminal.ts";
import type { CompletionAnswer } from "../../terminal/editor/completion-answer.ts";
import type { KeyInput } from "../../terminal/editor/key-input.ts";
import { createLineEditor, type LineEditor, type Typed } from "../../terminal/editor/line-editor.ts";
import type { Look } from "../../terminal/look.ts";
import { expandBang } from "./expand-bang.ts";
import type { Interrupts } from "./interrupts.ts";
import type { PromptTexts } from "./prompt.ts";
import { lineFlags, type ReplState } from "./repl-state.ts";

export interface LineReader {
  ask(prompt: PromptTexts, look: Look): Promise<Typed>;
  close(): void;
}

/** How long nothing is typed before help is looked for: on every key it would only be in the way. */
const HINT_QUIET_MS = 120;

export async function openReader(state: ReplState, interrupts: Interrupts): Promise<LineReader> {
  const { io } = state;
  const keyboard = await io.keyboard!();
  let look: Look | undefined;
  const reader = wantsBasic(state)
    ? await openBasic(state, interrupts, keyboard.stream)
    : openEditor(state, keyboard.keys, () => look!);
  return {
    async ask(prompt, newLook) {
      look = newLook;
      return await reader.ask(prompt);
    },
    close: () => reader.close(),
  };
}

function openEditor(state: ReplState, keys: KeyInput, look: () => Look): LineEditor {
  const completer = completerOf(state);
  return createLineEditor({
    ...readingOf(state),
    input: keys,
    look,
    history: () => state.history.entries().map(({ command_line }) => command_line),
    historyRows: () => configNumber(state.config, "repl.history.menu_rows") ?? 5,
    complete: async (line, cursor) => await completer(line, cursor),
    hint: hintOf(completer),
  });
}

async function openBasic(state: ReplState, interrupts: Interrupts, input: NodeJS.ReadStream): Promise<LineEditor> {
  const { createBasicReader } = await import("../../terminal/editor/basic-reader.ts");
  return createBasicReader({
    ...readingOf(state),
    input,
    interrupts(listener) {
      interrupts.onIdle = listener;
      return () => {
        interrupts.onIdle = undefined;
      };
    },
  });
}

function readingOf({ io, history }: ReplState) {
  return {
    output: io.stdout,
    isWhole: (text: string) => lineWords(text).problem === undefined,
    expand: (text: string) => expandBang(text, history.entries()),
  };
}

/** As `repl.input_mode` says, and what the terminal can do. */
function wantsBasic({ config, io }: ReplState): boolean {
  const mode = configText(config, "repl.input_mode") ?? "auto";
  return mode === "basic" || (mode === "auto" && isDumb(io.env));
}

type Completer = (line: string, cursor: number) => Promise<CompletionAnswer>;

/** What completes is loaded with the first key that needs it. */
function completerOf(state: ReplState): Completer {
  return async (line, cursor) => {
    const { complete } = await import("../completion/complete.ts");
    return await complete({ line, cursor, io: state.io, flags: lineFlags(state), shellPath: state.shells });
  };
}

/** What the word at the cursor is, where it is one that is known. */
function hintOf(completer: Completer): (line: string, cursor: number) => Promise<string | undefined> {
  let newest = "";
  return async (line, cursor) => {
    newest = line;
    const end = wordEnd(line, cursor);
    if (end === 0) return undefined;
    await delay(HINT_QUIET_MS, undefined, { ref: false });
    if (newest !== line) return undefined;
    const { from, candidates } = await completer(line, end);
    const word = line.slice(from, end);
    return candidates.find(({ value }) => value === word)?.about;
  };
}

/** Of the word at the cursor, else of the one in front of it. */
function wordEnd(line: string, cursor: number): number {
  const { tokens } = lineWords(line);
  return tokens.findLast(({ kind, from }) => kind === "word" && from < cursor)?.to ?? 0;
}
