// Parts of the dashboard that could not be loaded. Whatever draws them gets the same failure as for a part that broke.

import { ask } from "../api/ask.ts";

const failures = new WeakSet<object>();

addEventListener("vite:preloadError", ({ payload }) => failures.add(payload));

export function notLoaded(thrown: unknown): boolean {
  return typeof thrown === "object" && thrown !== null && failures.has(thrown);
}

const RELOADED = "osprey-reloaded";

/**
 * Loads the page again, which finds the parts of a host that was updated: once, until a page is there; after that people are asked.
 * Does nothing where the host does not answer, or nothing can be remembered.
 */
export async function reloadOnce(): Promise<void> {
  try {
    if (sessionStorage.getItem(RELOADED) !== null) return;
    await ask("GET /session", {});
    sessionStorage.setItem(RELOADED, "yes");
    location.reload();
  } catch {}
}

/** A page was loaded: the next update may load it again. */
export function pageIsThere(): void {
  try {
    sessionStorage.removeItem(RELOADED);
  } catch {}
}
