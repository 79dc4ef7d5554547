// What completion has to say about one place of a line, before it is known what was typed there.

import { COMPLETION_ABOUT_CHARS_MAX, COMPLETION_VALUE_CHARS_MAX } from "../../protocol/limits.ts";
import { neutralise } from "../../terminal/neutralise.ts";
import { showHidden } from "../../terminal/show-hidden.ts";

/** A word that could stand at a place. */
export interface Offer {
  /** As the program would get it, without quotes. */
  readonly value: string;
  readonly about?: string | undefined;
  /** What a menu shows in place of the value. */
  readonly display?: string | undefined;
  /** The order that whoever made the offer wishes, among those that fit equally well. */
  readonly sort?: string | undefined;
  /** Offers of a smaller group come first, however well others fit; 0 when absent. */
  readonly group?: number | undefined;
  /** More is typed behind it without a space: a folder. */
  readonly isOpen?: true | undefined;
}

/** What could be typed at the cursor. */
export interface Place {
  /** The start of the word that stays as it is, for instance `--format=`. */
  readonly kept: string;
  /** What is typed behind that. */
  readonly typed: string;
  /** Of all that could stand there, whatever was typed. */
  readonly offers: readonly Offer[];
}

export const NOWHERE: Place = { kept: "", typed: "", offers: [] };

/** Whether a value may be offered: people can see all of it, and it is one line. */
export function isShowable(value: string): boolean {
  const isOneLine = value !== "" && value.length <= COMPLETION_VALUE_CHARS_MAX && !/[\n\t]/.test(value);
  return isOneLine && showHidden(value) === value;
}

/** A text of whoever made the offer, for one line of a menu; harmless and short. */
export function menuText(text: string | null | undefined): string | undefined {
  const line = neutralise(text ?? "")
    .replace(/\s+/g, " ")
    .trim();
  if (line === "") return undefined;
  if (line.length <= COMPLETION_ABOUT_CHARS_MAX) return line;
  return `${line.slice(0, COMPLETION_ABOUT_CHARS_MAX - 1).toWellFormed()}…`;
}
