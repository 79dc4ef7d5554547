// Follows what changes on the host, and asks again for what is shown of it. A page that nobody looks at gives its connection back:
// a browser has few for one host.

import { useEffect, useSyncExternalStore } from "react";
import { queryClient } from "./query-client.ts";
import { refresh, type Topic } from "./topics.ts";

type Connection = "open" | "lost";

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
    const look = () => {
      if (document.visibilityState === "hidden") {
        source?.close();
        source = undefined;
      } else source ??= follow();
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      source?.close();
      setConnection("open");
    };
  }, []);
}

function follow(): EventSource {
  const source = new EventSource("/api/v1/events");
  let wasOpen = false;
  source.addEventListener("open", () => {
    setConnection("open");
    // What happened since nobody followed is not known.
    if (wasOpen) void queryClient.invalidateQueries();
    wasOpen = true;
  });
  source.addEventListener("error", () => {
    setConnection("lost");
    // Whoever was signed out learns it by asking.
    void queryClient.invalidateQueries({ queryKey: ["GET /session"] });
  });
  source.addEventListener("changed", ({ data }: MessageEvent<string>) => {
    void refresh((JSON.parse(data) as { topics: Topic[] }).topics);
  });
  return source;
}
