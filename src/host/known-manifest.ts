// The manifest of an installed plugin, as far as files tell: nothing of the plugin runs for it.

import { join } from "node:path";
import { readSmallFile } from "../base/read-small-file.ts";
import type { InstalledPlugin } from "../plugins/native/installed.ts";
import { KEPT_MANIFEST_FILE } from "../plugins/native/tools-folder.ts";
import { MANIFEST_BYTES_MAX } from "../protocol/limits.ts";
import { type Manifest, parseManifest } from "../protocol/manifest.ts";

/**
 * What the packager wrote of the plugin: enough to decide about a tool or a setting that somebody names in full, and nothing
 * of it has to run for that. A plugin that waits for consent has nothing else.
 */
const PACKAGED_MANIFEST_FILE = "manifest.json";

/** What the plugin said of itself when it was loaded last, else what its package says; nothing when neither is usable. */
export function knownManifest(plugin: InstalledPlugin): Manifest | undefined {
  return keptManifest(plugin) ?? manifestIn(join(plugin.folder, PACKAGED_MANIFEST_FILE), plugin.pluginId);
}

/** Only what the plugin said of itself. */
export function keptManifest({ pluginId, folder }: InstalledPlugin): Manifest | undefined {
  return manifestIn(join(folder, KEPT_MANIFEST_FILE), pluginId);
}

function manifestIn(path: string, pluginId: string): Manifest | undefined {
  const text = readSmallFile(path, MANIFEST_BYTES_MAX)?.text;
  if (text === undefined) return undefined;
  try {
    const manifest = parseManifest(text, pluginId);
    return manifest.plugin_id === pluginId ? manifest : undefined;
  } catch {
    return undefined; // Whoever loads the plugin is told what is wrong with it.
  }
}
