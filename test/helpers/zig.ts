// Where Zig is: on the search path, or where .ci/run puts what it fetched.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const FETCHED = join(import.meta.dirname, "../../build/zig/ziglang");

/** The environment with Zig on the search path; nothing when this machine has none. */
export function zigEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv | undefined {
  const folders = [...(env["PATH"] ?? "").split(delimiter), FETCHED];
  if (!folders.some((folder) => existsSync(join(folder, "zig")))) return undefined;
  return { ...env, PATH: folders.join(delimiter) };
}
