// Removes an installed plugin: everything in its folder, and nothing outside of it. Links are removed and not followed.

import { lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { HostError } from "../../protocol/errors.ts";
import { installFailure } from "./install-failure.ts";
import { namesIn, versionsIn } from "./installed.ts";
import { noteChange, syncFolder, withInstallLock } from "./publish-version.ts";
import { readReceipt } from "./receipt.ts";
import { openStaging } from "./staging.ts";
import { CURRENT_LINK, DATA_FOLDER, isPlainName } from "./tools-folder.ts";

export interface UninstallOptions {
  /** What the plugin itself kept stays. */
  readonly keepData?: boolean;
  /** The folder that relative paths begin at. */
  readonly cwd: string;
}

/**
 * Removes a plugin, named by its id, its folder's name or its folder's path. Gives the folder's name. Throws
 * `plugin_unknown`, `usage_invalid` for a path elsewhere, `install_busy` and `install_failed`.
 */
export async function uninstallPlugin(toolsFolder: string, spec: string, options: UninstallOptions): Promise<string> {
  const name = await findFolder(toolsFolder, spec, options.cwd);
  const folder = join(toolsFolder, name);
  // What was moved in here is gone with it; a kill meanwhile leaves the removing to the next change.
  const staging = openStaging(toolsFolder);
  try {
    await withInstallLock(toolsFolder, () => {
      if (options.keepData && lstatSync(folder).isDirectory()) moveAllButData(folder, staging.folder);
      else renameSync(folder, join(staging.folder, "removed"));
      syncFolder(toolsFolder);
      noteChange(toolsFolder);
    });
  } finally {
    try {
      staging.remove();
    } catch (error) {
      // biome-ignore lint/correctness/noUnsafeFinally: only what removing throws leaves here, and nothing else was thrown.
      throw installFailure(error);
    }
  }
  return name;
}

/** The link goes first: a plugin that is half gone is not in use any more. */
function moveAllButData(folder: string, to: string): void {
  rmSync(join(folder, CURRENT_LINK), { force: true });
  mkdirSync(join(to, "removed"));
  for (const name of readdirSync(folder)) {
    if (name !== DATA_FOLDER) renameSync(join(folder, name), join(to, "removed", name));
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

async function findFolder(toolsFolder: string, spec: string, cwd: string): Promise<string> {
  const isPath = spec.includes("/") || spec === "." || spec === "..";
  const name = isPath ? folderAtPath(toolsFolder, resolve(cwd, spec), spec) : spec;
  if (isPlainName(name) && lstatSync(join(toolsFolder, name), { throwIfNoEntry: false }) !== undefined) return name;
  const named = isPath ? undefined : await folderByReceipt(toolsFolder, spec);
  if (named !== undefined) return named;
  const others = await namesIn(toolsFolder);
  throw new HostError("plugin_unknown", `no plugin "${spec}" is installed`, {
    hint: others.length > 0 ? `installed: ${others.join(", ")}` : "no plugin is installed",
  });
}

/** The folder above must really be that of the installed plugins, whatever links lead there. */
function folderAtPath(toolsFolder: string, path: string, spec: string): string {
  const [above, tools] = [realPath(dirname(path)), realPath(toolsFolder)];
  if (above !== undefined && above === tools && isPlainName(basename(path))) return basename(path);
  throw new HostError("usage_invalid", `"${spec}" is not the folder of an installed plugin`, {
    hint: `these lie in ${toolsFolder}`,
  });
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Somebody may have renamed the folder; the receipts still say whose it is. */
async function folderByReceipt(toolsFolder: string, pluginId: string): Promise<string | undefined> {
  for (const name of await namesIn(toolsFolder)) {
    for (const version of await versionsIn(join(toolsFolder, name))) {
      const receipt = await readReceipt(join(toolsFolder, name, version)).catch(() => undefined);
      if (receipt?.plugin_id === pluginId) return name;
    }
  }
  return undefined;
}
