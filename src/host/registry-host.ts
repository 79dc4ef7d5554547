// Registries as commands ask for them: which there are, what is in them, and what of it is newer than what is installed.

import type { Paths } from "../base/paths.ts";
import { compareVersions, parseVersion } from "../base/semver.ts";
import { type FoundEntry, openRegistries } from "../plugins/native/find-in-registries.ts";
import { type InstallOptions, installPackage } from "../plugins/native/install-store.ts";
import { findOutdated, type NewerPlugin, type UnknownPlugin } from "../plugins/native/outdated.ts";
import {
  addRegistry,
  type Registry,
  readRegistries,
  removeAllKept,
  removeRegistry,
} from "../plugins/native/registries.ts";
import { fittingVersions, thisSystem } from "../plugins/native/registry-entry.ts";
import { fetchFound } from "../plugins/native/registry-install.ts";
import { openRegistry, type RegistryDeps } from "../plugins/native/registry-source.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import { HostError, toHostError } from "../protocol/errors.ts";

export interface RegistryHostOptions {
  readonly paths: Paths;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** A registry and how it fares. */
export interface RegistryStatus extends Registry {
  /** How many plugins it has that can be used; nothing when that could not be read. */
  readonly entries: number | undefined;
  /** How many entries break a rule. */
  readonly broken: number;
  readonly error: HostError | undefined;
}

export interface FoundPlugin {
  readonly pluginId: string;
  /** The newest version for this system; else the newest there is. */
  readonly latest: string | undefined;
  /** Whether there is one for this system. */
  readonly runsHere: boolean;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly registry: string;
}

export interface Outdated {
  readonly pluginId: string;
  readonly installed: string;
  /** The newer version, and where it is; nothing when the plugin could not be looked up. */
  readonly available: string | undefined;
  readonly registry: string | undefined;
  /** Why the plugin could not be looked up or upgraded: the installed version is still the one in use. */
  readonly error: HostError | undefined;
}

export interface RegistryHost {
  /** In the order in which they are asked. */
  list(): Promise<RegistryStatus[]>;
  /** Adds a URL or a folder. `added` is false when it was there already. */
  add(typed: string, name?: string): Promise<{ registry: Registry; added: boolean }>;
  /** Forgets a registry, by name or location. */
  remove(name: string): Promise<Registry>;
  /** Plugins whose id or name contains the text, in whatever case; all without one. */
  search(text: string): Promise<FoundPlugin[]>;
  /** Installed plugins with a newer version, and those that could not be looked up. */
  outdated(): Promise<Outdated[]>;
  /** Installs what is newer, of one plugin or of all that are installed. Failures are in the rows. */
  upgrade(pluginId: string | undefined, options: Omit<InstallOptions, "signal">): Promise<Outdated[]>;
  /** Forgets what was kept of registries on the web. Which registries there are stays. */
  clearCache(): Promise<void>;
}

/** @param note says what the user should know although it went on: one line. */
export function openRegistryHost(options: RegistryHostOptions, note: (text: string) => void = () => {}): RegistryHost {
  const { paths, cwd, signal } = options;
  const { data } = paths;
  const deps: RegistryDeps = { paths, signal, note };
  return {
    list: async () => await Promise.all(readRegistries(data).map((registry) => statusOf(deps, registry))),
    add: (typed, name) => addRegistry(data, { typed, cwd, name }),
    remove: (name) => removeRegistry(data, name),
    search: (text) => search(deps, text),
    outdated: async () => (await findOutdated(deps)).map(outdatedRow),
    upgrade: (pluginId, how) => upgrade(deps, pluginId, { ...how, signal }),
    clearCache: async () => removeAllKept(data),
  };
}

async function statusOf(deps: RegistryDeps, registry: Registry): Promise<RegistryStatus> {
  try {
    const listed = (await openRegistry(deps, registry).list()).map(({ entry }) => entry);
    const failures = listed.filter((entry) => entry instanceof HostError);
    // Of what merely could not be reached it is not known whether it is broken.
    const broken = failures.filter(({ code }) => code === "registry_invalid").length;
    return { ...registry, entries: listed.length - failures.length, broken, error: undefined };
  } catch (thrown) {
    const error = toHostError(thrown);
    if (error.code === "interrupted" || error.code === "internal") throw thrown;
    return { ...registry, entries: undefined, broken: 0, error };
  }
}

async function search(deps: RegistryDeps, text: string): Promise<FoundPlugin[]> {
  const registries = openRegistries(deps);
  if (registries.sources.length === 0) deps.note?.('there are no registries; "osaurus registry add URL|DIR" adds one');
  const wanted = text.toLowerCase();
  return (await registries.list())
    .filter(({ entry: { plugin_id, name = "" } }) => `${plugin_id}\0${name}`.toLowerCase().includes(wanted))
    .map(foundPlugin);
}

function foundPlugin(found: FoundEntry): FoundPlugin {
  const { plugin_id: pluginId, name, description, versions } = found.entry;
  const here = fittingVersions(found.entry, thisSystem())[0]?.version;
  const newest = versions
    .map(({ version }) => version)
    .sort((a, b) => compareVersions(parseVersion(b)!, parseVersion(a)!))[0];
  const runsHere = here !== undefined;
  return { pluginId, latest: here ?? newest, runsHere, name, description, registry: nameOf(found) };
}

async function upgrade(deps: RegistryDeps, pluginId: string | undefined, options: InstallOptions): Promise<Outdated[]> {
  const rows: Outdated[] = [];
  for (const plugin of await findOutdated(deps, pluginId)) {
    const error = plugin.error ?? (await install(deps, plugin, options));
    rows.push({ ...outdatedRow(plugin), error });
  }
  return rows;
}

/** Gives what went wrong. */
async function install(
  deps: RegistryDeps,
  { found, available }: NewerPlugin,
  options: InstallOptions,
): Promise<HostError | undefined> {
  try {
    const source = await fetchFound(deps, found, available);
    await installPackage(toolsFolder(deps.paths), source, options);
    return undefined;
  } catch (thrown) {
    const error = toHostError(thrown);
    if (error.code === "interrupted" || error.code === "internal") throw thrown;
    return error;
  }
}

function outdatedRow(plugin: NewerPlugin | UnknownPlugin): Outdated {
  const { pluginId, installed } = plugin;
  if (plugin.error) return { pluginId, installed, available: undefined, registry: undefined, error: plugin.error };
  const { available, found } = plugin;
  return { pluginId, installed, available, registry: nameOf(found), error: undefined };
}

function nameOf({ source }: FoundEntry): string {
  return source.registry.name;
}
