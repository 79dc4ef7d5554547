// A question with a few answers, each chosen by its letter.

import type { CommandIo } from "./io.ts";

export interface Choice<T> {
  /** What the user types, lower case. */
  readonly letter: string;
  readonly label: string;
  readonly value: T;
}

/**
 * Asks until one of the letters is typed. Gives nothing when the user ends the input, and when `until` takes the question
 * back. Throws when the program is interrupted.
 *
 * @param question one line, neutralised.
 */
export async function askChoice<T>(
  { prompt, stderr }: Required<Pick<CommandIo, "prompt">> & Pick<CommandIo, "stderr">,
  question: string,
  choices: readonly Choice<T>[],
  until?: AbortSignal,
): Promise<T | undefined> {
  const line = choices.map(({ letter, label }) => `[${letter}] ${label}`).join("  ");
  const letters = choices.map(({ letter }) => letter).join(", ");
  stderr.write(`${line}\n`);
  for (;;) {
    const typed = await prompt(`${question} `, until);
    if (typed === undefined) return undefined;
    const chosen = choices.find(({ letter }) => letter === typed.trim().toLowerCase());
    if (chosen !== undefined) return chosen.value;
    stderr.write(`please type one of ${letters}\n`);
  }
}
