// The line of help for what is being typed. It is asked for in the background, one question at a time: what is typed
// meanwhile is asked about afterwards, once.

import { COMPLETION_LINE_CHARS_MAX } from "../../protocol/limits.ts";
import type { EditorOptions } from "./line-editor.ts";

export class TypingHelp {
  readonly #options: Pick<EditorOptions, "hint">;
  readonly #changed: () => void;
  #text: string | undefined;
  #state: "idle" | "asking" | "to be asked again" = "idle";
  #isOver = false;

  /** @param changed called when there is other help than before, some time after it was asked for. */
  constructor(options: Pick<EditorOptions, "hint">, changed: () => void) {
    this.#options = options;
    this.#changed = changed;
  }

  get text(): string | undefined {
    return this.#text;
  }

  /** Nothing is shown from now on, and nothing that comes late changes that. */
  end(): void {
    this.#isOver = true;
    this.#text = undefined;
  }

  clear(): void {
    this.#text = undefined;
  }

  /** @param line gives what is being typed when it is time to ask. */
  renew(line: () => { readonly text: string; readonly cursor: number }): void {
    if (this.#options.hint === undefined || this.#isOver) return;
    if (this.#state !== "idle") {
      this.#state = "to be asked again";
      return;
    }
    const { text, cursor } = line();
    const answer = text.length > COMPLETION_LINE_CHARS_MAX ? undefined : this.#ask(text, cursor);
    if (!(answer instanceof Promise)) {
      this.#text = answer;
      return;
    }
    this.#state = "asking";
    void answer
      .catch(() => undefined)
      .then((found) => {
        const isStale = this.#state === "to be asked again";
        this.#state = "idle";
        if (isStale) this.renew(line);
        else this.#show(found);
      });
  }

  #ask(text: string, cursor: number): Promise<string | undefined> | string | undefined {
    try {
      return this.#options.hint?.(text, cursor);
    } catch {
      return undefined;
    }
  }

  #show(found: string | undefined): void {
    if (this.#isOver || found === this.#text) return;
    this.#text = found;
    this.#changed();
  }
}
