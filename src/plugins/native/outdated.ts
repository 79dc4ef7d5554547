// Installed plugins of which a registry has a newer version for this system, and those for which that cannot be told.

import { compareVersions, parseVersion } from "../../base/semver.ts";
import { HostError } from "../../protocol/errors.ts";
import { type FoundEntry, type OpenRegistries, openRegistries } from "./find-in-registries.ts";
import { type InstalledPlugin, listInstalled } from "./installed.ts";
import { fittingVersions, thisSystem } from "./registry-entry.ts";
import type { RegistryDeps } from "./registry-source.ts";
import { toolsFolder } from "./tools-folder.ts";

export interface NewerPlugin {
  readonly pluginId: string;
  readonly installed: string;
  readonly available: string;
  readonly found: FoundEntry;
  readonly error?: undefined;
}

/** A plugin that could not be looked up, and why. */
export interface UnknownPlugin {
  readonly pluginId: string;
  readonly installed: string;
  readonly error: HostError;
}

/**
 * Lists them by id. Plugins that no registry has are left out.
 *
 * @param only one plugin. Throws `plugin_unknown` when it is not installed, or no registry has it.
 */
export async function findOutdated(deps: RegistryDeps, only?: string): Promise<(NewerPlugin | UnknownPlugin)[]> {
  const notes = new Set<string>();
  const registries = openRegistries({ ...deps, note: (text) => void notes.add(text) });
  const installed = await listInstalled(toolsFolder(deps.paths));
  const wanted = only === undefined ? installed : [pick(installed, only)];
  if (only === undefined && registries.sources.length === 0 && installed.length > 0) {
    notes.add('there are no registries to look in; "osaurus registry add URL|DIR" adds one');
  }
  const rows: (NewerPlugin | UnknownPlugin)[] = [];
  for (const plugin of wanted) {
    const row = await lookUp(registries, plugin, only !== undefined);
    if (row) rows.push(row);
  }
  // What is in a row is not said twice.
  const said = new Set(rows.map(({ error }) => error?.message));
  for (const text of notes) if (!said.has(text)) deps.note?.(text);
  return rows;
}

function pick(installed: readonly InstalledPlugin[], pluginId: string): InstalledPlugin {
  const plugin = installed.find((one) => one.pluginId === pluginId);
  if (plugin) return plugin;
  throw new HostError("plugin_unknown", `no plugin "${pluginId}" is installed`, {
    hint: `to install it, run "osaurus tools install ${pluginId}"`,
  });
}

async function lookUp(
  registries: OpenRegistries,
  plugin: InstalledPlugin,
  isAskedFor: boolean,
): Promise<NewerPlugin | UnknownPlugin | undefined> {
  const { pluginId, version: installed } = plugin;
  let found: FoundEntry | undefined;
  try {
    found = await registries.find(pluginId, { isInstalled: !isAskedFor });
  } catch (error) {
    if (!(error instanceof HostError) || error.code === "interrupted") throw error;
    return { pluginId, installed, error };
  }
  if (found) return newerThan(plugin, found);
  if (!isAskedFor) return undefined;
  throw new HostError("plugin_unknown", `no registry has a plugin "${pluginId}"`, {
    hint: "install its newer version from where you got it",
  });
}

function newerThan({ pluginId, version }: InstalledPlugin, found: FoundEntry): NewerPlugin | undefined {
  const newest = fittingVersions(found.entry, thisSystem())[0];
  if (!newest || compareVersions(parseVersion(newest.version)!, parseVersion(version)!) <= 0) return undefined;
  return { pluginId, installed: version, available: newest.version, found };
}
