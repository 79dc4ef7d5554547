// What a plugin prints on stderr, passed on to the user's: live, without colours and without orders to the terminal.

import type { Output } from "./io.ts";
import { neutralise } from "./neutralise.ts";

/** What programs colour their text with. */
export const COLOURS = /\u001b\[[0-9;:]*m/g;
/** What may be the beginning of a colour or of a line break. */
const CUT_OFF = /(?:\u001b(?:\[[0-9;:]{0,64})?|\r)$/;

export class PluginStderr {
  readonly #out: Output;
  #held = "";
  #last = "\n";

  constructor(out: Output) {
    this.#out = out;
  }

  /** Takes the next piece of text, cut anywhere. */
  write(text: string): void {
    const all = this.#held + text;
    this.#held = CUT_OFF.exec(all)?.[0] ?? "";
    this.#print(all.slice(0, all.length - this.#held.length));
  }

  /** Prints what was held back and ends the last line. */
  end(): void {
    this.#print(this.#held);
    this.#held = "";
    if (this.#last !== "\n") this.#print("\n");
  }

  #print(text: string): void {
    if (text === "") return;
    // A lone carriage return redraws a line on a screen; here it begins a new one.
    const clean = neutralise(text.replace(COLOURS, "").replace(/\r\n?/g, "\n"));
    this.#out.write(clean);
    this.#last = clean.at(-1) ?? this.#last;
  }
}
