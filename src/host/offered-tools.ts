// The native plugins and tools as completion offers them: what files say, and no plugin is loaded.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import { parseVersion } from "../base/semver.ts";
import { isPlainName, toolsFolder } from "../plugins/native/tools-folder.ts";
import type { Manifest } from "../protocol/manifest.ts";

/** The ids of the installed plugins. Reads names of folders only: what checks installations takes longer to load than to run. */
export function installedIds(paths: Pick<Paths, "data">): string[] {
  const tools = toolsFolder(paths);
  const isId = (name: string) => isPlainName(name) && !name.includes(":");
  return namesIn(tools).filter((name) => isId(name) && namesIn(join(tools, name)).some((one) => parseVersion(one)));
}

/**
 * What the plugin that a word means said of itself when it was loaded last, or says in its package. Nothing where that is
 * not known; throws when several plugins go by the word.
 */
export async function offeredManifest(paths: Pick<Paths, "data">, word: string): Promise<Manifest | undefined> {
  if (installedIds(paths).length === 0) return undefined;
  const [{ nativePluginNamed }, { findInstalled }, { knownManifest }] = await Promise.all([
    import("./native-commands.ts"),
    import("../plugins/native/installed.ts"),
    import("./known-manifest.ts"),
  ]);
  const pluginId = await nativePluginNamed(paths, word);
  const installed = pluginId === undefined ? undefined : await findInstalled(toolsFolder(paths), pluginId);
  return installed && knownManifest(installed);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
