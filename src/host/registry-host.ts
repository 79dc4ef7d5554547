// Registries as commands ask for them: which there are, what is in them, and what of it is newer than what is installed.

import type { Paths } from "../base/paths.ts";
import { compareVersions, parseVersion } from "../base/semver.ts";
import { type FoundEntry, openRegistries } from "../plugins/native/find-in-registries.ts";
import { type InstallOptions, installPackage } from "../plugins/native/install-store.ts";
import { findOutdated } from "../plugins/native/outdated.ts";
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
import { type HostError, toHostError } from "../protocol/errors.ts";

export interface RegistryHostOptions {
  readonly paths: Paths;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** A registry and how it fares. */
export interface RegistryStatus extends Registry {
  /** How many plugins it has; nothing when that could not be read. */
  readonly entries: number | undefined;
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
  readonly available: string;
  readonly registry: string;
}

export interface Upgraded extends Outdated {
  /** Why the installed version is still the one in use; nothing when it is not. */
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
  outdated(): Promise<Outdated[]>;
  /** Installs what is newer, of one plugin or of all that are installed. Failures are in the rows. */
  upgrade(pluginId: string | undefined, options: Omit<InstallOptions, "signal">): Promise<Upgraded[]>;
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
    async outdated() {
      return (await findOutdated(deps)).map(({ found, ...row }) => ({ ...row, registry: nameOf(found) }));
    },
    upgrade: (pluginId, how) => upgrade(deps, pluginId, { ...how, signal }),
    clearCache: async () => removeAllKept(data),
  };
}

async function statusOf(deps: RegistryDeps, registry: Registry): Promise<RegistryStatus> {
  try {
    const ids = await openRegistry(deps, registry).ids();
    return { ...registry, entries: ids.length, error: undefined };
  } catch (thrown) {
    const error = toHostError(thrown);
    if (error.code === "interrupted" || error.code === "internal") throw thrown;
    return { ...registry, entries: undefined, error };
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

async function upgrade(deps: RegistryDeps, pluginId: string | undefined, options: InstallOptions): Promise<Upgraded[]> {
  const rows: Upgraded[] = [];
  for (const { found, ...row } of await findOutdated(deps, pluginId)) {
    let error: HostError | undefined;
    try {
      const source = await fetchFound(deps, found, row.available);
      await installPackage(toolsFolder(deps.paths), source, options);
    } catch (thrown) {
      error = toHostError(thrown);
      if (error.code === "interrupted" || error.code === "internal") throw thrown;
    }
    rows.push({ ...row, registry: nameOf(found), error });
  }
  return rows;
}

function nameOf({ source }: FoundEntry): string {
  return source.registry.name;
}
