// Names looked up in a folder that is held open, and no links followed on the way: what is looked at and what is opened then
// lie in the same place, whoever moves folders and links about meanwhile.

import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";

export interface HeldFolder {
  readonly handle: FileHandle;
  /** Without a link in it, when it was opened. */
  readonly path: string;
}

/** A path that leads to a name in an open folder, wherever that folder is by now (on macOS: where it was). */
export function placeIn({ handle, path }: HeldFolder, name: string): string {
  return process.platform === "linux" ? `/proc/self/fd/${handle.fd}/${name}` : join(path, name);
}

/** `O_NOFOLLOW_ANY` of macOS: the opening fails when there is a link anywhere on the way. */
const NO_LINKS_ON_THE_WAY = 0x2000_0000;

/** A flag for opening what `placeIn` gives. */
export const NO_LINKS = process.platform === "darwin" ? NO_LINKS_ON_THE_WAY : constants.O_NOFOLLOW;
