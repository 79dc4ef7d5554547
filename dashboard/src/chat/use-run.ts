// Follows an answer that is being made. What comes is collected and shown some times a second, however fast the model talks.

import { useEffect, useState } from "react";
import type { ChatEvent } from "../../../src/protocol/api/runs.ts";
import type { ApiError } from "../api/api-error.ts";
import { addressOf } from "../api/ask.ts";
import { type FollowState, follow } from "../api/follow.ts";
import { refresh } from "../api/topics.ts";
import { afterEvents, NOTHING_TOLD, type ToldRun } from "./run-turns.ts";

export interface FollowedRun extends ToldRun {
  readonly isCutOff: boolean;
  /** Why the host does not tell it. */
  readonly refusal: ApiError | undefined;
}

const NOT_FOLLOWED: FollowedRun = { ...NOTHING_TOLD, isCutOff: false, refusal: undefined };

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
    return followRun(runId, {
      onEvents: (events) => show({ ...run, ...afterEvents(run, events) }),
      onState(now) {
        const refusal = now.state === "refused" ? now.error : undefined;
        show({ ...run, isCutOff: now.state === "lost", refusal });
      },
    });
  }, [runId]);
  return followed.runId === runId ? followed.run : NOT_FOLLOWED;
}

interface Taker {
  onEvents(events: readonly ChatEvent[]): void;
  onState(state: FollowState): void;
}

/** Gives what ends it. */
function followRun(runId: string, { onEvents, onState }: Taker): () => void {
  let waiting: ChatEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = () => {
    clearTimeout(timer);
    timer = undefined;
    const events = waiting;
    waiting = [];
    if (events.length === 0) return;
    onEvents(events);
    const has = (type: ChatEvent["type"]) => events.some((event) => event.type === type);
    if (has("approval")) void refresh(["approvals"]);
    if (has("artifact") || has("end")) void refresh(["sessions"]);
  };
  const take = (event: ChatEvent) => {
    waiting.push(event);
    timer ??= setTimeout(show, SHOWN_EVERY_MS);
    if (event.type !== "end") return;
    stop();
    show();
  };
  const stop = follow({
    address: (after) =>
      addressOf("GET /runs/{run}/events", { params: { run: runId }, query: { after: Number(after ?? 0) } }),
    on: Object.fromEntries(TYPES.map((type) => [type, (data: object) => take({ type, ...data } as ChatEvent)])),
    onState(state) {
      onState(state);
      // The session says what became of it.
      if (state.state === "over" || state.state === "refused") void refresh(["sessions"]);
    },
  });
  return () => {
    stop();
    show();
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
