// The name under which a host owns tasks, and how other hosts on the same data folder tell by it whether that one still runs.

import { randomUUID } from "node:crypto";
import { isKnownHere, mayBeRunning, processMark } from "../base/process-mark.ts";
import { TASK_OWNER_SILENT_MS_MAX } from "../protocol/limits.ts";

/** A name that no other host has, not even another one in this process. */
export function newOwner(): string {
  return `${processMark()} ${randomUUID()}`;
}

/** Whether the host of that name ran on this computer, in no other container, and has ended. */
export function hasEndedHere(owner: string): boolean {
  return isKnownHere(owner) && !mayBeRunning(owner);
}

/**
 * Tells which owners are gone. Processes of another container cannot be looked at: such a host gives signs of life
 * (`TASK_OWNER_SIGN_MS`), and counts as gone when it gave none for TASK_OWNER_SILENT_MS_MAX while it was looked at. One that
 * comes back after all finds that its tasks are others', and leaves them alone.
 */
export class TaskOwners {
  readonly #signOf: (owner: string) => string | undefined;
  readonly #now: () => number;
  /** What the newest sign of hosts elsewhere was, and since when. */
  readonly #seen = new Map<string, { readonly sign: string | undefined; readonly sinceMs: number }>();

  /**
   * @param signOf something that is another thing after each sign of life; undefined: there was none.
   * @param now a clock that only goes forward, in milliseconds.
   */
  constructor(signOf: (owner: string) => string | undefined, now = () => performance.now()) {
    this.#signOf = signOf;
    this.#now = now;
  }

  /** One in this very process is not: it gives its tasks up by itself. */
  isGone(owner: string): boolean {
    if (isKnownHere(owner)) return hasEndedHere(owner);
    const sign = this.#signOf(owner);
    const seen = this.#seen.get(owner);
    // That its mark was taken away is no sign of life.
    if (seen !== undefined && (sign === undefined || seen.sign === sign))
      return this.#now() - seen.sinceMs > TASK_OWNER_SILENT_MS_MAX;
    this.#seen.set(owner, { sign, sinceMs: this.#now() });
    return false;
  }
}
