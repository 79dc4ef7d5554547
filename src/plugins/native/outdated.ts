// Installed plugins of which a registry has a newer version for this system.

import { compareVersions, parseVersion } from "../../base/semver.ts";
import { HostError } from "../../protocol/errors.ts";
import { type FoundEntry, type OpenRegistries, openRegistries } from "./find-in-registries.ts";
import { type InstalledPlugin, listInstalled } from "./installed.ts";
import { fittingVersions, thisSystem } from "./registry-entry.ts";
import type { RegistryDeps } from "./registry-source.ts";
import { toolsFolder } from "./tools-folder.ts";

export interface OutdatedPlugin {
  readonly pluginId: string;
  readonly installed: string;
  readonly available: string;
  readonly found: FoundEntry;
}

/**
 * Lists them by id. What cannot be asked of a registry is noted and left out; when nothing could be asked at all, that
 * failure is thrown.
 *
 * @param only one plugin: nothing about it is left out. Throws `plugin_unknown` when it is not installed.
 */
export async function findOutdated(deps: RegistryDeps, only?: string): Promise<OutdatedPlugin[]> {
  const registries = openRegistries(deps);
  const installed = await listInstalled(toolsFolder(deps.paths));
  if (only !== undefined) return await one(registries, installed, only);
  if (registries.sources.length === 0 && installed.length > 0) {
    deps.note?.('there are no registries to look in; "osaurus registry add URL|DIR" adds one');
  }
  const outdated: OutdatedPlugin[] = [];
  const failures: HostError[] = [];
  for (const plugin of installed) {
    try {
      const newer = newerThan(plugin, await registries.find(plugin.pluginId));
      if (newer) outdated.push(newer);
    } catch (error) {
      if (!(error instanceof HostError) || error.code === "interrupted") throw error;
      failures.push(error);
    }
  }
  // Nothing newer and nothing asked are not the same.
  if (failures.length > 0 && failures.length === installed.length) throw failures[0];
  for (const { message } of failures) deps.note?.(message);
  return outdated;
}

async function one(
  registries: OpenRegistries,
  installed: readonly InstalledPlugin[],
  pluginId: string,
): Promise<OutdatedPlugin[]> {
  const plugin = installed.find((one) => one.pluginId === pluginId);
  if (!plugin) {
    throw new HostError("plugin_unknown", `no plugin "${pluginId}" is installed`, {
      hint: `to install it, run "osaurus tools install ${pluginId}"`,
    });
  }
  const found = await registries.find(pluginId);
  if (!found) {
    throw new HostError("plugin_unknown", `no registry has a plugin "${pluginId}"`, {
      hint: "install its newer version from where you got it",
    });
  }
  const newer = newerThan(plugin, found);
  return newer ? [newer] : [];
}

function newerThan({ pluginId, version }: InstalledPlugin, found: FoundEntry | undefined): OutdatedPlugin | undefined {
  const newest = found && fittingVersions(found.entry, thisSystem())[0];
  if (!newest || compareVersions(parseVersion(newest.version)!, parseVersion(version)!) <= 0) return undefined;
  return { pluginId, installed: version, available: newest.version, found };
}
