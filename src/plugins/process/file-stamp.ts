// By what a file is known to be unchanged: its size and the time of its last change, to the nanosecond.

import { type BigIntStats, statSync } from "node:fs";

export interface FileStamp {
  readonly size: number;
  readonly mtimeSecs: number;
  readonly mtimeNanos: number;
}

const NANOS = 1_000_000_000n;

export function stampOf({ size, mtimeNs }: BigIntStats): FileStamp {
  const nanos = ((mtimeNs % NANOS) + NANOS) % NANOS; // Times before 1970 count down to a whole second, too.
  return { size: Number(size), mtimeSecs: Number((mtimeNs - nanos) / NANOS), mtimeNanos: Number(nanos) };
}

/** The stamp of a file, through symbolic links; undefined when there is none to be had. */
export function readStamp(path: string): FileStamp | undefined {
  try {
    return stampOf(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeSecs === b.mtimeSecs && a.mtimeNanos === b.mtimeNanos;
}
