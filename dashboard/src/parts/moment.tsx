// A time as people say it, "5 minutes ago", with the exact one for whoever points at it.

import { useSyncExternalStore } from "react";
import { relativeTime } from "./relative-time.ts";

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** @param time ISO 8601. */
export function Moment({ time }: { readonly time: string }) {
  const nowMs = useNow();
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return <span>{time}</span>;
  return (
    <time dateTime={time} title={exact.format(at)}>
      {relativeTime(at.getTime(), nowMs)}
    </time>
  );
}

const TICK_MS = 20_000;

let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function tick(): void {
  nowMs = Date.now();
  for (const listener of listeners) listener();
}

/** The same for all that are shown, so that one timer does for all of them. */
function useNow(): number {
  return useSyncExternalStore(follow, () => nowMs);
}

function follow(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    timer = setInterval(tick, TICK_MS);
    // While nobody looked, time went on.
    tick();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
