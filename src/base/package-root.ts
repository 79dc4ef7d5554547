// Where Osprey itself is installed: the folder that holds bin/, native/ and, in a checkout, src/.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The package's folder, found from this file's own place (a source file, or a chunk of the built program). */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
}

/** A program of ours in C, where set-up builds it. */
export function builtProgram(name: "osprey-runner" | "osprey-runner-checked" | "osprey-database"): string {
  return join(packageRoot(), "build/native", name);
}
