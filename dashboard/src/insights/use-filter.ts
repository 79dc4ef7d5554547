// The filter in the address, and changing it. A change is no step that going back would undo one by one.

import { useCallback, useEffect, useMemo, useRef } from "react";
import { useSearchParams } from "react-router";
import { type Filter, type FilterName, filterOf, withFilter, withoutFilter, withRow } from "./filter.ts";

interface FilterState {
  readonly filter: Filter;
  set(name: FilterName, value: string): void;
  clear(): void;
}

/** @param onChange is told at once; the page is drawn with it a little later. */
export function useFilter(onChange?: (filter: Filter) => void): FilterState {
  const [search] = useSearchParams();
  const text = JSON.stringify(filterOf(search));
  // The same object while it says the same: what was learnt with it is kept by it.
  const filter = useMemo(() => JSON.parse(text) as Filter, [text]);
  const change = useChange();
  const set = useCallback(
    (name: FilterName, value: string) =>
      change(
        (now) => {
          const changed = withFilter(now, name, value);
          onChange?.(filterOf(changed));
          return changed;
        },
        { replace: true },
      ),
    [change, onChange],
  );
  const clear = useCallback(() => change(withoutFilter, { replace: true }), [change]);
  return { filter, set, clear };
}

/** Opens a row beside the list; going back closes it. */
export function useOpenRow(): (id: number) => void {
  const change = useChange();
  return useCallback((id: number) => change((now) => withRow(now, id)), [change]);
}

type SetSearch = ReturnType<typeof useSearchParams>[1];

/** What changes the address is another function after each change; whoever is given this one has the same for ever. */
function useChange(): SetSearch {
  const [, setSearch] = useSearchParams();
  const latest = useRef(setSearch);
  useEffect(() => {
    latest.current = setSearch;
  });
  return useCallback((next, options) => latest.current(next, options), []);
}
