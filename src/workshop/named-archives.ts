// Which archives outside of `artifacts/` the entries of a registry name: an entry that was written by hand may have its own
// anywhere in the folder.

import { statSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile } from "../base/read-small-file.ts";
import { readEntry } from "../plugins/native/registry-entry.ts";
import { REGISTRY_ENTRY_BYTES_MAX } from "../protocol/limits.ts";
import { idsIn } from "./registry-folder.ts";

interface KnownEntry {
  /** When the file was written and how large it was. */
  readonly mark: string;
  readonly urls: readonly string[];
}

/** Tells of a path, as seen from the registry, whether an entry names it. An entry is read again only when its file changed. */
export function namedArchives(root: string): (path: string) => boolean {
  const known = new Map<string, KnownEntry>();
  const urlsOf = (pluginId: string): readonly string[] => {
    const path = join(root, "plugins", `${pluginId}.json`);
    const stat = statSync(path, { throwIfNoEntry: false });
    const mark = `${stat?.mtimeMs} ${stat?.size}`;
    const before = known.get(pluginId);
    if (before?.mark === mark) return before.urls;
    const entry = { mark, urls: readUrls(path, pluginId) };
    known.set(pluginId, entry);
    return entry.urls;
  };
  return (path) => idsIn(root).some((pluginId) => urlsOf(pluginId).includes(path));
}

/** Only places in the folder; none for an entry that is not usable. */
function readUrls(path: string, pluginId: string): string[] {
  const text = readSmallFile(path, REGISTRY_ENTRY_BYTES_MAX)?.text;
  const reading = text === undefined ? undefined : readEntry(text, pluginId);
  if (reading === undefined || "problem" in reading) return [];
  const { versions } = reading.entry;
  return versions
    .flatMap(({ artifacts }) => artifacts.map(({ url }) => placeOf(url)))
    .filter((url) => url !== undefined);
}

const ROOT = "http://registry.invalid/";

/** As whoever installs it would ask for it. */
function placeOf(url: string): string | undefined {
  const place = URL.parse(url, ROOT);
  if (place === null || !place.href.startsWith(ROOT)) return undefined;
  try {
    return decodeURIComponent(place.pathname.slice(1));
  } catch {
    return undefined;
  }
}
