// The program that tests start, as whoever installed the package has it: bin/ and dist/ without the sources. In a checkout,
// each start first looks whether a source is newer than dist/, which is a seventh of what a start costs.

import { copyFileSync, globSync, mkdirSync, renameSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const INSTALLED = join(ROOT, "build/test/installed");

/** Lays the package out, once before all tests. Others may be running: what they start is there all the time. */
export function installProgram(): void {
  mkdirSync(join(INSTALLED, "bin"), { recursive: true });
  for (const name of ["bin/osp", "bin/osaurus", "bin/launch.cjs"]) put(name, copyFileSync);
  for (const name of [".node", "dist"]) put(name, symlinkSync);
}

function put(name: string, make: (from: string, to: string) => void): void {
  const to = join(INSTALLED, name);
  const aside = `${to}.${process.pid}`;
  make(join(ROOT, name), aside);
  renameSync(aside, to);
}

/** The folder of `osp` and `osaurus`: the checkout's own, which runs the sources, while one of them is newer than dist/. */
export function programFolder(): string {
  const builtAt = statSync(join(ROOT, "dist/start.cjs"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = globSync("src/**/*.ts", { cwd: ROOT, exclude: ["**/*.test.ts"] });
  const isBuilt = sources.every((path) => statSync(join(ROOT, path)).mtimeMs < builtAt);
  return join(isBuilt ? INSTALLED : ROOT, "bin");
}
