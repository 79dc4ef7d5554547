// Tab: what is asked for, what is certain of it, and the menu of the rest. Looking for candidates never holds up a key: one
// that is not for the completion gives it up.

import { COMPLETION_LINE_CHARS_MAX, COMPLETION_OFFERS_MAX } from "../../protocol/limits.ts";
import { cleanText } from "./clean-text.ts";
import type { Candidate, CompletionAnswer } from "./completion-answer.ts";
import { CompletionMenu } from "./completion-menu.ts";
import type { EditBuffer } from "./edit-buffer.ts";
import type { EditorOptions } from "./line-editor.ts";
import type { TextAt } from "./readline-engine.ts";

/** `prefix`: what all candidates have in common is put into the line first, where there is such. */
export type Wish = "prefix" | "menu";

const COMPLETING_KEYS: ReadonlySet<string> = new Set(["tab", "shift-tab", "ctrl-space"]);

export class Completing {
  readonly #buffer: EditBuffer;
  readonly #options: Pick<EditorOptions, "complete">;
  #menu: CompletionMenu | undefined;
  #asked: AbortController | undefined;

  constructor(buffer: EditBuffer, options: Pick<EditorOptions, "complete">) {
    this.#buffer = buffer;
    this.#options = options;
  }

  get menu(): CompletionMenu | undefined {
    return this.#menu;
  }

  /** The key asks for what is being looked for already. */
  isWaitingFor(key: string): boolean {
    return this.#asked !== undefined && COMPLETING_KEYS.has(key);
  }

  /** What is being looked for belongs to the text as it was. */
  giveUp(): void {
    this.#asked?.abort();
    this.#asked = undefined;
  }

  close(): void {
    this.giveUp();
    this.#menu = undefined;
  }

  /** Gives whether it came to something, undefined when it was given up. */
  async start(wish: Wish): Promise<boolean | undefined> {
    const { text, cursor } = this.#buffer;
    if (this.#options.complete === undefined || text.length > COMPLETION_LINE_CHARS_MAX) return undefined;
    const asked = new AbortController();
    this.#asked = asked;
    const found = await this.#ask({ text, cursor }, asked.signal);
    if (asked.signal.aborted) return undefined;
    this.#asked = undefined;
    const candidates = found.candidates.filter(isHarmless).slice(0, COMPLETION_OFFERS_MAX);
    this.#offer({ ...found, candidates }, wish);
    return candidates.length > 0;
  }

  /** Gives whether the key was for the menu. Another one takes what is chosen, and is a key like any. */
  key(menu: CompletionMenu, name: string): boolean {
    switch (name) {
      case "tab":
      case "ctrl-space":
      case "ctrl-n":
        menu.next();
        break;
      case "shift-tab":
      case "ctrl-p":
        menu.previous();
        break;
      case "down":
        menu.nextRow();
        break;
      case "up":
        menu.previousRow();
        break;
      case "left":
      case "right":
        if (!menu.isGrid || menu.selected === undefined) return this.#leaveMenu(false);
        if (name === "right") menu.next();
        else menu.previous();
        break;
      case "return":
      case "enter":
        return this.#leaveMenu(menu.selected !== undefined);
      case "escape":
      case "ctrl-g":
        this.#buffer.set(menu.typed.text, menu.typed.cursor);
        return this.#leaveMenu(true);
      default:
        return this.#leaveMenu(false);
    }
    if (menu.selected !== undefined) this.#put(menu.typed, menu.answer, menu.selected);
    return true;
  }

  #leaveMenu(isDone: boolean): boolean {
    this.#menu = undefined;
    return isDone;
  }

  async #ask({ text, cursor }: TextAt, signal: AbortSignal): Promise<CompletionAnswer> {
    const nothing = { from: 0, to: 0, candidates: [] };
    try {
      return (await this.#options.complete?.(text, cursor, signal)) ?? nothing;
    } catch {
      return nothing;
    }
  }

  #offer(answer: CompletionAnswer, wish: Wish): void {
    const { text, cursor } = this.#buffer;
    const [first, second] = answer.candidates;
    if (first === undefined) return;
    if (second === undefined) return this.#put({ text, cursor }, answer, first);
    const prefix = commonPrefix(answer.candidates);
    const written = text.slice(answer.from, answer.to);
    if (wish === "prefix" && prefix.length > written.length && prefix.startsWith(written)) {
      this.#put({ text, cursor }, answer, { value: prefix, display: prefix, isFinal: false });
    } else {
      this.#menu = new CompletionMenu(answer, { text, cursor });
    }
  }

  /** The candidate in place of what was typed of it; behind a final one, a space. */
  #put({ text }: TextAt, { from, to }: CompletionAnswer, { value, isFinal }: Candidate): void {
    const rest = text.slice(to);
    const space = isFinal ? " " : "";
    const behind = isFinal && rest.startsWith(" ") ? rest.slice(1) : rest;
    this.#buffer.set(text.slice(0, from) + value + space + behind, from + value.length + space.length);
  }
}

/** What a key could not type is not put into a line by a key either. */
function isHarmless({ value }: Candidate): boolean {
  return cleanText(value).dropped === 0 && !/[\r\n]/.test(value);
}

function commonPrefix(candidates: readonly Candidate[]): string {
  let prefix = candidates[0]?.value ?? "";
  for (const { value } of candidates) {
    let length = 0;
    while (length < prefix.length && prefix[length] === value[length]) length++;
    prefix = prefix.slice(0, length);
  }
  // Half a character is none.
  return prefix.isWellFormed() ? prefix : prefix.slice(0, -1);
}
