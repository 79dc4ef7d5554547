// The manifests of all installed native plugins, for whoever lists their tools. A plugin that is loaded is asked nothing; of
// one that is not, what it said when it was loaded last is good enough as long as nothing stands between it and a load.
// Only a plugin that was never loaded is, and what was found of each counts until its files change.

import { statSync } from "node:fs";
import { join } from "node:path";
import { mapLimit } from "../base/map-limit.ts";
import { admissible } from "../plugins/native/check-installation.ts";
import { findInstalled, type InstalledPlugin, listInstalled } from "../plugins/native/installed.ts";
import type { NativePlugin } from "../plugins/native/native-plugin.ts";
import { QUARANTINE_FILE } from "../plugins/native/quarantine.ts";
import { CONSENT_FILE, KEPT_MANIFEST_FILE, RECEIPT_FILE } from "../plugins/native/tools-folder.ts";
import { type HostError, toHostError } from "../protocol/errors.ts";
import { LOAD_PARALLEL_MAX } from "../protocol/limits.ts";
import type { Manifest } from "../protocol/manifest.ts";
import { keptManifest, knownManifest } from "./known-manifest.ts";

/** One plugin: its manifest, or why it does not load. */
export interface ListedManifest {
  readonly pluginId: string;
  /** The same object as long as it is the same manifest. */
  readonly manifest: Manifest | undefined;
  readonly error: HostError | undefined;
}

export interface InstalledManifestsOptions {
  readonly tools: string;
  /** The plugin as this host has opened it, if it has. */
  opened(pluginId: string): NativePlugin | undefined;
  load(pluginId: string): Promise<NativePlugin>;
}

interface Known {
  readonly stamp: string;
  readonly found: ListedManifest;
}

export class InstalledManifests {
  readonly #options: InstalledManifestsOptions;
  #known = new Map<string, Known>();

  constructor(options: InstalledManifestsOptions) {
    this.#options = options;
  }

  /** All of them, by id. Plugins that have to be loaded are, side by side. */
  async list(): Promise<ListedManifest[]> {
    const { tools } = this.#options;
    const installed = await listInstalled(tools);
    const quarantine = stampOfFile(join(tools, QUARANTINE_FILE));
    const known = new Map<string, Known>();
    const found = await mapLimit(installed, LOAD_PARALLEL_MAX, async (one) => {
      const now = await this.#find(one, quarantine);
      known.set(one.pluginId, now);
      return now.found;
    });
    this.#known = known; // What is not installed any more is forgotten.
    return found;
  }

  /** What one of them says of itself, as far as files tell; nothing of it is loaded. */
  async known(pluginId: string): Promise<Manifest | undefined> {
    const installed = await findInstalled(this.#options.tools, pluginId);
    return installed && knownManifest(installed);
  }

  async #find(installed: InstalledPlugin, quarantine: string): Promise<Known> {
    const { pluginId } = installed;
    const stamp = `${quarantine}\n${stampOf(installed)}`;
    const plugin = this.#options.opened(pluginId);
    const loaded = plugin !== undefined && isUp(plugin) ? plugin.loaded : undefined;
    const before = this.#known.get(pluginId);
    if (loaded !== undefined) {
      const isSame = before?.found.manifest === loaded.manifest;
      return { stamp, found: isSame ? before.found : { pluginId, manifest: loaded.manifest, error: undefined } };
    }
    if (before?.stamp === this.#stampWithState(installed, stamp)) return before;
    const found = await this.#look(installed, plugin?.state === "failed");
    // A load changes the state, and leaves files behind: neither makes it another plugin the next time.
    return { stamp: this.#stampWithState(installed, `${quarantine}\n${stampOf(installed)}`), found };
  }

  #stampWithState({ pluginId }: InstalledPlugin, stamp: string): string {
    return `${this.#options.opened(pluginId)?.state === "failed"}\n${stamp}`;
  }

  async #look(installed: InstalledPlugin, isFailed: boolean): Promise<ListedManifest> {
    const { pluginId } = installed;
    try {
      await admissible(installed, this.#options.tools);
      const kept = isFailed ? undefined : keptManifest(installed);
      const manifest = kept ?? (await this.#options.load(pluginId)).loaded?.manifest;
      return { pluginId, manifest, error: undefined };
    } catch (error) {
      return { pluginId, manifest: undefined, error: toHostError(error) };
    }
  }
}

/** One that is started again after a crash has the tools that it had before. */
function isUp({ state }: NativePlugin): boolean {
  return state === "loaded" || state === "waiting" || state === "loading";
}

function stampOf({ version, folder, library }: InstalledPlugin): string {
  const files = [RECEIPT_FILE, CONSENT_FILE, KEPT_MANIFEST_FILE].map((name) => join(folder, name));
  const libraries = typeof library === "string" ? [library] : [];
  return [version, folder, ...[...files, ...libraries].map(stampOfFile)].join("\n");
}

function stampOfFile(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "-" : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}
