// The interactive shell on a terminal, for tests that type one line after the other and look at what each of them printed.

import { join } from "node:path";
import { programFolder } from "./program.ts";
import type { TempHome } from "./temp-home.ts";
import { openTerminal, type TerminalOptions, type TestTerminal } from "./terminal.ts";

const OSP = join(programFolder(), "osp");
/** The simple prompt, with the commands that were entered. */
const PROMPT = /^[a-z]+(?: \[[^\]\n]*\])?> ?/gm;

export interface Repl extends AsyncDisposable {
  readonly terminal: TestTerminal;
  /** Types a line and waits for the next prompt. Gives what was printed between. */
  run(line: string): Promise<string>;
  /** Waits for one more prompt than there were. */
  prompted(before: number): Promise<void>;
  prompts(): number;
  /** Waits until the cursor stands behind this text. */
  typed(text: string): Promise<void>;
}

/** Starts it and waits for its first prompt. The caller closes it: `await using`. */
export async function openRepl(
  home: TempHome,
  { args = [], env = {}, ...options }: Partial<TerminalOptions> & { args?: readonly string[] } = {},
): Promise<Repl> {
  const terminal = await openTerminal({
    command: [OSP, ...args],
    env: { ...home.env, OSP__REPL__SIMPLE_PROMPT: "true", OSP__REPL__INTRO: "none", ...env },
    cwd: home.path,
    columns: 200,
    ...options,
  });
  const prompts = () => [...terminal.everything().matchAll(PROMPT)].length;
  const toCursor = () => {
    const { row, column } = terminal.cursor();
    const line = terminal.screen().split("\n")[row] ?? "";
    return line.slice(0, column).trimEnd();
  };
  const prompted = async (before: number) =>
    await terminal.until(() => toCursor().endsWith(">") && prompts() === before + 1);
  await prompted(0);
  return {
    terminal,
    prompts,
    prompted,
    typed: async (text) => await terminal.until(() => toCursor().endsWith(text)),
    async run(line) {
      const before = prompts();
      terminal.type(`${line}\r`);
      await prompted(before);
      const from = [...terminal.everything().matchAll(PROMPT)][before - 1]!.index;
      const [, ...printed] = terminal.everything().slice(from).split("\n");
      // The left margin that results have on this terminal is taken off.
      return printed.slice(0, -1).join("\n").replaceAll(/^ {2}/gm, "");
    },
    [Symbol.asyncDispose]: () => terminal[Symbol.asyncDispose](),
  };
}
