// The rows of the table: the list as it was when it was made, of which pages are asked for when they are seen, and what came live
// since then.

import { useQueries } from "@tanstack/react-query";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { ApiError } from "../api/api-error.ts";
import { type Answer, ask } from "../api/ask.ts";
import type { FollowState } from "../api/follow.ts";
import { queryClient } from "../api/query-client.ts";
import { useAnswer } from "../api/use-answer.ts";
import { type Filter, queryOf } from "./filter.ts";
import { type Line, LiveRows, type LiveRowsOptions } from "./live-rows.ts";
import { PAGE_ROWS, pagesWanted, placeOf } from "./row-list.ts";

/** Pages that are not seen any more are kept so long. */
const PAGE_KEPT_MS = 30_000;
/** Counting looks at all rows: it waits until nobody types on. */
const COUNT_AFTER_MS = 150;

export interface RowList {
  /** Undefined before the first answer. */
  readonly head: Answer<"GET /insights"> | undefined;
  /** Without the live ones; as many as came, while they are counted. */
  readonly total: number;
  /** Otherwise there may be more. */
  readonly isCounted: boolean;
  readonly error: ApiError | null;
  /** The rows of another filter, until those of this one are there. */
  readonly isOld: boolean;
  /** The live ones, the oldest first; the list grows. */
  readonly live: readonly Line[];
  readonly liveCount: number;
  /** How the stream of live ones stands; undefined without one. */
  readonly liveState: FollowState | undefined;
  /** Makes the list anew. */
  refresh(): void;
}

export function useRowList(filter: Filter, isLive: boolean): RowList {
  const input = headInput(filter);
  // Whoever follows has what is new: the list below stays as it was made, and with it the place of whoever reads.
  const isOff = isLive && queryClient.getQueryData([HEAD, input]) !== undefined;
  const { data, error, isPlaceholderData, refetch } = useAnswer(HEAD, input, { isOff, keepsPrevious: true });
  const refresh = () => void refetch();
  const topId = isPlaceholderData ? undefined : data?.top_id;
  const counted = useTotal(filter, data, isPlaceholderData);
  const live = useLive(filter, isLive ? topId : undefined, {
    onGap: refresh,
    // It may be on the way: asking again would put it off.
    onFull: () => void refetch({ cancelRefetch: false }),
  });
  const liveCount = useSyncExternalStore(live?.subscribe ?? noLive, live?.count ?? noRows);
  const liveState = useSyncExternalStore(live?.subscribe ?? noLive, live?.state ?? noState);
  const isOld = isPlaceholderData;
  const total = counted ?? data?.rows.length ?? 0;
  const isCounted = counted !== undefined;
  return { head: data, total, isCounted, error, isOld, live: live?.rows ?? NO_ROWS, liveCount, liveState, refresh };
}

const HEAD = "GET /insights";

function headInput(filter: Filter) {
  return { query: { ...queryOf(filter), limit: PAGE_ROWS } };
}

/** Asks for the first rows of a filter before the page is drawn with it. */
export function askAhead(filter: Filter): void {
  const input = headInput(filter);
  void queryClient.prefetchQuery({ queryKey: [HEAD, input], queryFn: ({ signal }) => ask(HEAD, input, signal) });
}

/** Counting takes longer than the first rows do: they are shown meanwhile, and it is undefined. */
function useTotal(filter: Filter, head: RowList["head"], isOld: boolean): number | undefined {
  const isAll = head === undefined || head.next === null;
  const query = { ...queryOf(filter), limit: 1, top_id: head?.top_id ?? 0, count: "true" } as const;
  const isSettled = useSettled(isAll || isOld ? undefined : head, COUNT_AFTER_MS);
  const counted = useAnswer("GET /insights", { query }, { isOff: isAll || isOld || !isSettled }).data?.total;
  const [known, setKnown] = useState<{ readonly filter: Filter; readonly total: number }>();
  const total = isAll ? head?.rows.length : counted;
  if (typeof total === "number" && !isOld && (known?.filter !== filter || known.total !== total)) {
    setKnown({ filter, total });
  }
  // A list that was made anew is about as long as it was.
  return total ?? (isOld || known?.filter === filter ? known?.total : undefined);
}

/** Whether it has been the same for so long; never for undefined. */
function useSettled(value: unknown, ms: number): boolean {
  const [settled, setSettled] = useState<unknown>();
  useEffect(() => {
    if (value === undefined) return;
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return value !== undefined && settled === value;
}

const NO_ROWS: readonly never[] = [];
const noState = () => undefined;
const noLive = () => () => {};
const noRows = () => 0;

/** Follows from that row on; nothing while there is none. */
function useLive(
  filter: Filter,
  after: number | undefined,
  told: Pick<LiveRowsOptions, "onGap" | "onFull">,
): LiveRows | undefined {
  const [live, setLive] = useState<LiveRows>();
  const latest = useRef(told);
  latest.current = told;
  useEffect(() => {
    if (after === undefined) return;
    const rows = new LiveRows({
      filter,
      after,
      onGap: () => latest.current.onGap(),
      onFull: () => latest.current.onFull(),
    });
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
