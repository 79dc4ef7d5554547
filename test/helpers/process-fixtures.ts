// The executables in test/fixtures/process: each misbehaves in the one way that its name and first comment tell.

import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "./temp-dir.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "process");

/** The path of a fixture, given its name without `osp-`. */
export function processFixture(name: string): string {
  return join(FIXTURES, `osp-${name}`);
}

/** A plugin folder that holds just these fixtures, for the length of one test. */
export function pluginDir(...names: string[]): string {
  const dir = tempDir();
  for (const name of names) symlinkSync(processFixture(name), join(dir, `osp-${name}`));
  return dir;
}
