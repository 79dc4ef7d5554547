// A registry on the web: the same folder behind an address. What was read is kept, so that it can be used while the
// registry cannot be reached.

import { rmSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../base/replace-file.ts";
import { HostError, toHostError } from "../../protocol/errors.ts";
import { REGISTRY_ENTRIES_MS_MAX, REGISTRY_ENTRY_BYTES_MAX, REGISTRY_MS_MAX } from "../../protocol/limits.ts";
import { fetchBytes } from "./fetch-url.ts";
import { keptFolder, type Registry } from "./registries.ts";
import { parseEntry } from "./registry-entry.ts";
import { allowedUrl, checkIds, listEach, unreachable } from "./registry-parts.ts";
import type { RegistryDeps, RegistrySource } from "./registry-source.ts";

/** Files that may say which plugins a registry on the web has; the first that is there counts. */
const INDEX_FILES = ["plugins/index.json", "registry.json"] as const;
const KEPT_INDEX = "index.json";

/** Opens it. Nothing is read yet. */
export function webRegistry(deps: RegistryDeps, registry: Registry): RegistrySource {
  const read = webReader(deps, registry);
  const find = async (pluginId: string) => {
    const text = await read(`plugins/${pluginId}.json`, join("plugins", `${pluginId}.json`));
    if (text === undefined) return undefined;
    return parseEntry(text, pluginId, new URL(`plugins/${pluginId}.json`, registry.location).href);
  };
  const ids = async () => checkIds(registry, await readIndex(deps, registry, read));
  return {
    registry,
    find,
    ids,
    list: async () => await listEach(await ids(), find),
    place: async (artifactUrl) => ({ url: allowedUrl(registry, artifactUrl) }),
  };
}

type WebReader = (relative: string, keptAs: string) => Promise<string | undefined>;

/** Reads files of a registry on the web. Once it did not answer at all, only what was kept is used. */
function webReader(deps: RegistryDeps, registry: Registry): WebReader {
  const kept = keptFolder(deps.paths.data, registry.name);
  const deadline = performance.now() + REGISTRY_ENTRIES_MS_MAX;
  let gone: HostError | undefined;
  let isNoted = false;
  return async (relative, keptAs) => {
    const path = join(kept, keptAs);
    const url = new URL(relative, registry.location).href;
    const msMax = Math.min(REGISTRY_MS_MAX, Math.max(1, Math.ceil(deadline - performance.now())));
    try {
      if (gone) throw gone;
      const bytes = await fetchBytes(url, { bytesMax: REGISTRY_ENTRY_BYTES_MAX, msMax, signal: deps.signal });
      keep(path, bytes);
      return bytes?.toString("utf8");
    } catch (thrown) {
      const error = toHostError(thrown);
      if (error.code !== "download_failed") throw error;
      const isGone = error.details?.["answered"] !== true;
      const text = await readFile(path, "utf8").catch(() => undefined);
      if (isGone) gone ??= error;
      if (text === undefined) throw unreachable(registry, error.message);
      if (!isNoted) {
        deps.note?.(`the registry "${registry.name}" cannot be read; what was kept of it is used: ${error.message}`);
      }
      isNoted = true;
      return text;
    }
  };
}

/** For what cannot be reached later. That it cannot be kept is in nobody's way. */
function keep(path: string, bytes: Buffer | undefined): void {
  try {
    if (bytes === undefined) rmSync(path, { force: true });
    else replaceFile(path, bytes, { followLinks: false });
  } catch {
    // The next one that has a network does not need it.
  }
}

async function readIndex(deps: RegistryDeps, registry: Registry, read: WebReader): Promise<string[]> {
  const kept = await readdir(join(keptFolder(deps.paths.data, registry.name), "plugins")).catch(() => []);
  try {
    for (const file of INDEX_FILES) {
      const text = await read(file, KEPT_INDEX);
      if (text !== undefined) return parseIndex(registry, text, file);
    }
    deps.note?.(`the registry "${registry.name}" has no list of its plugins; only those are known that were asked for`);
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "registry_unreachable" || kept.length === 0) throw error;
  }
  return kept.map((name) => name.replace(/\.json$/, ""));
}

/** A list of ids or of objects that have one, also as the member `plugins`. */
function parseIndex(registry: Registry, text: string, file: string): string[] {
  const fail = (problem: string) =>
    new HostError("registry_invalid", `${file} of the registry "${registry.name}" is not usable: ${problem}`, {
      hint: "whoever keeps the registry has to mend it",
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fail(`it is not JSON: ${(error as Error).message}`);
  }
  const list = Array.isArray(json) ? json : (json as { plugins?: unknown } | null)?.plugins;
  if (!Array.isArray(list)) throw fail("it must be a list of ids");
  return list.map((one, index) => {
    const id = typeof one === "string" ? one : (one as { plugin_id?: unknown } | null)?.plugin_id;
    if (typeof id !== "string") throw fail(`[${index}] is no id`);
    return id;
  });
}
