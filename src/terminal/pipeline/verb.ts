// What flows through a pipeline, and what a verb is.

import type { OrderedJson } from "../../base/ordered-json.ts";
import type { Group } from "../groups.ts";
import type { Row } from "../rows.ts";

/**
 * Rows are taken one by one and only once, so that a stage holds no more of them than it needs. A document is data that
 * is not made of rows: help, or what a plugin asked to have left whole.
 */
export type Flow =
  | { readonly kind: "rows"; readonly rows: Iterable<Row> }
  | { readonly kind: "groups"; readonly groups: Iterable<Group> }
  | { readonly kind: "document"; readonly document: OrderedJson };

/** One stage as it was typed. */
export interface StageText {
  /** Everything between two bars, the verb included. */
  readonly text: string;
  /** Where that begins in the pipeline's text. */
  readonly from: number;
}

/** A stage that is ready to run; whatever is wrong in its text was found before. */
export interface Stage {
  readonly text: StageText;
  /** Whether a plugin's wish for a format still counts behind it. */
  readonly keepsHint: boolean;
  /** Throws `pipeline_invalid` for what does not fit the data. Rows may be computed only when they are taken. */
  apply(flow: Flow, run: Run): Flow | Promise<Flow>;
}

/** One run of a pipeline. */
export interface Run {
  readonly signal: AbortSignal;
}
