// A registry in a folder, as its keeper sees it: read to be changed, and written file by file so that whoever reads
// meanwhile finds the old or the new.

import { randomBytes } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { join, sep } from "node:path";
import { byCodeUnits } from "../base/by-code-units.ts";
import { readSmallFile } from "../base/read-small-file.ts";
import { replaceFile } from "../base/replace-file.ts";
import { folderRegistry } from "../plugins/native/folder-registry.ts";
import { isPluginId } from "../plugins/native/package-identity.ts";
import { parseEntry, type RegistryEntry } from "../plugins/native/registry-entry.ts";
import { HostError } from "../protocol/errors.ts";
import { REGISTRY_ENTRY_BYTES_MAX } from "../protocol/limits.ts";

export interface RegistryFolder {
  /** Absolute, behind all links. */
  readonly root: string;
}

/** What one publishing writes, in this order. Paths are as seen from the registry; those of signatures are absolute. */
interface Changes {
  readonly archive: { readonly from: string; readonly to: string } | undefined;
  readonly signatures: readonly { readonly path: string; readonly text: string }[];
  readonly entry: { readonly path: string; readonly text: string };
}

const FOLDERS = ["plugins", "artifacts"] as const;
const INDEX = "plugins/index.json";

/** Makes what is missing of it, for everybody to read. Throws `registry_invalid` when a folder of it lies elsewhere. */
export function openFolder(path: string): RegistryFolder {
  try {
    mkdirSync(path, { recursive: true });
    const root = realpathSync(path);
    for (const name of FOLDERS) {
      const folder = join(root, name);
      mkdirSync(folder, { recursive: true });
      if (realpathSync(folder) !== folder) throw unusable(`${folder} is a link`, "a registry has its files in itself");
    }
    return { root };
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw unusable(
      `${path} cannot be a registry: ${(error as NodeJS.ErrnoException).code}`,
      "name a folder of your own",
    );
  }
}

/** The text of an entry; nothing when there is none. */
export function readEntryText({ root }: RegistryFolder, pluginId: string): string | undefined {
  const path = join(root, "plugins", `${pluginId}.json`);
  const file = readSmallFile(path, REGISTRY_ENTRY_BYTES_MAX);
  if (file?.problem !== undefined) throw unusable(`${path} is not usable: ${file.problem}`, "mend it, or remove it");
  return file?.text;
}

/** Throws `registry_invalid`. */
export function checkedEntry(text: string, pluginId: string): RegistryEntry {
  return parseEntry(text, pluginId, `plugins/${pluginId}.json`);
}

/** Whether an archive that the registry should hold itself is gone. */
export function isGone({ root }: RegistryFolder, url: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:/i.test(url) && !existsSync(join(root, url));
}

/** Where an archive lies that an entry names; nothing when it is elsewhere. Throws `registry_invalid` when it is not there. */
export async function findArtifact({ root }: RegistryFolder, url: string): Promise<string | undefined> {
  const place = await folderRegistry({ name: root, location: root, kind: "folder" }).place(url);
  return "path" in place ? place.path : undefined;
}

/** The entry comes last: it names nothing that is not there. */
export function writePublished({ root }: RegistryFolder, { archive, signatures, entry }: Changes): void {
  try {
    if (archive !== undefined) copyOver(archive.from, join(root, archive.to));
    for (const { path, text } of signatures) replace(path, text);
    replace(join(root, entry.path), entry.text);
  } catch (error) {
    throw unusable(
      `${root} cannot be written: ${(error as NodeJS.ErrnoException).code}`,
      "look at the disk, and at its owner",
    );
  }
}

/** The list of all plugins, for registries on the web. One that somebody wrote in another form is left to them. */
export function writeIndex({ root }: RegistryFolder): void {
  const path = join(root, INDEX);
  const before = readSmallFile(path, REGISTRY_ENTRY_BYTES_MAX);
  if (before !== undefined && !isPlainList(before.text)) return;
  replace(path, `${JSON.stringify(idsIn(root), null, 2)}\n`);
}

/** The ids of the entries in a folder, sorted. Throws the file system's error. */
export function idsIn(root: string): string[] {
  return readdirSync(join(root, "plugins"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .filter((id) => id !== "index" && isPluginId(id))
    .sort(byCodeUnits);
}

function isPlainList(text: string | undefined): boolean {
  try {
    const list: unknown = JSON.parse(text ?? "");
    return Array.isArray(list) && list.every((one) => typeof one === "string");
  } catch {
    return false;
  }
}

function replace(path: string, text: string): void {
  replaceFile(path, text, { mode: 0o644, flush: true, followLinks: false });
}

function copyOver(from: string, to: string): void {
  const temporary = `${to.slice(0, to.lastIndexOf(sep))}${sep}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    copyFileSync(from, temporary);
    chmodSync(temporary, 0o644); // Whoever serves it may be another user.
    renameSync(temporary, to);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function unusable(message: string, hint: string): HostError {
  return new HostError("registry_invalid", message, { hint });
}
