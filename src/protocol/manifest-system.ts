// Whether this machine is one that a manifest asks for: `min_macos` ("Osaurus: Plugin Authoring"). What the manifest says
// of the host's own version never fails a load; src/host/manifest-notes.ts tells people about it.

import { HostError } from "./errors.ts";
import type { Manifest } from "./manifest.ts";

export interface SystemFacts {
  readonly platform: NodeJS.Platform;
  /** The version of macOS, not of its kernel; undefined when it is not known or the system is another. */
  readonly macosVersion?: string | undefined;
}

/** Throws `system_too_old` on a macOS that is older than the manifest asks for. Versions that are none do not count. */
export function requireSystem(manifest: Manifest, { platform, macosVersion }: SystemFacts): void {
  if (platform !== "darwin") return;
  const wanted = systemVersion(manifest.min_macos);
  const running = systemVersion(macosVersion);
  if (wanted === undefined || running === undefined || !isOlder(running, wanted)) return;
  throw new HostError(
    "system_too_old",
    `"${manifest.plugin_id}" needs macOS ${wanted.join(".")} or newer, this is ${running.join(".")}`,
    { hint: "update macOS, or install an older version of the plugin" },
  );
}

/** One to three numbers; those that are left out are 0. Undefined for any other text. */
export function systemVersion(text: string | undefined): readonly [number, number, number] | undefined {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?$/.exec(text?.trim() ?? "");
  return match ? [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)] : undefined;
}

function isOlder(version: readonly number[], than: readonly number[]): boolean {
  const different = version.findIndex((number, index) => number !== than[index]);
  return different >= 0 && version[different]! < than[different]!;
}
