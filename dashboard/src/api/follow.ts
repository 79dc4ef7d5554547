// Follows a stream of events for as long as the page is looked at: a browser has few connections for one host, and a page that nobody
// sees gives its own back. Whoever comes again goes on where it was, and a host that refuses is asked less and less often.

import type { ApiError } from "./api-error.ts";
import { failureOfData, whyRefused } from "./ask.ts";

export type FollowState =
  | { readonly state: "connecting" | "open" }
  /** The connection is gone, and is tried again. */
  | { readonly state: "lost" }
  /** What the host said; tried again later. */
  | { readonly state: "refused"; readonly error: ApiError }
  /** There is nothing more to come. */
  | { readonly state: "over" };

export interface FollowOptions {
  /**
   * Where the stream is, from behind an event on. Asked for each time that it is opened.
   * @param lastEventId of the last event that came, where the host numbers them.
   */
  address(lastEventId: string | undefined): string;
  /** What is done with each kind of event; data is JSON. A kind that is missing is not heard. */
  readonly on: Readonly<Record<string, (data: never, lastEventId: string) => void>>;
  /** Told at each opening too, also when it was open before: what happened in between may be unknown. */
  onState?(state: FollowState): void;
}

/** From a refusal to the next try; twice as long after each, up to the second one. */
const AGAIN_MS = 2_000;
const AGAIN_MS_MAX = 60_000;
/** In these the host says, as an event, why it ends a stream. A connection that is lost is an `error` without data. */
const FAILURES = ["error", "failed"];

/** Gives what ends it. */
export function follow({ address, on, onState }: FollowOptions): () => void {
  let open: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastEventId: string | undefined;
  let againMs = AGAIN_MS;
  let isOver = false;

  const close = () => {
    clearTimeout(timer);
    open?.abort();
    open = undefined;
  };
  const again = (state: FollowState) => {
    close();
    isOver = state.state === "over";
    onState?.(state);
    if (isOver || document.visibilityState === "hidden") return;
    timer = setTimeout(look, againMs);
    againMs = Math.min(againMs * 2, AGAIN_MS_MAX);
  };
  const look = () => {
    if (document.visibilityState === "hidden") return close();
    if (isOver || open !== undefined) return;
    close();
    open = new AbortController();
    followOnce(address(lastEventId), open.signal, {
      on,
      onId(id) {
        // Not every stream numbers its events.
        if (id !== "") lastEventId = id;
      },
      onState(state) {
        if (state.state === "refused" || state.state === "over") return again(state);
        if (state.state === "open") againMs = AGAIN_MS;
        onState?.(state);
      },
      onClosed: again,
    });
  };

  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    isOver = true;
    document.removeEventListener("visibilitychange", look);
    close();
  };
}

interface Once {
  readonly on: FollowOptions["on"];
  onId(lastEventId: string): void;
  onState(state: FollowState): void;
  /** The browser will not try again by itself. */
  onClosed(state: FollowState): void;
}

function followOnce(address: string, signal: AbortSignal, { on, onId, onState, onClosed }: Once): void {
  const source = new EventSource(address);
  signal.addEventListener("abort", () => source.close());
  source.addEventListener("open", () => onState({ state: "open" }));
  source.addEventListener("error", (event) => {
    if (event instanceof MessageEvent) return;
    onState({ state: "lost" });
    if (source.readyState !== EventSource.CLOSED) return;
    // A stream does not tell why it was refused.
    void whyRefused(address, signal).then((why) => {
      if (signal.aborted) return;
      if (why === "over") onClosed({ state: "over" });
      else onClosed(why === undefined ? { state: "lost" } : { state: "refused", error: why });
    });
  });
  for (const kind of FAILURES) {
    source.addEventListener(kind, (event) => {
      if (event instanceof MessageEvent) onState({ state: "refused", error: failureOfData(String(event.data)) });
    });
  }
  for (const [kind, take] of Object.entries(on)) {
    source.addEventListener(kind, ({ data, lastEventId }: MessageEvent<string>) => {
      onId(lastEventId);
      take(JSON.parse(data) as never, lastEventId);
    });
  }
}
