// Where builds of process plugins lie that `tools dev` made, and whether a plugin is found by one of them. Every list of
// process plugins asks this: nothing of what runs native plugins is needed for it.

import { readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import { isPlainName } from "../plugins/native/tools-folder.ts";

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
  return linkInUse(paths, pluginId) === path;
}

/** The link by which a process plugin's build is found, while it leads to one. */
function linkInUse(paths: Pick<Paths, "data">, pluginId: string): string | undefined {
  if (!isPlainName(pluginId)) return undefined;
  const link = linkAt(foundByPath(paths, pluginId));
  const target = link === undefined ? undefined : linkAt(link);
  return target?.startsWith(join(devFolder(paths), pluginId, "/")) === true ? link : undefined;
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
