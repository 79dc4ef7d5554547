// Reads lines as they come, for terminals that cannot be drawn on (TERM=dumb) and for input that is no terminal: the
// terminal itself shows what is typed. Writes no escape sequence.

import { StringDecoder } from "node:string_decoder";
import { HostError } from "../../protocol/errors.ts";
import { EDITOR_TEXT_CHARS_MAX } from "../../protocol/limits.ts";
import type { Output } from "../io.ts";
import { cleanText } from "./clean-text.ts";
import type { Prompt } from "./compose-frame.ts";
import type { EditorOptions, LineEditor, Typed } from "./line-editor.ts";

export interface BasicOptions extends Pick<EditorOptions, "isWhole" | "expand" | "signal"> {
  readonly input: NodeJS.ReadStream;
  readonly output: Output;
  /** Calls back for each Ctrl-C, which is a signal here, until the function that it gives is called. */
  readonly interrupts?: (listener: () => void) => () => void;
}

/** A line, the end of the input, or a line that was too long to be kept. */
type Line = { readonly line: string } | "end" | "too long";

/** The same as the editor to whoever asks; a text that `expand` changed is printed, and not taken. */
export function createBasicReader(options: BasicOptions): LineEditor {
  const { output } = options;
  const lines = new Lines(options.input);
  let endQuestion = () => {};
  let isClosed = false;
  const askLine = async (prompt: string): Promise<Line | "interrupt"> => {
    output.write(withoutColours(prompt));
    const { promise, resolve, reject } = Promise.withResolvers<Line | "interrupt">();
    const onAbort = () => reject(new HostError("interrupted", "interrupted"));
    const stopInterrupts = options.interrupts?.(() => resolve("interrupt"));
    endQuestion = () => resolve("end");
    options.signal?.addEventListener("abort", onAbort, { once: true });
    if (options.signal?.aborted) onAbort();
    else lines.take(resolve);
    try {
      return await promise;
    } finally {
      lines.pause();
      stopInterrupts?.();
      options.signal?.removeEventListener("abort", onAbort);
    }
  };
  return {
    async ask(prompt) {
      if (isClosed) return { kind: "end" };
      return await askText(options, prompt, askLine);
    },
    close() {
      isClosed = true;
      endQuestion();
    },
  };
}

async function askText(
  { output, isWhole, expand }: BasicOptions,
  prompt: Prompt,
  askLine: (prompt: string) => Promise<Line | "interrupt">,
): Promise<Typed> {
  let text: string | undefined;
  for (;;) {
    const line = await askLine(text === undefined ? prompt.text : (prompt.more ?? ""));
    if (line === "interrupt" || line === "end") {
      output.write("\n");
      return { kind: line };
    }
    if (line === "too long") {
      output.write(`a line is longer than ${EDITOR_TEXT_CHARS_MAX} characters and was left out\n`);
      text = undefined;
      continue;
    }
    text = text === undefined ? line.line : `${text}\n${line.line}`;
    const expanded = expand?.(text);
    if (expanded !== undefined && ("problem" in expanded || expanded.text !== text)) {
      output.write(`${"problem" in expanded ? expanded.problem : expanded.text}\n`);
      text = undefined;
    } else if (isWhole === undefined || isWhole(text)) return { kind: "text", text };
  }
}

/** The lines of a stream, one at a time; those that came together with one that is read wait for the next time. */
class Lines {
  readonly #input: NodeJS.ReadStream;
  readonly #decoder = new StringDecoder("utf8");
  readonly #whole: Line[] = [];
  #begun = "";
  #isTooLong = false;
  #hasEnded = false;
  #give: ((line: Line) => void) | undefined;
  readonly #onData = (bytes: Buffer) => this.#read(this.#decoder.write(bytes));
  readonly #onEnd = () => this.#end();

  constructor(input: NodeJS.ReadStream) {
    this.#input = input;
  }

  take(give: (line: Line) => void): void {
    this.#give = give;
    if (this.#input.destroyed || this.#input.readableEnded) this.#hasEnded = true;
    if (this.#deliver()) return;
    this.#input.on("data", this.#onData);
    for (const event of ["end", "close", "error"]) this.#input.on(event, this.#onEnd);
    this.#input.ref?.();
    this.#input.resume();
  }

  pause(): void {
    this.#give = undefined;
    this.#input.off("data", this.#onData);
    for (const event of ["end", "close", "error"]) this.#input.off(event, this.#onEnd);
    this.#input.pause();
    this.#input.unref?.();
  }

  #read(text: string): void {
    const [first = "", ...others] = text.split("\n");
    this.#extend(first);
    for (const other of others) {
      this.#finishLine();
      this.#extend(other);
    }
    this.#deliver();
  }

  #extend(text: string): void {
    if (this.#begun.length + text.length > EDITOR_TEXT_CHARS_MAX) this.#isTooLong = true;
    this.#begun = this.#isTooLong ? "" : this.#begun + text;
  }

  #finishLine(): void {
    const line = cleanText(this.#begun.replace(/\r$/, "")).text;
    this.#whole.push(this.#isTooLong ? "too long" : { line });
    this.#begun = "";
    this.#isTooLong = false;
  }

  #end(): void {
    if (this.#begun !== "") this.#finishLine();
    this.#hasEnded = true;
    this.#deliver();
  }

  /** Gives whether somebody wanted a line and got one. */
  #deliver(): boolean {
    const give = this.#give;
    if (give === undefined) return false;
    const line = this.#whole.shift() ?? (this.#hasEnded ? "end" : undefined);
    if (line === undefined) return false;
    this.#give = undefined;
    give(line);
    return true;
  }
}

function withoutColours(prompt: string): string {
  return prompt.replace(/\u001b\[[\d;]*m/g, "");
}
