// The name under which a host owns tasks. It tells other hosts on the same data folder whether that one still runs.

import { randomUUID } from "node:crypto";
import { mayBeRunning, processMark } from "../base/process-mark.ts";

/** A name that no other host has, not even another one in this process. */
export function newOwner(): string {
  return `${processMark()} ${randomUUID()}`;
}

/** Whether the host of that name has ended for certain. One in this very process gives its tasks up by itself. */
export function isGone(owner: string): boolean {
  return !mayBeRunning(owner.split(" ").slice(0, 3).join(" "));
}
