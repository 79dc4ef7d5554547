// A registry in a folder, as its keeper sees it: read to be changed, and written file by file so that whoever reads
// meanwhile finds the old or the new.

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from "node:fs";
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
/** The only place where archives are put: no name of another folder, nothing hidden. */
const ARTIFACT = /^artifacts\/[^/\\.\0][^/\\\0]*$/;
const INDEX = "plugins/index.json";

/** Makes what is missing of it, for everybody to read. Throws `registry_invalid` when a folder of it lies elsewhere. */
export function openFolder(path: string): RegistryFolder {
  try {
    mkdirSync(path, { recursive: true });
    const root = realpathSync(path);
    for (const name of FOLDERS) {
      const folder = join(root, name);
      mkdirSync(folder, { recursive: true });
    }
    mustBeItsOwn(root);
    return { root };
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw unusable(
      `${path} cannot be a registry: ${(error as NodeJS.ErrnoException).code}`,
      "name a folder of your own",
    );
  }
}

/** What whoever publishes holds meanwhile. Throws `registry_invalid` when what lies there is no lock: nobody would ever let it go. */
export function lockPath({ root }: RegistryFolder): string {
  const path = join(root, ".publish.lock");
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile()) return path;
  throw unusable(`${path} is no file, and keeps everybody from publishing`, `remove ${path}`);
}

/** The text of an entry; nothing when there is none. Throws `registry_invalid` for a link: what it leads to is not the registry's. */
export function readEntryText({ root }: RegistryFolder, pluginId: string): string | undefined {
  const path = join(root, "plugins", `${pluginId}.json`);
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    throw unusable(`${path} is a link`, "a registry has its files in itself");
  }
  const file = readSmallFile(path, REGISTRY_ENTRY_BYTES_MAX);
  if (file?.problem !== undefined) throw unusable(`${path} is not usable: ${file.problem}`, "mend it, or remove it");
  return file?.text;
}

/** Throws `registry_invalid`. */
export function checkedEntry(text: string, pluginId: string): RegistryEntry {
  return parseEntry(text, pluginId, `plugins/${pluginId}.json`);
}

/** Whether nothing lies where an archive was put. A link that leads nowhere is nothing. */
export function isGone({ root }: RegistryFolder, artifact: string): boolean {
  return !existsSync(join(root, artifact));
}

/** Where an archive lies that an entry names; nothing when it is elsewhere. Throws `registry_invalid` when it is not there. */
export async function findArtifact({ root }: RegistryFolder, url: string): Promise<string | undefined> {
  const place = await folderRegistry({ name: root, location: root, kind: "folder" }).place(url);
  return "path" in place ? place.path : undefined;
}

/** The entry comes last: it names nothing that is not there. */
export function writePublished({ root }: RegistryFolder, { archive, signatures, entry }: Changes): void {
  if (archive !== undefined && !ARTIFACT.test(archive.to)) {
    throw unusable(`nothing is written to ${archive.to}`, "archives of a registry lie in its folder artifacts");
  }
  for (const { path } of signatures) {
    if (!path.startsWith(`${root}${sep}`)) throw unusable(`nothing is written to ${path}`, "it is not in the registry");
  }
  mustBeItsOwn(root);
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

/** A link to another folder would have everything written there. */
function mustBeItsOwn(root: string): void {
  for (const folder of FOLDERS.map((name) => join(root, name))) {
    if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      throw unusable(`${folder} is a link`, "a registry has its files in itself");
    }
  }
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
