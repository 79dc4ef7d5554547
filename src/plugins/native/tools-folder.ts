// Where the files of installed native plugins lie ("Osaurus: Packaging"):
//
//   <tools>/<plugin_id>/current -> <version>     the version in use, a relative link
//   <tools>/<plugin_id>/<version>/               one installed version: library, receipt.json, .user_consent, web/, skills/
//   <tools>/<plugin_id>/data/                    what the plugin itself keeps, for all versions
//   <tools>/.currently_loading, .quarantine      what crashed while it was loaded

import { join } from "node:path";
import type { Paths } from "../../base/paths.ts";

export const CURRENT_LINK = "current";
export const RECEIPT_FILE = "receipt.json";
export const CONSENT_FILE = ".user_consent";
/** What the library said of itself when it was loaded last. */
export const KEPT_MANIFEST_FILE = ".manifest.json";
/** Names beside the versions that are none. */
export const DATA_FOLDER = "data";

/** The folder of all installed native plugins. */
export function toolsFolder(paths: Pick<Paths, "data">): string {
  return join(paths.data, "Tools");
}

/** Whether a name may be that of a plugin's folder, a version's folder or a file in it: no path, nothing hidden. */
export function isPlainName(name: string): boolean {
  return name !== "" && name.length <= 255 && !name.startsWith(".") && !/[/\\\0]/.test(name);
}
