// Runs once before the tests: compiles the fixture plugins, as far as they changed.

import { spawnSync } from "node:child_process";
import { join } from "node:path";

export default function setup(): void {
  const folder = join(import.meta.dirname, "../fixtures/native");
  const { status, stderr } = spawnSync("make", ["-s", "-j2", "-C", folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the fixture plugins do not compile:\n${stderr}`);
}
