// A folder that lives as long as the test (or the test file) that asked for it.

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** An empty folder, removed with everything in it when the current test ends. */
export function tempDir(): string {
  const { path, remove } = keptTempDir();
  onTestFinished(remove);
  return path;
}

/** An empty folder that the caller removes, for instance in `afterAll`. */
export function keptTempDir(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(realpathSync(tmpdir()), "osprey-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}
