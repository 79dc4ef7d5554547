// Reading one registry, whatever kind it is. Nothing here judges signatures.

import type { Paths } from "../../base/paths.ts";
import { folderRegistry } from "./folder-registry.ts";
import type { Registry } from "./registries.ts";
import type { RegistryEntry } from "./registry-entry.ts";
import type { ArtifactPlace, ListedEntry } from "./registry-parts.ts";
import { webRegistry } from "./web-registry.ts";

export interface RegistryDeps {
  readonly paths: Pick<Paths, "data" | "cache">;
  readonly signal?: AbortSignal | undefined;
  /** Says what the user should know although it went on: one line. */
  note?(text: string): void;
}

export interface RegistrySource {
  readonly registry: Registry;
  /** The entry of one plugin; nothing when the registry has none. Throws `registry_invalid`, `registry_unreachable`. */
  find(pluginId: string): Promise<RegistryEntry | undefined>;
  /**
   * Whether what was kept of the registry has no such plugin; for when `find` threw `registry_unreachable`. It may have
   * come into the registry since. False when nothing was kept.
   */
  wasWithout(pluginId: string): Promise<boolean>;
  /** The ids of all plugins, sorted. */
  ids(): Promise<string[]>;
  /** All entries by id; those that are not usable as errors. */
  list(): Promise<ListedEntry[]>;
  /** Resolves the address that an entry gives for an archive. Throws `registry_invalid` for one that may not be used. */
  place(artifactUrl: string): Promise<ArtifactPlace>;
}

/** Opens a registry. Nothing is read yet. */
export function openRegistry(deps: RegistryDeps, registry: Registry): RegistrySource {
  return registry.kind === "folder" ? folderRegistry(registry) : webRegistry(deps, registry);
}
