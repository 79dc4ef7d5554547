// What a round has to tell while it runs: tool calls, which are kept, and of the step and the text that changes the newest,
// every now and then.

import type { RunEvent } from "../protocol/inference.ts";
import { TASK_OUTPUT_CHARS_MAX, TASK_OUTPUT_MS, TASK_PROGRESS_MS } from "../protocol/limits.ts";
import { wholeSeconds } from "../protocol/resumed-activity.ts";
import type { TaskActivity } from "../protocol/task.ts";
import { newestText } from "./task-ending.ts";
import { Throttle } from "./throttle.ts";

export interface RoundNewsOptions {
  readonly title: string;
  keep(activity: TaskActivity): void;
  pass(kind: "progress" | "output", payload: Readonly<Record<string, unknown>>): void;
}

export class RoundNews {
  readonly #options: RoundNewsOptions;
  readonly #progress: Throttle<string>;
  readonly #output: Throttle<undefined>;
  #step: string | null = null;
  /** The text that is being written, or was last. */
  #text = "";
  /** The next text begins an answer of its own. */
  #isNewAnswer = false;
  /** Until it is told that the round waits. */
  #wait: NodeJS.Timeout | undefined;

  /** `stop` has to be called. */
  constructor(options: RoundNewsOptions) {
    const { title, pass } = options;
    this.#options = options;
    this.#progress = new Throttle(TASK_PROGRESS_MS, (step) =>
      pass("progress", { progress: -1, current_step: step, title }),
    );
    this.#output = new Throttle(TASK_OUTPUT_MS, () => pass("output", { text: this.text, title }));
  }

  get step(): string | null {
    return this.#step;
  }

  get text(): string {
    return newestText(this.#text);
  }

  /** For its place, or for its turn in its session. Most rounds wait for a moment only, which nobody is told of. */
  waits(): void {
    this.#step = "Waiting";
    this.#wait = setTimeout(() => this.#progress.offer("Waiting"), TASK_PROGRESS_MS).unref();
  }

  begins(): void {
    clearTimeout(this.#wait);
    this.#goTo("Thinking");
  }

  take(event: RunEvent): void {
    switch (event.type) {
      case "calls_begin":
        // Not before: a host that is killed makes no call that only the plugin was told of.
        for (const { name } of event.calls) this.#options.keep(toolActivity(name));
        break;
      case "text":
        this.#write(event.text);
        break;
      case "reasoning":
      case "tool_result":
        this.#goTo("Thinking");
        break;
      case "tool_call":
        this.#isNewAnswer = true;
        this.#goTo(`Using ${event.call.name}`);
        break;
    }
  }

  /** Nothing that passes is told any more. */
  stop(): void {
    clearTimeout(this.#wait);
    this.#progress.stop();
    this.#output.stop();
  }

  #write(text: string): void {
    const isTooLong = this.#text.length > 2 * TASK_OUTPUT_CHARS_MAX;
    this.#text = this.#isNewAnswer ? text : `${isTooLong ? newestText(this.#text) : this.#text}${text}`;
    this.#isNewAnswer = false;
    this.#goTo("Writing");
    this.#output.offer(undefined);
  }

  #goTo(step: string): void {
    if (step === this.#step) return;
    this.#step = step;
    this.#progress.offer(step);
  }
}

function toolActivity(name: string): TaskActivity {
  return { kind: "tool", title: "Tool", detail: name, timestamp: wholeSeconds(), metadata: { tool_name: name } };
}
