// One question: what each key does to it, and what is to be seen of it. Whoever owns the terminal reads keys and paints.

import { type Cell, cellsOf, type Row, styleCode } from "./cells.ts";
import { cleanText } from "./clean-text.ts";
import { Completing, type Wish } from "./completing.ts";
import type { Prompt, Size, View } from "./compose-frame.ts";
import type { EditBuffer } from "./edit-buffer.ts";
import { EDIT_KEYS } from "./edit-keys.ts";
import { HistorySearch } from "./history-search.ts";
import { HistoryWalk } from "./history-walk.ts";
import type { KeyPress } from "./key-reader.ts";
import type { EditorOptions, Typed } from "./line-editor.ts";
import { type Marks, marksFor } from "./marks.ts";
import type { Paste } from "./paste-reader.ts";
import { TypingHelp } from "./typing-help.ts";

interface Told {
  /** What is to be seen changed although no key was pressed. */
  changed(): void;
  answer(typed: Typed): void;
}

const MENU_ROWS_MAX = 10;
const HISTORY_ROWS = 5;

export class Asking {
  /** Nothing that comes late changes anything any more. */
  isOver = false;
  readonly #buffer: EditBuffer;
  readonly #options: EditorOptions;
  readonly #told: Told;
  readonly #history: readonly string[];
  readonly #walk: HistoryWalk;
  readonly #completing: Completing;
  readonly #help: TypingHelp;
  #search: HistorySearch | undefined;
  #note: string | undefined;
  #isDropped = false;

  constructor(buffer: EditBuffer, options: EditorOptions, told: Told) {
    this.#buffer = buffer;
    this.#options = options;
    this.#told = told;
    this.#history = typeof options.history === "function" ? options.history() : options.history;
    this.#walk = new HistoryWalk(this.#history);
    this.#completing = new Completing(buffer, options);
    this.#help = new TypingHelp(options, told.changed);
    this.#renewHelp();
  }

  take(event: KeyPress | Paste): void {
    if (this.isOver) return;
    if (event.kind === "key" && this.#completing.isWaitingFor(event.name)) return;
    const { text, cursor } = this.#buffer;
    this.#note = undefined;
    this.#completing.giveUp();
    if (event.kind === "paste") this.#paste(event);
    else if (this.#search !== undefined) this.#searchKey(this.#search, event);
    else if (!this.#isForMenu(event)) this.#key(event);
    if (this.#buffer.text !== text || this.#buffer.cursor !== cursor) this.#renewHelp();
  }

  /** Takes away what is only there for the next key. */
  rest(): void {
    this.#completing.close();
    if (this.#search !== undefined) this.#leaveSearch(this.#search);
    this.#note = undefined;
    this.#help.clear();
  }

  /** @param isDropped the text is not taken, and shows it. */
  end(isDropped: boolean): void {
    this.isOver = true;
    this.#isDropped = isDropped;
    this.#help.end();
    this.rest();
  }

  view(prompt: Prompt, size: Size): View {
    const look = this.#options.look();
    const marks = marksFor(look);
    const { text, cursor } = this.#buffer;
    const muted = styleCode("muted", look);
    if (this.#search !== undefined) {
      const below = this.#search.rows(Math.max(1, Math.min(this.#historyRows(), size.rows - 3)), look, marks);
      const found = this.#search.selected ?? this.#search.typed.text;
      const cursorBelow = { row: 0, column: this.#search.queryColumns };
      return { prompt, text: found, cursor: found.length, below, cursorBelow };
    }
    const mark = this.#isDropped ? cellsOf("^C", muted) : [];
    // What stands at the right is about the line before: beside one that was given, it would seem to be about that one.
    const { right: _, ...rightless } = prompt;
    return { prompt: this.isOver ? rightless : prompt, text, cursor, mark, below: this.#below(size, marks) };
  }

  #below(size: Size, marks: Marks): readonly Row[] {
    const look = this.#options.look();
    const room = { columns: size.columns - 1, rows: Math.max(1, Math.min(MENU_ROWS_MAX, Math.floor(size.rows / 2))) };
    const { menu } = this.#completing;
    const menuRows = menu?.rows(room, look, marks) ?? [];
    // What a menu offers, it says itself.
    const help = this.#note ?? (menu === undefined ? this.#help.text : undefined);
    const rows: Cell[][] = help ? [cellsOf(help.replaceAll("\n", " "), styleCode("muted", look))] : [];
    return [...rows, ...menuRows];
  }

  #isForMenu({ name }: KeyPress): boolean {
    const { menu } = this.#completing;
    return menu !== undefined && this.#completing.key(menu, name);
  }

  #key({ name, text }: KeyPress): void {
    const buffer = this.#buffer;
    if (text !== undefined) return this.#insert(text);
    const edit = EDIT_KEYS[name];
    if (edit !== undefined) return edit(buffer);
    switch (name) {
      case "return":
      case "enter":
        return this.#enter();
      case "alt-return":
      case "alt-enter":
        return this.#insert("\n");
      case "ctrl-c":
        return this.#told.answer({ kind: "interrupt" });
      case "ctrl-d":
        if (buffer.text === "") return this.#told.answer({ kind: "end" });
        return buffer.deleteRight();
      case "up":
        if (buffer.up()) return;
        return this.#show(this.#walk.older(buffer.text));
      case "down":
        if (buffer.down()) return;
        return this.#show(this.#walk.newer(buffer.text));
      case "ctrl-p":
        return this.#show(this.#walk.older(buffer.text));
      case "ctrl-n":
        return this.#show(this.#walk.newer(buffer.text));
      case "ctrl-r":
        this.#search = new HistorySearch(this.#history, { text: buffer.text, cursor: buffer.cursor });
        return;
      case "tab":
      case "shift-tab":
        return void this.#complete("prefix");
      case "ctrl-space":
        return void this.#complete("menu");
    }
  }

  #show(text: string | undefined): void {
    if (text !== undefined) this.#buffer.set(text);
  }

  #insert(text: string): void {
    if (!this.#buffer.insert(cleanText(text).text)) this.#note = "the text is as long as it can be";
  }

  #enter(): void {
    const { isWhole, expand } = this.#options;
    const { text } = this.#buffer;
    const expanded = expand?.(text);
    if (expanded !== undefined && "problem" in expanded) {
      this.#note = expanded.problem;
      return;
    }
    if (expanded !== undefined && expanded.text !== text) return this.#buffer.set(cleanText(expanded.text).text);
    if (isWhole !== undefined && !isWhole(text)) return this.#insert("\n");
    this.#told.answer({ kind: "text", text });
  }

  /** Never runs anything: line breaks are part of the text, but not those at its end, which only close the last line. */
  #paste({ bytes, isTooLarge }: Paste): void {
    this.#completing.close();
    const { text, dropped } = cleanText(bytes);
    if (this.#search !== undefined) return this.#search.type(text.trimEnd());
    const isAtEnd = this.#buffer.cursor === this.#buffer.text.length;
    const isTaken = !isTooLarge && this.#buffer.insert(isAtEnd ? text.replace(/\n+$/, "") : text);
    if (!isTaken) this.#note = "what was pasted is too long and was left out";
    else if (dropped > 0) this.#note = `control characters that were pasted were left out: ${dropped}`;
  }

  #searchKey(search: HistorySearch, { name, text }: KeyPress): void {
    if (text !== undefined) return search.type(text);
    switch (name) {
      case "ctrl-r":
      case "down":
      case "ctrl-n":
        return search.older();
      case "ctrl-s":
      case "up":
      case "ctrl-p":
        return search.newer();
      case "backspace":
      case "ctrl-h":
        return search.deleteLeft();
      case "ctrl-u":
      case "ctrl-w":
        return search.deleteAll();
      case "escape":
      case "ctrl-g":
      case "ctrl-c":
      case "ctrl-d":
        return this.#leaveSearch(search);
    }
    // Any other key takes what was found; Enter and Tab do no more than that.
    this.#search = undefined;
    this.#show(search.selected);
    if (!["return", "enter", "tab"].includes(name)) this.#key({ kind: "key", name, text });
  }

  #leaveSearch({ typed }: HistorySearch): void {
    this.#search = undefined;
    this.#buffer.set(typed.text, typed.cursor);
  }

  async #complete(wish: Wish): Promise<void> {
    const cameToSomething = await this.#completing.start(wish);
    if (this.isOver || cameToSomething === undefined) return;
    if (!cameToSomething) this.#note = "nothing to complete here";
    this.#renewHelp();
    this.#told.changed();
  }

  #renewHelp(): void {
    this.#help.renew(() => ({ text: this.#buffer.text, cursor: this.#buffer.cursor }));
  }

  #historyRows(): number {
    return this.#options.historyRows?.() ?? HISTORY_ROWS;
  }
}
