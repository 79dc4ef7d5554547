// The rows of the table: the list as it was when it was made, of which pages are asked for when they are seen, and what came live
// since then.

import { useQueries } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import type { ApiError } from "../api/api-error.ts";
import { type Answer, addressOf, ask } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { type Filter, queryOf } from "./filter.ts";
import { type Line, LiveRows } from "./live-rows.ts";
import { LIVE_ROWS_MAX, PAGE_ROWS, pagesWanted, placeOf } from "./row-list.ts";

/** Pages that are not seen any more are kept so long. */
const PAGE_KEPT_MS = 30_000;

export interface RowList {
  /** Undefined before the first answer. */
  readonly head: Answer<"GET /insights"> | undefined;
  /** Without the live ones; as many as came, while they are counted. */
  readonly total: number;
  readonly error: ApiError | null;
  /** The rows of another filter, until those of this one are there. */
  readonly isOld: boolean;
  /** The live ones, the oldest first; the list grows. */
  readonly live: readonly Line[];
  readonly liveCount: number;
  /** Makes the list anew. */
  refresh(): void;
}

export function useRowList(filter: Filter, isLive: boolean): RowList {
  const query = { ...queryOf(filter), limit: PAGE_ROWS };
  const { data, error, isPlaceholderData, refetch } = useAnswer("GET /insights", { query }, { keepsPrevious: true });
  const refresh = () => void refetch();
  const topId = isPlaceholderData ? undefined : data?.top_id;
  const total = useTotal(filter, data, isPlaceholderData);
  const live = useLive(filter, isLive ? topId : undefined, refresh);
  const liveCount = useSyncExternalStore(live?.subscribe ?? noLive, live?.count ?? noRows);
  useEffect(() => {
    if (liveCount > LIVE_ROWS_MAX) void refetch();
  }, [liveCount, refetch]);
  return { head: data, total, error, isOld: isPlaceholderData, live: live?.rows ?? [], liveCount, refresh };
}

/** Counting takes longer than the first rows do: they are shown meanwhile. */
function useTotal(filter: Filter, head: RowList["head"], isOld: boolean): number {
  const isAll = head === undefined || head.next === null;
  const query = { ...queryOf(filter), limit: 1, top_id: head?.top_id ?? 0, count: "true" } as const;
  const counted = useAnswer("GET /insights", { query }, { isOff: isAll || isOld }).data?.total;
  const [known, setKnown] = useState<{ readonly filter: Filter; readonly total: number }>();
  const total = isAll ? head?.rows.length : counted;
  if (typeof total === "number" && !isOld && (known?.filter !== filter || known.total !== total)) {
    setKnown({ filter, total });
  }
  // A list that was made anew is about as long as it was.
  return total ?? (isOld || known?.filter === filter ? known?.total : undefined) ?? head?.rows.length ?? 0;
}

const noLive = () => () => {};
const noRows = () => 0;

/** Follows from that row on; nothing while there is none. */
function useLive(filter: Filter, after: number | undefined, onGap: () => void): LiveRows | undefined {
  const [live, setLive] = useState<LiveRows>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: making the list anew is always the same
  useEffect(() => {
    if (after === undefined) return;
    const query = { ...queryOf(filter), after };
    const rows = new LiveRows({ address: addressOf("GET /insights/live", { query }), onGap });
    setLive(rows);
    return () => {
      rows.close();
      setLive(undefined);
    };
  }, [filter, after]);
  return live;
}

interface Seen {
  readonly first: number;
  readonly last: number;
  /** How many live rows are shown. */
  readonly liveRows: number;
}

/** Gives the row at a place of the table; undefined while its page is on the way. */
export function useRowAt(
  filter: Filter,
  { head, total, isOld, live }: RowList,
  seen: Seen,
): (at: number) => Line | undefined {
  const wanted = head === undefined || isOld ? [] : pagesWanted(seen.first, seen.last, seen.liveRows, total);
  const answers = useQueries({
    queries: wanted.map((page) => {
      const place = { limit: PAGE_ROWS, offset: page * PAGE_ROWS, top_id: head!.top_id };
      const input = { query: { ...queryOf(filter), ...place } };
      return {
        queryKey: ["GET /insights", input],
        queryFn: ({ signal }: { signal: AbortSignal }) => ask("GET /insights", input, signal),
        gcTime: PAGE_KEPT_MS,
      };
    }),
  });
  const pages = new Map(wanted.map((page, index) => [page, answers[index]?.data?.rows]));
  return (at) => {
    const place = placeOf(at, seen.liveRows);
    if (place.kind === "live") return live[place.index];
    return (place.page === 0 ? head?.rows : pages.get(place.page))?.[place.index];
  };
}
