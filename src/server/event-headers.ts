// The headers of every answer that comes in events (server-sent events).

/** Nobody in between may keep it, pack it or hold it back. */
export const EVENT_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};
