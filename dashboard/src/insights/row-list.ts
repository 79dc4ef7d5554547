// Which row stands where in the table: those that came live on top, newest first, and below them the ones that were there when the
// list was made, which the host gives page by page.

export const PAGE_ROWS = 100;
/** With as many live rows as this the list is made anew: the host keeps them, and the page need not. */
export const LIVE_ROWS_MAX = 50_000;

export type RowPlace =
  | { readonly kind: "live"; readonly index: number }
  | { readonly kind: "page"; readonly page: number; readonly index: number };

/** @param at counts from the top. @param liveRows how many live rows are shown, the oldest first in their list. */
export function placeOf(at: number, liveRows: number): RowPlace {
  if (at < liveRows) return { kind: "live", index: liveRows - 1 - at };
  const below = at - liveRows;
  return { kind: "page", page: Math.floor(below / PAGE_ROWS), index: below % PAGE_ROWS };
}

/** The pages that rows from `first` to `last` stand on, without the one that comes with the list. */
export function pagesWanted(first: number, last: number, liveRows: number, total: number): number[] {
  const from = Math.max(first, liveRows) - liveRows;
  const to = Math.min(last - liveRows, total - 1);
  const pages: number[] = [];
  for (let page = Math.max(1, Math.floor(from / PAGE_ROWS)); page <= Math.floor(to / PAGE_ROWS); page++)
    pages.push(page);
  return pages;
}

/** Whoever looks at the top sees what comes; whoever scrolled keeps the place. Gives how many live rows are shown. */
export function liveRowsShown(live: number, shownBefore: number, isAtTop: boolean): number {
  return isAtTop ? live : Math.min(shownBefore, live);
}
