// Compiles what is made with the native helpers of the SDK, as far as it changed: test/fixtures/sdk/native.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");
const SUFFIX = process.platform === "darwin" ? "dylib" : "so";

export const SDK_BUILD_MS_MAX = 300_000;

/** One goal of the Makefile there. No two test files may have the same one: they run at the same time. */
export async function buildSdkFixtures(goal: "plugins" | "json"): Promise<void> {
  await promisify(execFile)("make", ["-s", "-j2", "-C", join(ROOT, "test/fixtures/sdk/native"), goal]);
}

export function sdkProgram(name: string): string {
  return join(ROOT, "build/test/fixtures/sdk", name);
}

export function sdkPlugin(name: string): string {
  return `${sdkProgram(name)}.${SUFFIX}`;
}
