// A registry on the web: the same folder behind an address. What was read is kept, so that it can be used while the
// registry cannot be reached.

import { rmSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../base/replace-file.ts";
import { HostError, toHostError } from "../../protocol/errors.ts";
import { REGISTRY_ENTRIES_MS_MAX, REGISTRY_ENTRY_BYTES_MAX, REGISTRY_MS_MAX } from "../../protocol/limits.ts";
import { failed, fetchBytes } from "./fetch-url.ts";
import { keptFolder, type Registry } from "./registries.ts";
import { parseEntry } from "./registry-entry.ts";
import { allowedUrl, checkIds, listEach, unreachable } from "./registry-parts.ts";
import type { RegistryDeps, RegistrySource } from "./registry-source.ts";

/** Files that may say which plugins a registry on the web has; the first that is there counts. */
const INDEX_FILES = ["plugins/index.json", "registry.json"] as const;
const KEPT_INDEX = "index.json";

/** Opens it. Nothing is read yet. */
export function webRegistry(deps: RegistryDeps, registry: Registry): RegistrySource {
  const { read, noteKept } = webReader(deps, registry);
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
    async wasWithout(pluginId) {
      const kept = await keptIds(deps, registry);
      const isWithout = kept.length > 0 && !kept.includes(pluginId);
      if (isWithout) noteKept();
      return isWithout;
    },
    list: async () => await listEach(await ids(), find),
    place: async (artifactUrl) => ({ url: allowedUrl(registry, artifactUrl) }),
  };
}

interface WebReader {
  read(relative: string, keptAs: string): Promise<string | undefined>;
  /** Says, once, that what was kept is used, and why. */
  noteKept(): void;
}

/** Reads files of a registry on the web. Once it did not answer at all, only what was kept is used. */
function webReader(deps: RegistryDeps, registry: Registry): WebReader {
  const kept = keptFolder(deps.paths.data, registry.name);
  const deadline = performance.now() + REGISTRY_ENTRIES_MS_MAX;
  let gone: HostError | undefined;
  let problem = "";
  let isNoted = false;
  const noteKept = () => {
    if (isNoted) return;
    isNoted = true;
    deps.note?.(`the registry "${registry.name}" cannot be read; what was kept of it is used: ${problem}`);
  };
  const read: WebReader["read"] = async (relative, keptAs) => {
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
      // Which file was asked for first says nothing about a server that does not answer.
      problem = isGone ? failed(registry.location, String(error.details?.["problem"])).message : error.message;
      if (text === undefined) throw unreachable(registry, problem);
      noteKept();
      return text;
    }
  };
  return { read, noteKept };
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

async function readIndex(deps: RegistryDeps, registry: Registry, read: WebReader["read"]): Promise<string[]> {
  const kept = await keptEntries(deps, registry);
  try {
    for (const file of INDEX_FILES) {
      const text = await read(file, KEPT_INDEX);
      if (text !== undefined) return parseIndex(registry, text, file);
    }
    deps.note?.(`the registry "${registry.name}" has no list of its plugins; only those are known that were asked for`);
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "registry_unreachable" || kept.length === 0) throw error;
  }
  return kept;
}

async function keptEntries(deps: RegistryDeps, registry: Registry): Promise<string[]> {
  const names = await readdir(join(keptFolder(deps.paths.data, registry.name), "plugins")).catch(() => []);
  return names.map((name) => name.replace(/\.json$/, ""));
}

/** Every plugin that the registry is known to have had. */
async function keptIds(deps: RegistryDeps, registry: Registry): Promise<string[]> {
  const index = join(keptFolder(deps.paths.data, registry.name), KEPT_INDEX);
  const entries = await keptEntries(deps, registry);
  try {
    return [...entries, ...parseIndex(registry, await readFile(index, "utf8"), KEPT_INDEX)];
  } catch {
    return entries;
  }
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
