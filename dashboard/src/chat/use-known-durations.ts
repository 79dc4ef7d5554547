// How long calls took is known to the host for a while only: a page that has seen it keeps it.

import { useMemo, useRef } from "react";
import type { Turn } from "./run-turns.ts";

export function useKnownDurations(turns: readonly Turn[] | undefined): readonly Turn[] | undefined {
  const known = useRef(new Map<string, number>());
  return useMemo(
    () =>
      turns?.map((turn, index) => {
        if (turn.calls === undefined) return turn;
        const calls = turn.calls.map((call) => {
          if (call.result === null) return call;
          // Ids may come again in another turn.
          const key = `${index} ${call.id}`;
          if (call.result.duration_ms !== null) known.current.set(key, call.result.duration_ms);
          return { ...call, result: { ...call.result, duration_ms: known.current.get(key) ?? null } };
        });
        return { ...turn, calls };
      }),
    [turns],
  );
}
