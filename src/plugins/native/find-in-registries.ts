// Looking for plugins in all registries of the user at once: the first that has a plugin counts, and several that do not
// agree on who signs it are a reason to stop.

import { byCodeUnits } from "../../base/by-code-units.ts";
import { nearest } from "../../base/nearest.ts";
import { HostError } from "../../protocol/errors.ts";
import { readRegistries } from "./registries.ts";
import type { RegistryEntry } from "./registry-entry.ts";
import { openRegistry, type RegistryDeps, type RegistrySource } from "./registry-source.ts";

export interface FoundEntry {
  readonly entry: RegistryEntry;
  readonly source: RegistrySource;
}

interface FindOptions {
  readonly isInstalled?: boolean;
}

/** The registries of the user, opened for one piece of work. */
export interface OpenRegistries {
  readonly sources: readonly RegistrySource[];
  /**
   * The entry of one plugin; nothing when no registry has it. Throws what is wrong with it, `registry_unreachable` when
   * a registry that would come first cannot be asked, and `signing_key_changed` when registries name different keys.
   *
   * @param how `isInstalled`: a registry that cannot be reached may be passed over when it is not known to have had the
   * plugin, and no other has it.
   */
  find(pluginId: string, how?: FindOptions): Promise<FoundEntry | undefined>;
  /** Every plugin that is there, by id; what cannot be read is noted and left out. */
  list(): Promise<FoundEntry[]>;
}

/** Opens all registries. Throws `config_invalid`. */
export function openRegistries(deps: RegistryDeps): OpenRegistries {
  const sources = readRegistries(deps.paths.data).map((registry) => openRegistry(deps, registry));
  return {
    sources,
    find: (pluginId, how) => find(deps, sources, pluginId, how),
    list: () => list(deps, sources),
  };
}

/** The error for a plugin that no registry has. */
export async function notInRegistries({ sources }: OpenRegistries, pluginId: string): Promise<HostError> {
  const message = `no registry has a plugin "${pluginId}"`;
  if (sources.length === 0) {
    return new HostError("plugin_unknown", `${message}: there are no registries`, {
      hint: 'add one with "osaurus registry add URL|DIR", or give a zip, a folder or a URL',
    });
  }
  const ids = await Promise.all(sources.map((source) => source.ids().catch(() => [])));
  const near = nearest(pluginId, ids.flat());
  const asked = sources.map(({ registry }) => registry.name).join(", ");
  return new HostError("plugin_unknown", `${message} (asked: ${asked})`, {
    hint: near === undefined ? '"osaurus tools search" lists what there is' : `did you mean "${near}"?`,
  });
}

async function find(
  deps: RegistryDeps,
  sources: readonly RegistrySource[],
  pluginId: string,
  { isInstalled = false }: FindOptions = {},
): Promise<FoundEntry | undefined> {
  const found: FoundEntry[] = [];
  let passedOver: HostError | undefined;
  for (const source of sources) {
    try {
      const entry = await source.find(pluginId);
      if (entry !== undefined) found.push({ entry, source });
    } catch (error) {
      if (!isOfRegistry(error)) throw error;
      const mayPass = found.length === 0 && isInstalled && error.code === "registry_unreachable";
      if (mayPass && (await source.wasWithout(pluginId))) passedOver ??= error;
      else if (found.length === 0) throw error;
      else deps.note?.(error.message);
    }
    // Nobody may be led to a later registry by keeping an earlier one from answering.
    if (passedOver && found.length > 0) throw passedOver;
  }
  if (new Set(found.map(({ entry }) => entry.public_keys.minisign)).size > 1) throw conflict(pluginId, found);
  return found[0];
}

function isOfRegistry(error: unknown): error is HostError {
  return error instanceof HostError && ["registry_invalid", "registry_unreachable"].includes(error.code);
}

async function list(deps: RegistryDeps, sources: readonly RegistrySource[]): Promise<FoundEntry[]> {
  const found = new Map<string, FoundEntry[]>();
  const failures: HostError[] = [];
  for (const source of sources) {
    try {
      for (const { pluginId, entry } of await source.list()) {
        if (entry instanceof HostError) deps.note?.(`${entry.message}; it is left out`);
        else found.set(pluginId, [...(found.get(pluginId) ?? []), { entry, source }]);
      }
    } catch (error) {
      if (!isOfRegistry(error)) throw error;
      failures.push(error);
    }
  }
  // Nothing found and nothing asked are not the same. What is thrown is not said twice.
  const thrown = failures.length === sources.length ? failures.shift() : undefined;
  for (const { message } of failures) deps.note?.(message);
  if (thrown) throw thrown;
  for (const [pluginId, several] of found) {
    const keys = new Set(several.map(({ entry }) => entry.public_keys.minisign));
    if (keys.size > 1) deps.note?.(conflict(pluginId, several).message);
  }
  return [...found.values()]
    .map((several) => several[0]!)
    .sort((a, b) => byCodeUnits(a.entry.plugin_id, b.entry.plugin_id));
}

function conflict(pluginId: string, found: readonly FoundEntry[]): HostError {
  const names = found.map(({ source }) => source.registry.name);
  return new HostError(
    "signing_key_changed",
    `the registries ${names.join(", ")} name different signing keys for "${pluginId}"`,
    {
      hint: 'ask its author which key is right, and forget the other registry with "osaurus registry remove NAME"',
      details: { plugin: pluginId, registries: names },
    },
  );
}
