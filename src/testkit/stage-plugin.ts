// Puts the plugin that is tested into a folder from which it is installed: the library, and of a project all that a package
// of it would hold.

import { copyFileSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { collectFiles, libraryInput } from "../plugins/native/package-files.ts";
import type { PackageIdentity, PackageSource } from "../plugins/native/package-source.ts";
import { builtLibrary } from "../plugins/native/project-package.ts";
import type { ZipInput } from "../plugins/native/zip-write.ts";
import { readProject } from "../projects/project.ts";
import { HostError } from "../protocol/errors.ts";
import { parseManifest } from "../protocol/manifest.ts";

/** What somebody wants to test. */
export interface PluginChoice {
  readonly library?: string | undefined;
  readonly project?: string | undefined;
}

/**
 * Where the library is, absolute; of a project, with its folder and its name. Throws `test_invalid`, and what `builtLibrary`
 * throws.
 */
export function choosePlugin({ library, project }: PluginChoice): {
  readonly library: NonNullable<PackageSource["library"]>;
  readonly folder: string | undefined;
  readonly identity: PackageIdentity | undefined;
} {
  if (library !== undefined && project !== undefined) {
    throw new HostError("test_invalid", "both a library and a project are given", { hint: "give one of them" });
  }
  if (library !== undefined) return { library: ownLibrary(resolve(library)), folder: undefined, identity: undefined };
  const found = readProject(resolve(project ?? "."));
  const { kind, folder, pluginId, version } = found;
  if (kind !== "native") {
    throw new HostError("test_invalid", `${folder} is the project of a process plugin, which no host loads`, {
      hint: '"osaurus tools test" tests it as it is run',
    });
  }
  return { library: builtLibrary(found), folder, identity: { pluginId, version } };
}

/**
 * Fills the folder; gives what it holds.
 *
 * @param readManifest what the library says of itself, where nobody else says whose it is.
 */
export async function stagePlugin(
  to: string,
  { library, folder, identity }: ReturnType<typeof choosePlugin>,
  readManifest: (library: string) => Promise<string>,
): Promise<PackageIdentity> {
  const named = identity ?? identityOf(await readManifest(library.path), library.name);
  const inputs = [await libraryInput(library), ...(await filesOf(folder, named))];
  for (const { name, from } of inputs) {
    const path = join(to, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof from === "string") copyFileSync(from, path);
    else writeFileSync(path, from);
  }
  return named;
}

async function filesOf(folder: string | undefined, named: PackageIdentity): Promise<ZipInput[]> {
  if (folder !== undefined) return await collectFiles(folder, named);
  const text = JSON.stringify({ plugin_id: named.pluginId, version: named.version });
  return [{ name: "osaurus-plugin.json", from: Buffer.from(text) }];
}

function identityOf(manifestText: string, name: string): PackageIdentity {
  const { plugin_id: pluginId, version = "0.0.0" } = parseManifest(manifestText, name);
  return { pluginId, version };
}

/** Somebody named it: it may be a link to anywhere. */
function ownLibrary(path: string): NonNullable<PackageSource["library"]> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return { path, name: basename(path) };
  throw new HostError("library_unknown", `there is no library at ${path}`, { hint: "build the plugin first" });
}
