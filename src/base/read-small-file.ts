// Reads a file that ought to be small and may be anything: what lies in a folder that others write to as well.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** The text of a file, or in words why it cannot be had. */
export type SmallFile =
  | { readonly text: string; readonly problem?: never }
  | { readonly text?: never; readonly problem: string };

/**
 * Reads a whole file as UTF-8; nothing when there is none. Whatever lies in its place, this returns at once: a pipe is not
 * waited for, and nothing is read of what is no regular file or larger than `bytesMax`.
 */
export function readSmallFile(path: string, bytesMax: number): SmallFile | undefined {
  const { bytes, problem } = readSmallBytes(path, bytesMax) ?? {};
  if (bytes !== undefined) return { text: bytes.toString("utf8") };
  return problem === undefined ? undefined : { problem };
}

/** The bytes of a file, or in words why they cannot be had. */
export type SmallBytes =
  | { readonly bytes: Buffer; readonly problem?: never }
  | { readonly bytes?: never; readonly problem: string };

/** The same for what is no text. */
export function readSmallBytes(path: string, bytesMax: number): SmallBytes | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stat = fstatSync(file);
    if (!stat.isFile()) return { problem: "it is no regular file" };
    const bytes = stat.size > bytesMax ? undefined : readUpTo(file, bytesMax);
    return bytes === undefined ? { problem: `it is over ${bytesMax} bytes` } : { bytes };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === undefined) throw error;
    return { problem: `it cannot be read: ${code}` };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The file may grow after it was looked at: nothing when there is more in it. */
function readUpTo(file: number, bytesMax: number): Buffer | undefined {
  const size = Math.min(fstatSync(file).size, bytesMax);
  let bytes = Buffer.alloc(size + 1);
  let total = 0;
  for (;;) {
    const read = readSync(file, bytes, total, bytes.length - total, null);
    total += read;
    if (total > bytesMax) return undefined;
    if (read === 0) return bytes.subarray(0, total);
    if (total === bytes.length) bytes = Buffer.concat([bytes], Math.min(bytes.length * 2, bytesMax + 1));
  }
}
