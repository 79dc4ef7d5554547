// Follows what happens in a task: its stream while a round is open and the page is looked at, and pages where there is no stream,
// which happens when as many are followed already as may be.

import { useEffect, useRef, useState } from "react";
import { isOver, TASK_EVENT, type TaskStatus } from "../../../src/protocol/task.ts";
import { addressOf, ask } from "../api/ask.ts";
import { useFollowed } from "../api/use-followed.ts";
import { EMPTY_FEED, type Feed, type TaskEvent, withEvents } from "./task-feed.ts";

interface Followed {
  readonly id: string;
  readonly status: TaskStatus;
  /** Another one: something happened. */
  readonly updated_at: string;
}

/** @param task undefined until it is known. */
export function useTaskFeed(task: Followed | undefined): Feed {
  const [feed, setFeed] = useState(EMPTY_FEED);
  const lastSeq = useRef(0);
  lastSeq.current = feed.lastSeq;
  const id = task?.id;
  const isOpen = task !== undefined && !isOver(task);
  const changed = task?.updated_at;

  const take = (event: TaskEvent) => setFeed((before) => withEvents(before, [event]));
  useFollowed(isOpen ? id : undefined, {
    address: () => addressOf("GET /tasks/{id}/events", { params: { id: id ?? "" }, query: { after: lastSeq.current } }),
    on: Object.fromEntries(Object.keys(TASK_EVENT).map((kind) => [kind, take])),
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for again whenever the task has changed
  useEffect(() => {
    if (id === undefined) return;
    const given = new AbortController();
    void pages(id, lastSeq.current, given.signal, (events) => setFeed((before) => withEvents(before, events))).catch(
      // What could not be asked for now comes with the next change; the page says by itself when the host is away.
      () => {},
    );
    return () => given.abort();
  }, [id, changed]);

  return feed;
}

async function pages(
  id: string,
  after: number,
  signal: AbortSignal,
  take: (events: readonly TaskEvent[]) => void,
): Promise<void> {
  for (let next: number | null = after; next !== null; ) {
    const query: { readonly after: number } = { after: next };
    const page = await ask("GET /tasks/{id}/events", { params: { id }, query }, signal);
    take(page.events);
    next = page.next;
  }
}
