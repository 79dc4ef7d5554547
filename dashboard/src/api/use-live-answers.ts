// Follows what changes on the host, and asks again for what is shown of it.

import { useEffect, useSyncExternalStore } from "react";
import { addressOf } from "./ask.ts";
import { type FollowState, follow } from "./follow.ts";
import { queryClient } from "./query-client.ts";
import { refresh, type Topic } from "./topics.ts";

const CONNECTING: FollowState = { state: "connecting" };

let connection: FollowState = CONNECTING;
const listeners = new Set<() => void>();

function setConnection(now: FollowState): void {
  connection = now;
  for (const listener of listeners) listener();
}

/** Whether the page hears from the host. */
export function useConnection(): FollowState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}

/** For as long as the component is there. */
export function useLiveAnswers(): void {
  useEffect(() => {
    let wasOpen = false;
    const stop = follow({
      address: () => addressOf("GET /events", {}),
      on: { changed: ({ topics }: { readonly topics: readonly Topic[] }) => void refresh(topics) },
      onState(now) {
        setConnection(now);
        if (now.state === "open") {
          // What happened since nobody followed is not known.
          if (wasOpen) void queryClient.invalidateQueries();
          wasOpen = true;
        } else {
          // Whoever was signed out learns it by asking.
          void queryClient.invalidateQueries({ queryKey: ["GET /session"] });
        }
      },
    });
    return () => {
      stop();
      setConnection(CONNECTING);
    };
  }, []);
}
