// What happened in a task as a page keeps it: events in order, each once, however they came, and what is passing by now.

import type { Answer } from "../api/ask.ts";

export type TaskEvent = Omit<Answer<"GET /tasks/{id}/events">["events"][number], "told_at">;

export interface Feed {
  readonly events: readonly TaskEvent[];
  /** The number of the last one that was heard of. */
  readonly lastSeq: number;
  /** Earlier ones were there, and are not kept in the page. */
  readonly isCut: boolean;
  readonly step: string | undefined;
  /** What the agent writes now. */
  readonly text: string | undefined;
}

export const EMPTY_FEED: Feed = { events: [], lastSeq: 0, isCut: false, step: undefined, text: undefined };

/** Of one task, in the page. */
export const EVENTS_SHOWN_MAX = 500;

const ENDS: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "clarification"]);

/** The feed with more events; those that it has are left out. */
export function withEvents(feed: Feed, more: readonly TaskEvent[]): Feed {
  let { lastSeq, step, text } = feed;
  const added: TaskEvent[] = [];
  for (const event of more) {
    if (event.kind === "progress") step = textOf(event.payload["current_step"]);
    else if (event.kind === "output") text = textOf(event.payload["text"]);
    else if (event.seq > lastSeq) {
      added.push(event);
      lastSeq = event.seq;
      // What was written until now stands in the task by then.
      if (ENDS.has(event.kind) || event.kind === "started") [step, text] = [undefined, undefined];
    }
  }
  const all = added.length === 0 ? feed.events : [...feed.events, ...added];
  const events = all.slice(-EVENTS_SHOWN_MAX);
  return { events, lastSeq, isCut: feed.isCut || events.length < all.length, step, text };
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
