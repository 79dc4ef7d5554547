// Follows a plugin's log for as long as somebody looks at it.

import { useEffect, useState } from "react";
import type { LogLevel } from "../../../src/protocol/log-levels.ts";
import { type Answer, addressOf } from "../api/ask.ts";

export type LogLine = Answer<"GET /plugins/{plugin}/logs">["lines"][number];

const LINES_FIRST = 200;
/** Older ones leave the page: they are in the log. */
const LINES_KEPT_MAX = 2_000;
/** Lines that come within this time are drawn together. */
const DRAW_MS = 100;

interface LiveLog {
  /** The oldest first. */
  readonly lines: readonly LogLine[];
  readonly leftOut: number;
  readonly isLost: boolean;
}

export function useLiveLog(pluginId: string, level: LogLevel | undefined): LiveLog {
  const [log, setLog] = useState<LiveLog>({ lines: [], leftOut: 0, isLost: false });
  useEffect(() => {
    const query = { limit: LINES_FIRST, ...(level === undefined ? {} : { level }) };
    const source = new EventSource(addressOf("GET /plugins/{plugin}/logs", { params: { plugin: pluginId }, query }));
    let waiting: LogLine[] = [];
    let leftOut = 0;
    let isFirst = true;
    const draw = () => {
      if (waiting.length === 0 && leftOut === 0) return;
      const [came, gone] = [waiting, leftOut];
      [waiting, leftOut] = [[], 0];
      setLog((now) => ({
        ...now,
        lines: [...now.lines, ...came].slice(-LINES_KEPT_MAX),
        leftOut: now.leftOut + gone,
      }));
    };
    const timer = setInterval(draw, DRAW_MS);
    source.addEventListener("open", () => {
      // Whoever comes again is given the last lines again.
      waiting = [];
      setLog((now) => ({ lines: isFirst ? now.lines : [], leftOut: now.leftOut, isLost: false }));
      isFirst = false;
    });
    source.addEventListener("error", () => setLog((now) => ({ ...now, isLost: true })));
    source.addEventListener("line", ({ data }: MessageEvent<string>) => waiting.push(JSON.parse(data) as LogLine));
    source.addEventListener("left_out", ({ data }: MessageEvent<string>) => {
      leftOut += (JSON.parse(data) as { count: number }).count;
    });
    return () => {
      source.close();
      clearInterval(timer);
    };
  }, [pluginId, level]);
  return log;
}
