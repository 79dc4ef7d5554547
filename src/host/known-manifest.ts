// The manifest of an installed plugin, as far as files tell: nothing of the plugin runs for it.

import { join } from "node:path";
import { readSmallFile } from "../base/read-small-file.ts";
import type { InstalledPlugin } from "../plugins/native/installed.ts";
import { KEPT_MANIFEST_FILE } from "../plugins/native/tools-folder.ts";
import { MANIFEST_BYTES_MAX } from "../protocol/limits.ts";
import { type Manifest, parseManifest } from "../protocol/manifest.ts";

/** What the packager wrote of the plugin: a plugin that waits for consent has nothing else. */
const PACKAGED_MANIFEST_FILE = "manifest.json";

/** What the plugin said of itself when it was loaded last, else what its package says; nothing when neither is usable. */
export function knownManifest({ pluginId, folder }: InstalledPlugin): Manifest | undefined {
  for (const file of [KEPT_MANIFEST_FILE, PACKAGED_MANIFEST_FILE]) {
    const text = readSmallFile(join(folder, file), MANIFEST_BYTES_MAX)?.text;
    if (text === undefined) continue;
    try {
      const manifest = parseManifest(text, pluginId);
      if (manifest.plugin_id === pluginId) return manifest;
    } catch {
      // Whoever loads the plugin is told what is wrong with it.
    }
  }
  return undefined;
}
