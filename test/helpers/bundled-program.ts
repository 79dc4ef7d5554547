// Programs of this folder that a test starts a hundred times: each as one file, which starts in less than half the time.

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";

const ROOT = join(import.meta.dirname, "../..");
/** As deep as this folder: what a program finds from its own place is where it looks. */
const FOLDER = join(ROOT, "build/bundled");
/** Native parts, which are found from there as well. */
const EXTERNAL = [/^node:/, "@napi-rs/keyring", "better-sqlite3-multiple-ciphers", "playwright-core"];

/** Builds the program from what it is made of now. Gives its path. */
export async function bundledProgram(name: string): Promise<string> {
  const input = join(import.meta.dirname, `${name}.ts`);
  const bundle = await rolldown({ input, cwd: ROOT, platform: "node", external: EXTERNAL, logLevel: "silent" });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
  await bundle.close();
  const path = join(FOLDER, `${name}.mjs`);
  mkdirSync(FOLDER, { recursive: true });
  // In one step: another run of the tests may be starting the one that is there.
  writeFileSync(`${path}.${process.pid}`, output[0].code);
  renameSync(`${path}.${process.pid}`, path);
  return path;
}
