// Names the content of a package by a hash: whoever consents to a package later than he was asked consents to this one.

import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sha256Of } from "./sha256-of.ts";
import { CONSENT_FILE, RECEIPT_FILE } from "./tools-folder.ts";

/** The host writes these beside a package's own. */
const NOT_OF_THE_PACKAGE: ReadonlySet<string> = new Set([RECEIPT_FILE, CONSENT_FILE]);

/**
 * Over what is installed of a package, byte for byte, and all else that somebody is shown.
 *
 * @param folder the staged package.
 * @param shown any JSON.
 */
export async function packageDigest(folder: string, shown: unknown, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256").update(`${JSON.stringify(shown)}\n`);
  for (const path of await filesIn(folder)) {
    if (!NOT_OF_THE_PACKAGE.has(path))
      hash.update(`${JSON.stringify([path, await sha256Of(join(folder, path), signal)])}\n`);
  }
  return hash.digest("hex");
}

/** The paths of all files below the folder, in an order that is always the same. */
async function filesIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  const look = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (entry.isDirectory()) await look(path);
      else paths.push(path);
    }
  };
  await look("");
  return paths.sort();
}
