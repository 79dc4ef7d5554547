// Tells a file from another one that took its name.

import { statSync } from "node:fs";

/** Undefined when there is none. */
export function fileId(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.dev} ${stats.ino}`;
}
