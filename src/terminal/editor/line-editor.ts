// The line editor: asks for one text after the other on a terminal. It knows nothing of commands; whoever asks says what
// completes a line, what helps with it, and when it is whole. docs/decisions/0044-line-editor.md says why it is as it is.
//
// While nobody is asked it does not exist for the terminal: keys are signals again and are shown by the terminal itself.

import { HostError } from "../../protocol/errors.ts";
import type { Output } from "../io.ts";
import type { Look } from "../look.ts";
import { Asking } from "./asking.ts";
import type { CompletionAnswer } from "./completion-answer.ts";
import { Composer, type Prompt, type Size } from "./compose-frame.ts";
import { EditBuffer } from "./edit-buffer.ts";
import type { InputEvent, KeyInput } from "./key-input.ts";
import { marksFor } from "./marks.ts";
import { Painter } from "./painter.ts";

export interface EditorOptions {
  readonly input: KeyInput;
  readonly output: Output;
  readonly look: () => Look;
  /** Newest last. */
  readonly history: readonly string[] | (() => readonly string[]);
  /** Lines that a search in the history shows at once. */
  readonly historyRows?: () => number;
  /** May take its time: it is aborted when the text changes. A failure counts as no candidates. */
  complete?(line: string, cursor: number, signal: AbortSignal): Promise<CompletionAnswer>;
  /** One line of help shown dim below the text, for what is being typed. A failure counts as no help. */
  hint?(line: string, cursor: number): Promise<string | undefined> | string | undefined;
  /** Whether Enter ends the text, or begins another line of it. Absent: it always ends it. */
  isWhole?(text: string): boolean;
  /** Expands `!!` and the like when Enter is pressed; a changed text is put in the buffer for review. */
  expand?(text: string): { readonly text: string } | { readonly problem: string } | undefined;
  /** Ends a question that is being asked. */
  readonly signal?: AbortSignal;
}

/** What the user did: typed a text, pressed Ctrl-C, or ended the input (Ctrl-D, or the terminal is gone). */
export type Typed =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "interrupt" }
  | { readonly kind: "end" };

export interface LineEditor {
  /** Asks for a text; `initial` is there already, to be changed. Throws `interrupted` when the signal is aborted. */
  ask(prompt: Prompt, initial?: string): Promise<Typed>;
  /** A question that is being asked ends as if the input had ended. */
  close(): void;
}

const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };

export function createLineEditor(options: EditorOptions): LineEditor {
  const buffer = new EditBuffer();
  let endQuestion = () => {};
  let isClosed = false;
  return {
    async ask(prompt, initial = "") {
      if (isClosed) return { kind: "end" };
      buffer.reset(initial);
      const question = new Question(options, prompt, buffer);
      endQuestion = () => question.end({ kind: "end" });
      return await question.answer();
    },
    close() {
      isClosed = true;
      endQuestion();
      buffer.close();
    },
  };
}

/** Has the terminal from the first key to the answer. */
class Question {
  readonly #options: EditorOptions;
  readonly #prompt: Prompt;
  readonly #asking: Asking;
  readonly #painter: Painter;
  readonly #composer = new Composer();
  readonly #typed = Promise.withResolvers<Typed>();
  #isPaintDue = false;
  /** The terminal is somebody else's until the program goes on. */
  #isSuspended = false;

  constructor(options: EditorOptions, prompt: Prompt, buffer: EditBuffer) {
    this.#options = options;
    this.#prompt = prompt;
    this.#painter = new Painter(options.output);
    this.#asking = new Asking(buffer, options, {
      changed: () => this.#paintSoon(),
      answer: (typed) => this.end(typed),
    });
  }

  async answer(): Promise<Typed> {
    const { input, signal } = this.#options;
    const onAbort = () => {
      this.#typed.reject(new HostError("interrupted", "interrupted"));
      this.end({ kind: "interrupt" });
    };
    if (signal?.aborted) onAbort();
    else {
      signal?.addEventListener("abort", onAbort, { once: true });
      input.start((event) => this.#take(event));
      this.#paintSoon();
    }
    try {
      return await this.#typed.promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** At once: a key that came together with the last one belongs to the next question. */
  end(typed: Typed): void {
    const { input, output } = this.#options;
    if (this.#asking.isOver) return;
    this.#asking.end(typed.kind === "interrupt");
    try {
      if (!output.isClosed) {
        this.#paint();
        this.#painter.leave();
      }
    } finally {
      input.stop();
      this.#typed.resolve(typed);
    }
  }

  #take(event: InputEvent): void {
    if (event.kind === "end") return this.end({ kind: "end" });
    if (event.kind === "key" && event.name === "ctrl-z") return this.#options.input.suspend();
    if (event.kind === "stops") return this.#leave();
    if (event.kind === "resize") this.#painter.resized(this.#size().columns);
    else if (event.kind === "continued") this.#goOn();
    else if (event.kind === "key" && event.name === "ctrl-l") this.#painter.clearScreen();
    else this.#asking.take(event);
    this.#paintSoon();
  }

  #leave(): void {
    this.#asking.rest();
    this.#paint();
    this.#painter.leave();
    this.#isSuspended = true;
  }

  #goOn(): void {
    this.#isSuspended = false;
    this.#painter.startOver();
  }

  /** Of the keys that come at once, as on a slow line, only what they result in is painted. */
  #paintSoon(): void {
    if (this.#isPaintDue || this.#isSuspended) return;
    this.#isPaintDue = true;
    queueMicrotask(() => {
      this.#isPaintDue = false;
      if (this.#asking.isOver) return;
      this.#paint();
      if (this.#options.output.isClosed) this.end({ kind: "end" });
    });
  }

  #paint(): void {
    const size = this.#size();
    const view = this.#asking.view(this.#prompt, size);
    this.#painter.paint(this.#composer.compose(view, size, marksFor(this.#options.look()).cut));
  }

  #size(): Size {
    const { columns, rows } = this.#options.output;
    // Some terminals say that they have no size.
    return { columns: columns || DEFAULT_SIZE.columns, rows: rows || DEFAULT_SIZE.rows };
  }
}
