// The folder of installed native plugins: `Tools/<plugin_id>/<version>/`, with a link `current` to the version in use
// and a `receipt.json` beside the library ("Osaurus: Packaging"). Only looks; what changes it is in `publish-version.ts`.

import { readdir, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod/mini";
import { readSmallFile } from "../../base/read-small-file.ts";
import { compareVersions, parseVersion } from "../../base/semver.ts";
import { HostError } from "../../protocol/errors.ts";
import { RECEIPT_BYTES_MAX } from "../../protocol/limits.ts";
import { CURRENT_LINK, isPlainName, RECEIPT_FILE } from "./tools-folder.ts";

/** One plugin in the folder, as far as files tell. */
export interface InstalledPlugin {
  readonly pluginId: string;
  readonly version: string;
  /** The folder of this version. */
  readonly folder: string;
  /** The library, or why there is none to load. */
  readonly library: string | HostError;
}

const Receipt = z.object({ dylib_filename: z.optional(z.string()) });

/** Lists what is installed, by id. A folder that does not exist is an empty one. */
export async function listInstalled(toolsFolder: string): Promise<InstalledPlugin[]> {
  const names = await namesIn(toolsFolder);
  const found = await Promise.all(names.map((name) => findInstalled(toolsFolder, name)));
  return found.filter((plugin) => plugin !== undefined);
}

/** The active version of one plugin; nothing when no version of it is there. */
export async function findInstalled(toolsFolder: string, pluginId: string): Promise<InstalledPlugin | undefined> {
  // Decisions and settings of what is no installed plugin go by names with a colon: nobody else may have such a name.
  if (!isPlainName(pluginId) || pluginId.includes(":")) return undefined;
  const pluginFolder = join(toolsFolder, pluginId);
  const version = await activeVersion(pluginFolder);
  if (version === undefined) return undefined;
  const folder = join(pluginFolder, version);
  return { pluginId, version, folder, library: await findLibrary(folder, pluginId) };
}

/** Where `current` points; without it, the highest version there is. */
export async function activeVersion(pluginFolder: string): Promise<string | undefined> {
  const versions = await versionsIn(pluginFolder);
  const linked = await readlink(join(pluginFolder, CURRENT_LINK)).then(basename, () => undefined);
  if (linked !== undefined && versions.includes(linked)) return linked;
  return versions.at(-1);
}

/** The versions of one plugin that have a folder, the lowest first. */
export async function versionsIn(pluginFolder: string): Promise<string[]> {
  return sortVersions(await namesIn(pluginFolder));
}

/** Those of the names that are versions, the lowest first. */
export function sortVersions(names: readonly string[]): string[] {
  return names.filter((name) => parseVersion(name)).sort((a, b) => compareVersions(parseVersion(a)!, parseVersion(b)!));
}

async function findLibrary(folder: string, pluginId: string): Promise<string | HostError> {
  const broken = (problem: string) =>
    new HostError("install_broken", `the installation of "${pluginId}" is broken: ${problem}`, {
      hint: `remove ${folder} and install the plugin again`,
      details: { plugin: pluginId, folder },
    });
  const path = join(folder, RECEIPT_FILE);
  const invalid = (problem: string) =>
    new HostError("receipt_invalid", `the receipt ${path} is not usable: ${problem}`, {
      hint: "install the plugin again",
      details: { plugin: pluginId, path },
    });
  const receipt = readSmallFile(path, RECEIPT_BYTES_MAX);
  let named: string | undefined;
  try {
    if (receipt?.problem !== undefined) return invalid(receipt.problem);
    if (receipt !== undefined) named = Receipt.parse(JSON.parse(receipt.text)).dylib_filename;
  } catch {
    return invalid("it cannot be understood");
  }
  if (named !== undefined) return isPlainName(named) ? join(folder, named) : invalid("it names no plain file");
  const libraries = (await namesIn(folder)).filter((name) => /\.(so|dylib)$/.test(name));
  if (libraries.length === 1) return join(folder, libraries[0]!);
  return broken(libraries.length === 0 ? "there is no library in it" : "there are several libraries and no receipt");
}

/** Names in a folder, hidden ones left out, sorted; none when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw new HostError("install_broken", `the folder ${folder} cannot be read: ${error.code}`, {
      hint: "look at its owner and mode",
    });
  });
  return names.filter((name) => !name.startsWith(".")).sort();
}
