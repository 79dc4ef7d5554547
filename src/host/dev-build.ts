// Whether what serves is its author's own build, which `tools dev` put there.

import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import { devInUse } from "../plugins/native/dev-version.ts";
import { isPlainName, toolsFolder } from "../plugins/native/tools-folder.ts";
import { PROCESS_ID_PREFIX } from "../protocol/process-id.ts";
import { isDevLink } from "./dev-link.ts";

/**
 * @param pluginId of a native plugin, or, with its prefix, of a process plugin.
 * @param path the file by which a process plugin was found: another one may have the id of a build, and is none.
 */
export function isDevBuild(paths: Pick<Paths, "data">, pluginId: string, path: string | undefined): boolean {
  if (pluginId.startsWith(PROCESS_ID_PREFIX)) {
    return path !== undefined && isDevLink(paths, pluginId.slice(PROCESS_ID_PREFIX.length), path);
  }
  return isPlainName(pluginId) && devInUse(join(toolsFolder(paths), pluginId)) !== undefined;
}
