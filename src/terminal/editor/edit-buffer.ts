// The text that is edited, and the cursor in it: every change that a key can make, and how to undo it.

import { EDITOR_TEXT_CHARS_MAX, EDITOR_UNDO_CHARS_MAX, EDITOR_UNDO_STEPS_MAX } from "../../protocol/limits.ts";
import { graphemeAfter, graphemeBefore } from "./graphemes.ts";
import { ReadlineEngine, type TextAt } from "./readline-engine.ts";

export class EditBuffer {
  #text = "";
  #cursor = 0;
  readonly #engine = new ReadlineEngine();
  #undo: TextAt[] = [];
  #undoChars = 0;
  #redo: TextAt[] = [];
  /** What the last change was: letters that are typed one after the other are undone as a word. */
  #last: "type" | "yank" | "other" = "other";

  get text(): string {
    return this.#text;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Begins anew: nothing of what was before can be brought back, but what was killed. */
  reset(text: string): void {
    this.#text = text;
    this.#cursor = text.length;
    this.#undo = [];
    this.#undoChars = 0;
    this.#redo = [];
    this.#last = "other";
  }

  /** The whole text in place of the one that there is. */
  set(text: string, cursor = text.length): void {
    if (text !== this.#text) this.#change({ text, cursor });
    this.#cursor = cursor;
  }

  /** Gives whether it fitted. */
  insert(inserted: string): boolean {
    if (this.#text.length + inserted.length > EDITOR_TEXT_CHARS_MAX) return false;
    const isWord = inserted.length === 1 && inserted !== " " && this.#last === "type";
    this.#replace(this.#cursor, this.#cursor, inserted, isWord);
    this.#last = inserted.length === 1 ? "type" : "other";
    return true;
  }

  deleteLeft(): void {
    this.#replace(graphemeBefore(this.#text, this.#cursor), this.#cursor, "");
  }

  deleteRight(): void {
    this.#replace(this.#cursor, graphemeAfter(this.#text, this.#cursor), "");
  }

  left(): void {
    this.#move(graphemeBefore(this.#text, this.#cursor));
  }

  right(): void {
    this.#move(graphemeAfter(this.#text, this.#cursor));
  }

  wordLeft(): void {
    this.#move(this.#engine.wordLeft(this.#place()));
  }

  wordRight(): void {
    this.#move(this.#engine.wordRight(this.#place()));
  }

  home(): void {
    this.#move(this.#lineFrom());
  }

  end(): void {
    this.#move(this.#lineTo());
  }

  textStart(): void {
    this.#move(0);
  }

  textEnd(): void {
    this.#move(this.#text.length);
  }

  /** To the line above. Gives whether there is one. */
  up(): boolean {
    const from = this.#lineFrom();
    if (from === 0) return false;
    const above = this.#text.lastIndexOf("\n", from - 2) + 1;
    this.#moveInLine(above, from - 1, this.#cursor - from);
    return true;
  }

  /** To the line below. Gives whether there is one. */
  down(): boolean {
    const to = this.#lineTo();
    if (to === this.#text.length) return false;
    const belowTo = this.#text.indexOf("\n", to + 1);
    this.#moveInLine(to + 1, belowTo === -1 ? this.#text.length : belowTo, this.#cursor - this.#lineFrom());
    return true;
  }

  killWordLeft(): void {
    this.#kill(this.#engine.wordLeft(this.#place()), this.#cursor);
  }

  killWordRight(): void {
    this.#kill(this.#cursor, this.#engine.wordRight(this.#place()));
  }

  killLineLeft(): void {
    this.#kill(this.#lineFrom(), this.#cursor);
  }

  /** At the end of a line, the line break. */
  killLineRight(): void {
    const to = this.#lineTo();
    this.#kill(this.#cursor, to === this.#cursor ? to + 1 : to);
  }

  yank(): void {
    this.#takeYanked(this.#engine.yank(this.#place()));
  }

  /** Only directly after a yank. */
  yankEarlier(): void {
    if (this.#last === "yank") this.#takeYanked(this.#engine.yankEarlier(this.#place()));
  }

  /** Exchanges the characters around the cursor; at the end of a line, the last two. */
  transpose(): void {
    const right = this.#cursor === this.#lineTo() ? graphemeBefore(this.#text, this.#cursor) : this.#cursor;
    const left = graphemeBefore(this.#text, right);
    const to = graphemeAfter(this.#text, right);
    if (left < this.#lineFrom() || left === right || to === right) return;
    this.#replace(left, to, this.#text.slice(right, to) + this.#text.slice(left, right));
  }

  /** The rest of the word that the cursor is in or in front of. */
  changeWord(change: (word: string) => string): void {
    const to = this.#engine.wordRight(this.#place());
    this.#replace(this.#cursor, to, change(this.#text.slice(this.#cursor, to)));
  }

  undo(): void {
    const before = this.#undo.pop();
    if (before === undefined) return;
    this.#undoChars -= before.text.length;
    this.#redo.push(this.#place());
    this.#show(before);
  }

  redo(): void {
    const after = this.#redo.pop();
    if (after === undefined) return;
    this.#remember();
    this.#show(after);
  }

  close(): void {
    this.#engine.close();
  }

  #place(): TextAt {
    return { text: this.#text, cursor: this.#cursor };
  }

  #lineFrom(): number {
    return this.#cursor === 0 ? 0 : this.#text.lastIndexOf("\n", this.#cursor - 1) + 1;
  }

  #lineTo(): number {
    const to = this.#text.indexOf("\n", this.#cursor);
    return to === -1 ? this.#text.length : to;
  }

  #move(cursor: number): void {
    this.#cursor = cursor;
    this.#last = "other";
  }

  /** So far into the line, but never into the middle of a character. */
  #moveInLine(from: number, to: number, chars: number): void {
    const at = Math.min(from + chars, to);
    this.#move(at === to ? at : Math.max(from, graphemeBefore(this.#text, at + 1)));
  }

  #kill(from: number, to: number): void {
    this.#engine.kill(this.#text.slice(from, to));
    this.#replace(from, to, "");
  }

  #takeYanked(at: TextAt): void {
    if (at.text.length > EDITOR_TEXT_CHARS_MAX) return;
    if (at.text !== this.#text) this.#change(at);
    this.#last = "yank";
  }

  #replace(from: number, to: number, inserted: string, goesOn = false): void {
    if (from === to && inserted === "") return;
    const text = this.#text.slice(0, from) + inserted + this.#text.slice(to);
    this.#change({ text, cursor: from + inserted.length }, goesOn);
  }

  #change(next: TextAt, goesOn = false): void {
    if (!goesOn) this.#remember();
    this.#redo = [];
    this.#show(next);
  }

  #show({ text, cursor }: TextAt): void {
    this.#text = text;
    this.#cursor = cursor;
    this.#last = "other";
  }

  #remember(): void {
    this.#undo.push(this.#place());
    this.#undoChars += this.#text.length;
    while (this.#undo.length > EDITOR_UNDO_STEPS_MAX || this.#undoChars > EDITOR_UNDO_CHARS_MAX) {
      this.#undoChars -= this.#undo.shift()?.text.length ?? 0;
    }
  }
}
