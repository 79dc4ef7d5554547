// Whether what lies in the place of an archive is worth being read: a folder is none, a pipe never ends, and one of the wrong
// size cannot be the one that is meant.

import { statSync } from "node:fs";
import { ARCHIVE_BYTES_MAX } from "../protocol/limits.ts";

export interface Unfit {
  readonly isFile: boolean;
  readonly problem: string;
}

/** What is wrong with it; nothing for a file of the size that is wanted, or of any that archives have. */
export function unfitToRead(path: string, wanted: number | undefined): Unfit | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() !== true) return { isFile: false, problem: "it is no regular file" };
  const { size } = stat;
  if (size > ARCHIVE_BYTES_MAX) {
    return { isFile: true, problem: `it has ${size} bytes, and an archive has at most ${ARCHIVE_BYTES_MAX}` };
  }
  if (wanted === undefined || size === wanted) return undefined;
  return { isFile: true, problem: `it has ${size} bytes and should have ${wanted}` };
}
