// Which names of a zip archive may become files. An archive comes from anywhere, so a name is taken apart before
// anything is written: it must stay in the folder, on every file system that the folder may lie on.

import { HostError } from "../../protocol/errors.ts";
import { ARCHIVE_NAME_BYTES_MAX } from "../../protocol/limits.ts";

/** What file systems allow for one name. */
const PART_BYTES_MAX = 255;

/** Throws `archive_invalid`. The name is quoted, so that what is in it can be seen. */
export function refuseEntry(name: string, problem: string): never {
  const shown = JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
  throw new HostError("archive_invalid", `the archive cannot be unpacked: the entry ${shown} ${problem}`, {
    hint: 'get the package again from its author, who makes one with "osaurus tools package"',
  });
}

/** The parts of an entry's name; a folder's name ends in "/", which is no part. Throws `archive_invalid`. */
export function entryParts(name: string, bytes: number): string[] {
  if (bytes > ARCHIVE_NAME_BYTES_MAX) refuseEntry(name, `has a name of more than ${ARCHIVE_NAME_BYTES_MAX} bytes`);
  if (/[\u0000-\u001f\u007f]/.test(name)) refuseEntry(name, "has control characters in its name");
  if (name.includes("\\")) refuseEntry(name, "has a backslash in its name");
  if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) refuseEntry(name, "has an absolute name");
  const parts = (name.endsWith("/") ? name.slice(0, -1) : name).split("/");
  for (const part of parts) {
    if (part === "..") refuseEntry(name, "leads out of the folder");
    if (part === "" || part === ".") refuseEntry(name, "has an empty part in its name");
    if (Buffer.byteLength(part) > PART_BYTES_MAX) refuseEntry(name, `has a part of more than ${PART_BYTES_MAX} bytes`);
  }
  return parts;
}

/** What archive programs of macOS add, and nobody needs. */
export function isJunk(parts: readonly string[]): boolean {
  return parts[0] === "__MACOSX" || parts.at(-1) === ".DS_Store";
}

/**
 * The names of one archive. Two that are the same on any file system (letters of another case, accents that are put
 * together differently) are refused, and so is a name that is both a file and a folder: which one would be there in
 * the end depends on who unpacks.
 */
export function createNameTable(): { add(parts: readonly string[], isFolder: boolean): void } {
  const seen = new Map<string, { readonly name: string; readonly isFolder: boolean }>();
  const enter = (name: string, isFolder: boolean, mayRepeat: boolean) => {
    const key = name.normalize("NFKC").toUpperCase().toLowerCase();
    const other = seen.get(key);
    if (other === undefined) return void seen.set(key, { name, isFolder });
    if (other.isFolder !== isFolder) refuseEntry(name, "is both a file and a folder");
    if (other.name !== name) refuseEntry(name, `is the same as "${other.name}" on some file systems`);
    if (!mayRepeat) refuseEntry(name, "stands there twice");
  };
  return {
    add(parts, isFolder) {
      for (let count = 1; count < parts.length; count += 1) enter(parts.slice(0, count).join("/"), true, true);
      enter(parts.join("/"), isFolder, isFolder);
    },
  };
}
