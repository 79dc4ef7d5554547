// What a manifest asks for that keeps nothing from being loaded, but that its user should know.

import { compareVersions, parseVersion } from "../base/semver.ts";
import type { Manifest } from "../protocol/manifest.ts";

/**
 * One line a note; mostly none. Versions that are no semantic versions are passed over. What the lines hold of the
 * manifest must be neutralised before it is shown.
 *
 * @param hostVersion the version of Osaurus whose plugins this host runs.
 */
export function manifestNotes(manifest: Pick<Manifest, "min_osaurus">, hostVersion: string): string[] {
  const wanted = parseVersion(manifest.min_osaurus?.trim() ?? "");
  const running = parseVersion(hostVersion);
  if (wanted === undefined || running === undefined || compareVersions(running, wanted) >= 0) return [];
  return [`it is made for Osaurus ${manifest.min_osaurus?.trim()} or newer; this host offers what ${hostVersion} does`];
}
