// Results that `--cache` finds again. The one that was not asked for longest goes first.

import type { KeptResult, Session } from "../session.ts";

/** @param countMax how many are kept, asked for whenever one more comes. */
export function resultStore(countMax: () => number): Session["results"] {
  const kept = new Map<string, KeptResult>();
  return {
    get(key) {
      const result = kept.get(key);
      if (result === undefined) return undefined;
      kept.delete(key);
      kept.set(key, result);
      return result;
    },
    set(key, result) {
      kept.delete(key);
      kept.set(key, result);
      for (const oldest of kept.keys()) {
        if (kept.size <= countMax()) break;
        kept.delete(oldest);
      }
    },
  };
}
