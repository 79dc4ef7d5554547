// How long calls took is known to the host for a while only: a page that has seen it keeps it.

import { useMemo, useRef } from "react";
import type { Call, Turn } from "./run-turns.ts";

type CallTime = Pick<NonNullable<Call["result"]>, "duration_ms" | "has_waited">;

export function useKnownDurations(turns: readonly Turn[] | undefined): readonly Turn[] | undefined {
  const known = useRef(new Map<string, CallTime>());
  return useMemo(
    () =>
      turns?.map((turn, index) => {
        if (turn.calls === undefined) return turn;
        const calls = turn.calls.map((call) => {
          if (call.result === null) return call;
          // Ids may come again in another turn.
          const key = `${index} ${call.id}`;
          const { duration_ms, has_waited } = call.result;
          if (duration_ms !== null) known.current.set(key, { duration_ms, has_waited });
          return { ...call, result: { ...call.result, ...known.current.get(key) } };
        });
        return { ...turn, calls };
      }),
    [turns],
  );
}
