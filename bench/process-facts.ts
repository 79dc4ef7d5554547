// What Linux tells about a process. On other systems there is nothing to read; the sections that need it are left out.

import { readFileSync } from "node:fs";

export const HAS_PROC = process.platform === "linux";

const KB_PER_MB = 1024;

/** Memory of a process, in MB: all of it; with what it shares divided by those who share it; and what it has to itself. */
export function memoryOf(pid: number): { rss: number; pss: number; own: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  const value = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / KB_PER_MB;
  return { rss: value("Rss"), pss: value("Pss"), own: value("Private_Clean") + value("Private_Dirty") };
}

export function threadsOf(pid: number): number {
  return Number(/^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);
}

/** Linux counts processor time in hundredths of a second for everybody. */
const TICK_MS = 10;

/** Processor time that a process has used, user and system together, in milliseconds. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The first processor that we may run on. */
export function firstCpu(): string {
  return /^Cpus_allowed_list:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "0";
}
