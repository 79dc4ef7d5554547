// What flows through a pipeline, and what a verb is.

import type { OrderedJson } from "../../base/ordered-json.ts";
import type { Group } from "../groups.ts";
import type { Row } from "../rows.ts";

/**
 * Rows and groups come a batch at a time (`batches.ts`) and only once, so that a stage holds no more of them than it needs,
 * and whoever takes them can look up between two batches. A batch may be empty.
 */
export type Batches<T> = Iterable<readonly T[]>;
export type Rows = Batches<Row>;

/**
 * A document is data that is not made of rows: help, or what a plugin asked to have left whole. `hadLists`: there were arrays
 * of objects in it, so that if there are none now there are no rows left; whoever runs the stages sees to it, unless a stage says otherwise.
 */
export type Flow =
  | { readonly kind: "rows"; readonly rows: Rows }
  | { readonly kind: "groups"; readonly groups: Batches<Group> }
  | { readonly kind: "document"; readonly document: OrderedJson; readonly hadLists?: boolean };

/** One stage as it was typed. */
export interface StageText {
  /** Everything between two bars, the verb included. */
  readonly text: string;
  /** Where that begins in the pipeline's text. */
  readonly from: number;
}

/** What the words behind a verb were made into. */
export interface CompiledVerb {
  /** Whether a plugin's wish for a format still counts behind it. */
  readonly keepsHint: boolean;
  /** Before anything runs, for what takes a while to find out about the words. Throws `pipeline_invalid`. */
  check?(run: Run): Promise<void>;
  /** Throws `pipeline_invalid` for what does not fit the data. Rows may be computed only when they are taken. */
  apply(flow: Flow, run: Run): Flow | Promise<Flow>;
}

/** A stage that is ready to run; whatever is wrong in its text was found before. */
export interface Stage extends CompiledVerb {
  readonly text: StageText;
}

/** One run of a pipeline. */
export interface Run {
  readonly signal: AbortSignal;
}
