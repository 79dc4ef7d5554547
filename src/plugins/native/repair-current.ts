// Mends what killed processes and hands that were not careful left behind: a link to a version that is not there, a
// version that was being replaced. To be called once at the start of a host; it costs one look at each plugin's folder.

import { existsSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { namesIn, versionsIn } from "./installed.ts";
import {
  linkedVersion,
  mendReplaced,
  mustBeFolder,
  needsMending,
  noteChange,
  pointCurrent,
  withInstallLock,
} from "./publish-version.ts";
import { readReceipt } from "./receipt.ts";
import { CURRENT_LINK } from "./tools-folder.ts";

export interface Repair {
  readonly pluginId: string;
  /** Where the link points now; nothing when it was removed, because no version can be used. */
  readonly version: string | undefined;
}

/** Repairs all plugins' folders; gives those whose link was changed. Fails for none: what cannot be mended is left. */
export async function repairCurrent(toolsFolder: string): Promise<Repair[]> {
  const repairs: Repair[] = [];
  for (const pluginId of await namesIn(toolsFolder).catch(() => [])) {
    const pluginFolder = join(toolsFolder, pluginId);
    try {
      if (needsMending(await readdir(pluginFolder))) {
        await withInstallLock(toolsFolder, () => {
          mustBeFolder(pluginFolder);
          mendReplaced(pluginFolder);
        });
      }
      if (!isDangling(pluginFolder)) continue;
      const version = await highestUsable(pluginFolder);
      const isChanged = await withInstallLock(toolsFolder, () => {
        if (!isDangling(pluginFolder)) return false;
        if (version === undefined) rmSync(join(pluginFolder, CURRENT_LINK), { force: true });
        else pointCurrent(pluginFolder, version);
        noteChange(toolsFolder);
        return true;
      });
      if (isChanged) repairs.push({ pluginId, version });
    } catch {
      // A file among the folders, or no right to change it: the plugin fails with a reason of its own when it is used.
    }
  }
  return repairs;
}

function isDangling(pluginFolder: string): boolean {
  return linkedVersion(pluginFolder) !== undefined && !existsSync(join(pluginFolder, CURRENT_LINK));
}

async function highestUsable(pluginFolder: string): Promise<string | undefined> {
  for (const version of (await versionsIn(pluginFolder)).toReversed()) {
    const receipt = await readReceipt(join(pluginFolder, version)).catch(() => undefined);
    if (receipt !== undefined) return version;
  }
  return undefined;
}
