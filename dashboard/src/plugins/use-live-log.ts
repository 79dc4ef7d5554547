// Follows a plugin's log for as long as somebody looks at it.

import { useEffect, useRef, useState } from "react";
import { PLUGIN_LOG_LINES_SHOWN_DEFAULT } from "../../../src/protocol/limits.ts";
import type { LogLevel } from "../../../src/protocol/log-levels.ts";
import { type Answer, addressOf } from "../api/ask.ts";
import type { FollowState } from "../api/follow.ts";
import { useFollowed } from "../api/use-followed.ts";

export type LogLine = Answer<"GET /plugins/{plugin}/logs">["lines"][number];

/** Older ones leave the page: they are in the log. */
const LINES_KEPT_MAX = 2_000;
/** Lines that come within this time are drawn together. */
const DRAW_MS = 100;

interface LiveLog {
  /** The oldest first. */
  readonly lines: readonly LogLine[];
  readonly leftOut: number;
}

const NOTHING: LiveLog = { lines: [], leftOut: 0 };

export function useLiveLog(pluginId: string, level: LogLevel | undefined): LiveLog & { readonly follow: FollowState } {
  const [log, setLog] = useState(NOTHING);
  const came = useRef(NOTHING);
  const query = { limit: PLUGIN_LOG_LINES_SHOWN_DEFAULT, ...(level === undefined ? {} : { level }) };
  const follow = useFollowed(`${pluginId} ${level}`, {
    address: () => addressOf("GET /plugins/{plugin}/logs", { params: { plugin: pluginId }, query }),
    on: {
      line: (line: LogLine) => {
        came.current = { ...came.current, lines: [...came.current.lines, line] };
      },
      left_out: ({ count }: { count: number }) => {
        came.current = { ...came.current, leftOut: came.current.leftOut + count };
      },
    },
    onState({ state }) {
      if (state !== "open") return;
      // Whoever comes again is given the last lines again.
      came.current = NOTHING;
      setLog((now) => ({ ...now, lines: [] }));
    },
  });
  useEffect(() => {
    const draw = () => {
      const { lines, leftOut } = came.current;
      if (lines.length === 0 && leftOut === 0) return;
      came.current = NOTHING;
      setLog((now) => ({
        lines: [...now.lines, ...lines].slice(-LINES_KEPT_MAX),
        leftOut: now.leftOut + leftOut,
      }));
    };
    const timer = setInterval(draw, DRAW_MS);
    return () => clearInterval(timer);
  }, []);
  return { ...log, follow };
}
