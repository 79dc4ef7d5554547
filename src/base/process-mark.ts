// Names a process in files that other processes read, so that they can tell later whether it still runs. Its number alone
// does not do: that is given to a new process some time after, and means nothing in another container or computer.

import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** The mark of a process, of this one unless another is named: one line, three words. */
export function processMark(pid: number = process.pid): string {
  return `${pid} ${startTime(pid) ?? "-"} ${processSpace()}`;
}

/** Whether the process that made this mark may still run; when that cannot be known, it may. */
export function mayBeRunning(mark: string): boolean {
  const [number = "", start = "-", space] = mark.split(" ");
  if (!isKnownHere(mark)) return true;
  const pid = Number.parseInt(number, 10);
  if (!isThere(pid)) return false;
  return space === undefined || start === "-" || start === (startTime(pid) ?? start);
}

/** Whether it can be known here at all whether the process that made this mark runs. */
export function isKnownHere(mark: string): boolean {
  const space = mark.split(" ")[2];
  return space === undefined || space === processSpace();
}

/** Whether the process that made this mark runs where its number means it, so that it can be sent a signal. */
export function runsHere(mark: string): boolean {
  return mark.split(" ")[2] === processSpace() && mayBeRunning(mark);
}

/** Whether the mark names a process for certain; otherwise another one may have its number by now. */
export function isCertain(mark: string): boolean {
  return (mark.split(" ")[1] ?? "-") !== "-";
}

/** Names the set of processes that this one belongs to: of a container, of this computer. */
function processSpace(): string {
  try {
    return `${hostname()}/${readlinkSync("/proc/self/ns/pid")}`.replaceAll(" ", "_");
  } catch {
    return hostname().replaceAll(" ", "_");
  }
}

function isThere(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When the process began, on Linux, in ticks since the computer did. One that ended and was not waited for began never. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in brackets may hold anything. Behind it come the state and 18 numbers before the one that is wanted.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "ended" : fields[19];
  } catch {
    return undefined;
  }
}
