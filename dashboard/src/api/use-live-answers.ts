// Follows what changes on the host, and asks again for what is shown of it. A page that nobody looks at gives its connection back:
// a browser has few for one host.

import { useEffect, useSyncExternalStore } from "react";
import { queryClient } from "./query-client.ts";
import { refresh, type Topic } from "./topics.ts";

type Connection = "open" | "lost";

/** From a refusal to the next try. */
const AGAIN_MS = 5_000;

let connection: Connection = "open";
const listeners = new Set<() => void>();

function setConnection(now: Connection): void {
  if (now === connection) return;
  connection = now;
  for (const listener of listeners) listener();
}

/** Whether the page hears from the host. */
export function useConnection(): Connection {
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
    let source: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let wasOpen = false;
    const stop = () => {
      clearTimeout(again);
      source?.close();
      source = undefined;
    };
    const look = () => {
      if (document.visibilityState === "hidden") return stop();
      source ??= follow({
        onOpen() {
          // What happened since nobody followed is not known.
          if (wasOpen) void queryClient.invalidateQueries();
          wasOpen = true;
        },
        onRefused() {
          stop();
          again = setTimeout(look, AGAIN_MS);
        },
      });
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      stop();
      setConnection("open");
    };
  }, []);
}

interface Follower {
  onOpen(): void;
  /** The browser will not try again by itself. */
  onRefused(): void;
}

function follow({ onOpen, onRefused }: Follower): EventSource {
  const source = new EventSource("/api/v1/events");
  source.addEventListener("open", () => {
    setConnection("open");
    onOpen();
  });
  source.addEventListener("error", () => {
    setConnection("lost");
    // Whoever was signed out learns it by asking.
    void queryClient.invalidateQueries({ queryKey: ["GET /session"] });
    if (source.readyState === EventSource.CLOSED) onRefused();
  });
  source.addEventListener("changed", ({ data }: MessageEvent<string>) => {
    void refresh((JSON.parse(data) as { topics: Topic[] }).topics);
  });
  return source;
}
