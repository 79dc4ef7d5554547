// Whether what goes by the id of a plugin now is its author's own build, which `tools dev` put there.

import { readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import { devInUse } from "../plugins/native/dev-version.ts";
import { isPlainName, toolsFolder } from "../plugins/native/tools-folder.ts";
import { PROCESS_ID_PREFIX } from "../protocol/process-id.ts";

/** Where builds of process plugins lie, and the marks of those that `tools dev` works on. */
export function devFolder({ data }: Pick<Paths, "data">): string {
  return join(data, "run", "dev");
}

/** Beside the builds of a process plugin: a link to the link by which the plugin is found. */
const FOUND_BY = "found-by";

/** Where it is kept by which link a process plugin's build is found. */
export function foundByPath(paths: Pick<Paths, "data">, pluginId: string): string {
  return join(devFolder(paths), pluginId, FOUND_BY);
}

/** Whether a build of a process plugin is there, in whatever state. */
export function hasProcessBuild(paths: Pick<Paths, "data">, pluginId: string): boolean {
  return isPlainName(pluginId) && linkAt(foundByPath(paths, pluginId)) !== undefined;
}

/** Whether the file by which a process plugin was found is the link to its author's build. */
export function isDevLink(paths: Pick<Paths, "data">, pluginId: string, path: string): boolean {
  return isDevBuild(paths, `${PROCESS_ID_PREFIX}${pluginId}`) && linkAt(foundByPath(paths, pluginId)) === path;
}

/** @param pluginId of a native plugin, or, with its prefix, of a process plugin. */
export function isDevBuild(paths: Pick<Paths, "data">, pluginId: string): boolean {
  if (!pluginId.startsWith(PROCESS_ID_PREFIX)) {
    return isPlainName(pluginId) && devInUse(join(toolsFolder(paths), pluginId)) !== undefined;
  }
  const name = pluginId.slice(PROCESS_ID_PREFIX.length);
  if (!isPlainName(name)) return false;
  const link = linkAt(foundByPath(paths, name));
  return link !== undefined && linkAt(link)?.startsWith(join(devFolder(paths), name, "/")) === true;
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
