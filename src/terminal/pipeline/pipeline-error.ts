// What is wrong with a pipeline, and where.

import { HostError } from "../../protocol/errors.ts";
import { PIPELINE_ROW_CELLS_MAX } from "../../protocol/limits.ts";

/** Character places in the pipeline's text: the first, and the one behind the last. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** `message` says what is wrong, `hint` what to do. The text of the pipeline is added by those who know all of it. */
export function pipelineError({ from, to }: Place, message: string, hint?: string): HostError {
  return new HostError("pipeline_invalid", message, { details: { at: from, to }, ...(hint !== undefined && { hint }) });
}

const SHOWN_CHARS_MAX = 80;

/** Of a word, so that a message names it: not everybody sees the mark below its place. */
export function shown(word: { readonly text: string }): string {
  const text = word.text.trim();
  return `"${text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text}"`;
}

/** Throws when a row is about to become so many copies that they have too many members together. */
export function refuseCopies(copies: number, membersEach: number, place: Place): void {
  if (copies * membersEach <= PIPELINE_ROW_CELLS_MAX) return;
  const message = `one row would become ${copies}, each with ${membersEach} members`;
  throw pipelineError(place, message, 'keep fewer members first, with "P"');
}
