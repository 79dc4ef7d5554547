// Where the system's loader finds the libraries that a library needs, as "ldd" would say it, with nothing run. Linux only: on
// macOS the system's own libraries are in no folder.

import { existsSync, readdirSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { readSmallFile } from "../../base/read-small-file.ts";

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

export function findNeeded(name: string, { library, searchPaths, env }: NeededSearch): NeededPlace | undefined {
  if (isAbsolute(name)) return existsSync(name) ? { path: name, isBeside: false } : undefined;
  for (const folder of searchPaths) {
    const path = join(folder.replace(/\$ORIGIN|\$\{ORIGIN\}/g, dirname(library)), name);
    if (existsSync(path)) return { path, isBeside: folder.includes("ORIGIN") };
  }
  const own = (env["LD_LIBRARY_PATH"] ?? "").split(":").filter((folder) => folder !== "");
  const found = [...own, ...systemFolders()].map((folder) => join(folder, name)).find((path) => existsSync(path));
  return found === undefined ? undefined : { path: found, isBeside: false };
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
