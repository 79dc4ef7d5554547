// A stream of events in a component: followed for as long as it is there and the page is looked at.

import { useEffect, useRef, useState } from "react";
import { type FollowOptions, type FollowState, follow } from "./follow.ts";

const CONNECTING: FollowState = { state: "connecting" };

/**
 * Gives how the stream stands. What is done with events may be another function at each drawing.
 * @param name another one begins anew; none: nothing is followed.
 */
export function useFollowed(name: string | undefined, options: FollowOptions): FollowState {
  const [state, setState] = useState(CONNECTING);
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    if (name === undefined) return;
    setState(CONNECTING);
    const kinds = Object.keys(latest.current.on);
    return follow({
      address: (lastEventId) => latest.current.address(lastEventId),
      on: Object.fromEntries(
        kinds.map((kind) => [kind, (data: never, id: string) => latest.current.on[kind]?.(data, id)]),
      ),
      onState(now) {
        setState(now);
        latest.current.onState?.(now);
      },
    });
  }, [name]);
  return state;
}
