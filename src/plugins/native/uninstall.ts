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

/** The folder of a plugin that is to be removed. */
export interface PluginFolder {
  readonly name: string;
  /** What the plugin in it is or was called: other parts of the host may keep something under each of these. */
  readonly pluginIds: readonly string[];
}

/**
 * Finds the folder of a plugin by the plugin's id, the folder's name or its path. Throws `plugin_unknown`, and
 * `usage_invalid` for a path elsewhere.
 *
 * @param cwd the folder that relative paths begin at.
 */
export async function resolvePlugin(toolsFolder: string, spec: string, cwd: string): Promise<PluginFolder> {
  const name = await findFolder(toolsFolder, spec, cwd);
  const receipts = await idsInReceipts(join(toolsFolder, name));
  // A copy of an installed plugin's folder has that plugin's receipts; what is kept for that plugin is not the copy's.
  const others = receipts.filter((id) => id !== name && !(isPlainName(id) && isThere(join(toolsFolder, id))));
  return { name, pluginIds: [name, ...others] };
}

/**
 * Removes such a folder. Throws `plugin_unknown` when it is gone meanwhile, `install_busy` and `install_failed`.
 *
 * @param options.keepData what the plugin itself kept stays.
 */
export async function removePlugin(
  toolsFolder: string,
  { name }: PluginFolder,
  options: { readonly keepData?: boolean } = {},
): Promise<void> {
  const folder = join(toolsFolder, name);
  // What was moved in here is gone with it; a kill meanwhile leaves the removing to the next change.
  const staging = openStaging(toolsFolder);
  try {
    await withInstallLock(toolsFolder, () => {
      if (!isThere(folder)) throw new HostError("plugin_unknown", `the folder ${name} was removed meanwhile`);
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
}

/** Links that lead nowhere are there too. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
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
  if (isPlainName(name) && isThere(join(toolsFolder, name))) return name;
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
    if ((await idsInReceipts(join(toolsFolder, name))).includes(pluginId)) return name;
  }
  return undefined;
}

async function idsInReceipts(pluginFolder: string): Promise<string[]> {
  const ids = new Set<string>();
  for (const version of await versionsIn(pluginFolder)) {
    const receipt = await readReceipt(join(pluginFolder, version)).catch(() => undefined);
    if (receipt !== undefined) ids.add(receipt.plugin_id);
  }
  return [...ids];
}
