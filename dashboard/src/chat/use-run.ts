// Follows an answer that is being made. What comes is collected and shown some times a second, however fast the model talks; a
// stream that is cut goes on where it was.

import { useEffect, useState } from "react";
import type { ChatEvent } from "../../../src/protocol/api/runs.ts";
import { addressOf } from "../api/ask.ts";
import { refresh } from "../api/topics.ts";
import { afterEvents, NOTHING_TOLD, type ToldRun } from "./run-turns.ts";

export interface FollowedRun extends ToldRun {
  readonly isCutOff: boolean;
}

const NOT_FOLLOWED: FollowedRun = { ...NOTHING_TOLD, isCutOff: false };

/** How often what came is shown. */
const SHOWN_EVERY_MS = 40;

/** @param runId another one begins anew; nothing: nothing is followed. */
export function useRun(runId: string | undefined): FollowedRun {
  const [followed, setFollowed] = useState({ runId, run: NOT_FOLLOWED });
  useEffect(() => {
    if (runId === undefined) return;
    let run = NOT_FOLLOWED;
    const show = (changed: FollowedRun) => {
      run = changed;
      setFollowed({ runId, run });
    };
    return follow(runId, {
      onEvents: (events) => show({ ...run, ...afterEvents(run, events), isCutOff: false }),
      onCut: (isCutOff) => show({ ...run, isCutOff }),
    });
  }, [runId]);
  return followed.runId === runId ? followed.run : NOT_FOLLOWED;
}

interface Taker {
  onEvents(events: readonly ChatEvent[]): void;
  onCut(isCutOff: boolean): void;
}

/** Follows for as long as the page is looked at: a browser has few connections for one host. Gives what ends it. */
function follow(runId: string, taker: Taker): () => void {
  let place = 0;
  let stop: (() => void) | undefined;
  const look = () => {
    if (document.visibilityState === "hidden") {
      stop?.();
      stop = undefined;
    } else stop ??= followFrom(runId, place, { ...taker, onPlace: (now) => (place = now) });
  };
  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    stop?.();
  };
}

function followFrom(
  runId: string,
  after: number,
  { onEvents, onCut, onPlace }: Taker & { onPlace(place: number): void },
): () => void {
  const source = new EventSource(addressOf("GET /runs/{run}/events", { params: { run: runId }, query: { after } }));
  let waiting: ChatEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = () => {
    clearTimeout(timer);
    timer = undefined;
    const events = waiting;
    waiting = [];
    if (events.length > 0) onEvents(events);
  };
  const take = (event: ChatEvent) => {
    waiting.push(event);
    timer ??= setTimeout(show, SHOWN_EVERY_MS);
    if (event.type === "approval") void refresh(["approvals"]);
    if (event.type !== "end") return;
    source.close();
    show();
    void refresh(["sessions"]);
  };
  for (const type of TYPES) {
    source.addEventListener(type, ({ data, lastEventId }: MessageEvent<string>) => {
      onPlace(Number(lastEventId));
      take({ type, ...JSON.parse(data) } as ChatEvent);
    });
  }
  source.addEventListener("open", () => onCut(false));
  source.addEventListener("error", () => {
    onCut(true);
    // The browser does not come again: the session says what became of it.
    if (source.readyState === EventSource.CLOSED) void refresh(["sessions"]);
  });
  return () => {
    show();
    source.close();
  };
}

const TYPES = [
  "text",
  "reasoning",
  "tool_call",
  "tool_result",
  "approval",
  "artifact",
  "gap",
  "end",
] as const satisfies readonly ChatEvent["type"][];
