// Which plugins have a database, and which data keys these need: for what goes over all of them without loading a plugin.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import { hasDatabase, type KeyNote, noteIn } from "../store/database-files.ts";
import { databaseFolder, LIBRARY_DATA_FOLDER, LIBRARY_PLACE_PREFIX } from "./stores.ts";

export interface DatabasePlaceName {
  readonly placeId: string;
  readonly folder: string;
}

/** Databases, and those that were put aside as damaged with the note that tells their key. */
const DATABASE_FILE = /^data\.db(\.damaged-[^/]*?)?$/;
const KEPT_BESIDE = /-(wal|shm|journal|key|owner)$/;

/** The places of all plugins that keep data, installed or not, in order. */
export function databasePlaces(paths: Pick<Paths, "data">): DatabasePlaceName[] {
  return [...pluginNames(paths), ...libraryNames(paths)]
    .map((placeId) => ({ placeId, folder: databaseFolder(paths, placeId) }))
    .filter(({ folder }) => namesIn(folder).length > 0);
}

/** The plugins that may have settings, as far as the folders tell: a library's data does not tell its id. */
export function settingOwners(paths: Pick<Paths, "data">): string[] {
  return pluginNames(paths);
}

function pluginNames(paths: Pick<Paths, "data">): string[] {
  return namesIn(toolsFolder(paths)).filter((name) => !name.startsWith("."));
}

function libraryNames(paths: Pick<Paths, "data">): string[] {
  return namesIn(join(paths.data, LIBRARY_DATA_FOLDER)).filter((name) => name.startsWith(LIBRARY_PLACE_PREFIX));
}

export function withDatabase(places: readonly DatabasePlaceName[]): DatabasePlaceName[] {
  return places.filter(({ folder }) => hasDatabase(folder));
}

/** The files that were put aside because they were damaged. */
export function damagedDatabases({ folder }: DatabasePlaceName): string[] {
  return databaseFiles(folder)
    .filter((name) => name.includes(".damaged-"))
    .map((name) => join(folder, name));
}

/** The data keys that databases are encrypted with; undefined when that is not written down for one of them. */
export function keyIdsOfDatabases(paths: Pick<Paths, "data">): ReadonlySet<string> | undefined {
  const ids = new Set<string>();
  for (const { folder } of databasePlaces(paths)) {
    for (const name of notesAndFiles(folder)) {
      const id = noteIn(join(folder, `${name}-key`))?.keyId;
      if (id !== undefined) ids.add(id);
      else if (isFilled(join(folder, name))) return undefined;
    }
  }
  return ids;
}

/** The files of databases, also of those that were put aside, whose noted key is none of these. */
export function databasesNeedingKeys(paths: Pick<Paths, "data">, keyIds: readonly string[]): string[] {
  return databasePlaces(paths).flatMap(({ folder }) =>
    databaseFiles(folder)
      .map((name) => join(folder, name))
      .filter((path) => isFilled(path) && isAnothers(noteIn(`${path}-key`), keyIds)),
  );
}

function isAnothers(note: KeyNote | undefined, keyIds: readonly string[]): boolean {
  return note === undefined ? keyIds.length === 0 : !keyIds.includes(note.keyId);
}

/** A note counts before its file is made. */
function notesAndFiles(folder: string): string[] {
  const notes = namesIn(folder).flatMap((name) => (name.endsWith("-key") ? [name.slice(0, -"-key".length)] : []));
  return [...new Set([...databaseFiles(folder), ...notes.filter((name) => DATABASE_FILE.test(name))])];
}

function databaseFiles(folder: string): string[] {
  return namesIn(folder).filter((name) => DATABASE_FILE.test(name) && !KEPT_BESIDE.test(name));
}

function isFilled(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Nothing of what cannot be listed, a file in the place of a folder for one. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}
