// Packages whose library is a mere header: what is published and examined, and never loaded.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { libraryBytes } from "./library-bytes.ts";
import { tempDir } from "./temp-dir.ts";
import { zipBytes } from "./zips.ts";

export const PUBLISHED_ID = "test.published";
const LIBRARY = process.platform === "darwin" ? "plugin.dylib" : "plugin.so";

interface PluginZip {
  readonly id?: string;
  readonly version?: string;
  readonly arch?: string;
  /** Makes other bytes of it. */
  readonly text?: string;
  /** Members of the manifest. */
  readonly manifest?: Readonly<Record<string, unknown>>;
}

function pluginZipBytes({ id = PUBLISHED_ID, version = "1.0.0", arch, text = "", manifest = {} }: PluginZip): Buffer {
  const says = { plugin_id: id, version, capabilities: {}, ...manifest };
  return zipBytes([
    { name: LIBRARY, data: libraryBytes(text, arch) },
    { name: "manifest.json", data: JSON.stringify(says) },
  ]);
}

/** Writes it into a folder that goes with the test; gives its path. */
export function pluginZip(plugin: PluginZip = {}): string {
  const { id = PUBLISHED_ID, version = "1.0.0" } = plugin;
  const path = join(tempDir(), `${id}-${version}.zip`);
  writeFileSync(path, pluginZipBytes(plugin));
  return path;
}
