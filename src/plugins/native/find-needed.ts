// Where the system's loader finds the libraries that a library needs, as "ldd" would say it, with nothing run. Linux only: on
// macOS the system's own libraries are in no folder.

import { existsSync, readdirSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { readSmallFile } from "../../base/read-small-file.ts";
import { LIBRARY_LOOKS_MAX } from "../../protocol/limits.ts";

/** Of one file that lists folders. */
const CONF_BYTES_MAX = 64 * 1024;

export interface NeededPlace {
  readonly path: string;
  /** It lies where the library itself lies. */
  readonly isBeside: boolean;
}

export interface NeededSearch {
  /** Of the library that needs it. */
  readonly library: string;
  readonly searchPaths: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Where each of the names is; undefined for one that is nowhere. After LIBRARY_LOOKS_MAX places no more is looked at, and
 * names that were not looked for to the end are left out: many names times many folders could go on for ever.
 */
export function findNeeded(
  names: readonly string[],
  { library, searchPaths, env }: NeededSearch,
): Map<string, NeededPlace | undefined> {
  const own = (env["LD_LIBRARY_PATH"] ?? "").split(":").filter((folder) => folder !== "");
  const folders = [
    ...searchPaths.map((path) => ({
      folder: path.replace(/\$ORIGIN|\$\{ORIGIN\}/g, () => dirname(library)),
      isBeside: path.includes("ORIGIN"),
    })),
    ...[...new Set([...own, ...systemFolders()])].map((folder) => ({ folder, isBeside: false })),
  ];
  const found = new Map<string, NeededPlace | undefined>();
  let looksLeft = LIBRARY_LOOKS_MAX;
  for (const name of names) {
    const candidates = isAbsolute(name) ? [{ folder: "/", isBeside: false }] : folders;
    const looked = candidates.slice(0, looksLeft);
    const at = looked.findIndex(({ folder }) => existsSync(join(folder, name)));
    if (at < 0 && looked.length < candidates.length) break;
    looksLeft -= at < 0 ? looked.length : at + 1;
    found.set(name, at < 0 ? undefined : { path: join(looked[at]!.folder, name), isBeside: looked[at]!.isBeside });
  }
  return found;
}

function systemFolders(): string[] {
  const listed = ["/etc/ld.so.conf", ...listedFiles("/etc/ld.so.conf.d")].flatMap(foldersIn);
  return [...listed, "/lib64", "/usr/lib64", "/lib", "/usr/lib"];
}

function listedFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".conf"))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function foldersIn(path: string): string[] {
  const file = readSmallFile(path, CONF_BYTES_MAX);
  if (file === undefined || file.problem !== undefined) return [];
  return file.text
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line.startsWith("/"));
}
