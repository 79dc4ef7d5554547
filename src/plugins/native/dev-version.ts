// The version that an author's own build has while `tools dev` works on a plugin. It lies beside those that were installed
// and is told from them by its receipt, which no package can bring along.

import { readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import * as z from "zod/mini";
import { readSmallFile } from "../../base/read-small-file.ts";
import { RECEIPT_BYTES_MAX } from "../../protocol/limits.ts";
import { sortVersions } from "./installed.ts";
import { linkedVersion } from "./publish-version.ts";
import { DevMark } from "./receipt.ts";
import { RECEIPT_FILE } from "./tools-folder.ts";

export type DevFacts = z.infer<typeof DevMark>;

const DevReceipt = z.object({ dev: z.optional(DevMark) });

/** Of the same rank as the version itself: only what stands behind the plus is another. */
export function devVersionOf(version: string): string {
  return version.includes("+") ? `${version}.dev` : `${version}+dev`;
}

/** What the receipt of a version says of its being an author's build; nothing when it is none. */
export function devFactsIn(versionFolder: string): DevFacts | undefined {
  const text = readSmallFile(join(versionFolder, RECEIPT_FILE), RECEIPT_BYTES_MAX)?.text;
  if (text === undefined) return undefined;
  try {
    return DevReceipt.safeParse(JSON.parse(text)).data?.dev;
  } catch {
    return undefined;
  }
}

/** The author's build of a plugin, when that is the version in use. */
export function devInUse(pluginFolder: string): (DevFacts & { readonly version: string }) | undefined {
  const linked = linkedVersion(pluginFolder);
  if (linked === undefined) return undefined;
  const version = basename(linked);
  const facts = devFactsIn(join(pluginFolder, version));
  return facts && { ...facts, version };
}

/** Those of a plugin's versions that were installed and are nobody's own build; the order stays. */
export function withoutDev(pluginFolder: string, versions: readonly string[]): string[] {
  return versions.filter((version) => devFactsIn(join(pluginFolder, version)) === undefined);
}

/** Removes the builds of authors; to be called under the lock, when none of them is in use any more. */
export function removeDevVersions(pluginFolder: string, keep?: string): void {
  for (const version of sortVersions(readdirSync(pluginFolder))) {
    const folder = join(pluginFolder, version);
    if (version !== keep && devFactsIn(folder) !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
