// What both kinds of registry need: the list of their plugins, where archives may lie, and what is said when one is wrong.

import { byCodeUnits } from "../../base/by-code-units.ts";
import { mapLimit } from "../../base/map-limit.ts";
import { HostError, toHostError } from "../../protocol/errors.ts";
import { REGISTRY_ENTRIES_MAX } from "../../protocol/limits.ts";
import { checkUrl, isLoopback } from "./fetch-url.ts";
import { isPluginId } from "./package-identity.ts";
import type { Registry } from "./registries.ts";
import type { RegistryEntry } from "./registry-entry.ts";

const PARALLEL_MAX = 8;

/** Where an archive is to be had. */
export type ArtifactPlace = { readonly path: string } | { readonly url: string };

export interface ListedEntry {
  readonly pluginId: string;
  readonly entry: RegistryEntry | HostError;
}

/** Ids that may be some, each once, sorted. Throws `registry_invalid` for too many. */
export function checkIds(registry: Registry, ids: readonly string[]): string[] {
  const good = [...new Set(ids)].filter((id) => id !== "index" && isPluginId(id)).sort(byCodeUnits);
  if (good.length <= REGISTRY_ENTRIES_MAX) return good;
  throw new HostError(
    "registry_invalid",
    `the registry "${registry.name}" has more than ${REGISTRY_ENTRIES_MAX} plugins`,
  );
}

/** All entries; those that are not usable as errors. */
export async function listEach(
  ids: readonly string[],
  find: (pluginId: string) => Promise<RegistryEntry | undefined>,
): Promise<ListedEntry[]> {
  const found = await mapLimit(ids, PARALLEL_MAX, async (pluginId) => {
    try {
      return { pluginId, entry: (await find(pluginId)) as RegistryEntry | HostError | undefined };
    } catch (error) {
      if (error instanceof HostError && error.code !== "interrupted") return { pluginId, entry: error };
      throw error;
    }
  });
  return found.flatMap(({ pluginId, entry }) => (entry === undefined ? [] : [{ pluginId, entry }]));
}

/** Where an archive of this registry may lie on the web: what came over https leads to https only. */
export function allowedUrl(registry: Registry, text: string): string {
  const base = registry.kind === "url" ? new URL(registry.location) : undefined;
  const url = URL.parse(text, base?.href);
  if (url === null) throw badPlace(registry, text, "it is no URL");
  try {
    checkUrl(url.href);
  } catch (error) {
    throw badPlace(registry, text, toHostError(error).message);
  }
  if (url.protocol === "https:" || base === undefined || isLoopback(base)) return url.href;
  throw badPlace(registry, text, "the registry is not on this machine, and so may not send anybody to it");
}

/** The error for something in a registry that may not be used. */
export function badPlace(registry: Registry, what: string, problem: string): HostError {
  return new HostError("registry_invalid", `the registry "${registry.name}" names ${what}: ${problem}`, {
    hint: "whoever keeps the registry has to mend it",
    details: { registry: registry.name },
  });
}

/** The error for a registry that cannot be read. @param advice what to do, other than to forget the registry. */
export function unreachable(registry: Registry, problem: string, advice = "check the network"): HostError {
  return new HostError("registry_unreachable", `the registry "${registry.name}" could not be read: ${problem}`, {
    hint: `${advice}; "osaurus registry remove ${registry.name}" forgets the registry`,
    details: { registry: registry.name },
  });
}
