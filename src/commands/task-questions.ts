// Puts the questions of a task's agent to whoever follows it: at a terminal they are asked, elsewhere it is said how they
// are answered. An answer that comes from elsewhere takes the question back.

import { HostError } from "../protocol/errors.ts";
import type { Clarification, TaskEvent } from "../protocol/task.ts";
import type { CommandIo } from "../terminal/io.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";
import type { Tasks } from "./task-rows.ts";

interface TaskQuestionsOptions {
  readonly io: CommandIo;
  readonly settings: Settings;
  readonly tasks: Pick<Tasks, "show" | "answer">;
  /** The answer could not be given. */
  onFailure(error: unknown): void;
}

export class TaskQuestions {
  readonly #options: TaskQuestionsOptions;
  #asked: AbortController | undefined;

  constructor(options: TaskQuestionsOptions) {
    this.#options = options;
  }

  /** Asks when the question is still open; resolves before there is an answer. */
  async ask({ taskId, payload }: TaskEvent): Promise<void> {
    const { io, settings, tasks } = this.#options;
    const { status, question } = await tasks.show(taskId);
    if (status !== "awaitingClarification" || question === null || question.question !== payload["question"]) return;
    if (io.prompt === undefined || !io.stderr.isTerminal || settings.json) return this.#sayHow(taskId);
    const asked = new AbortController();
    this.#asked = asked;
    void this.#answer(taskId, question, asked.signal).catch((error: unknown) => {
      if (!asked.signal.aborted && !io.signal.aborted) this.#options.onFailure(error);
    });
  }

  /** Somebody else answered, or there is nothing to answer any more. */
  takeBack(): void {
    this.#asked?.abort();
    this.#asked = undefined;
  }

  async #answer(taskId: string, question: Clarification, taken: AbortSignal): Promise<void> {
    const { io, tasks, settings } = this.#options;
    let typed: string | undefined = "";
    while (typed?.trim() === "") typed = await io.prompt!(promptOf(question), taken);
    if (taken.aborted) return;
    if (typed === undefined) return this.#sayHow(taskId);
    try {
      await tasks.answer(taskId, chosenText(question, typed));
    } catch (error) {
      if (!wasAnswered(error)) throw error;
      notify(io, settings, "info", "the question was answered elsewhere");
    }
  }

  #sayHow(taskId: string): void {
    const { io, settings } = this.#options;
    notify(io, settings, "info", `the agent waits for an answer: osaurus tasks answer ${taskId} TEXT`);
  }
}

function promptOf({ options, allow_multiple: isMultiple }: Clarification): string {
  if (options === undefined) return "answer: ";
  return isMultiple ? "answer (numbers with commas between them, or a text): " : "answer (a number, or a text): ";
}

/** What was typed, or the options whose numbers it is. An option that is a number itself means itself. */
export function chosenText({ options = [], allow_multiple: isMultiple }: Clarification, typed: string): string {
  const text = typed.trim();
  if (options.includes(text)) return text;
  const numbers = isMultiple ? text.split(",") : [text];
  const chosen = numbers.map((one) => (/^\s*\d{1,3}\s*$/.test(one) ? options[Number(one) - 1] : undefined));
  return chosen.every((one) => one !== undefined) ? [...new Set(chosen)].join(", ") : text;
}

function wasAnswered(error: unknown): boolean {
  return error instanceof HostError && ["task_not_waiting", "task_over"].includes(error.code);
}
