import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { PUBLISHED_ID, pluginZip } from "../../../test/helpers/plugin-zips.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { withPackage } from "./inspect-package.ts";

test("what somebody unpacked who was killed meanwhile goes with the next package, and nothing is left of that", async () => {
  const [scratch, zip] = [tempDir(), pluginZip()];
  const program = `
    const { withPackage } = await import(${JSON.stringify(join(import.meta.dirname, "inspect-package.ts"))});
    const { signal } = new AbortController();
    await withPackage(${JSON.stringify(zip)}, { signal }, async () => process.kill(process.pid, "SIGKILL"));`;
  const env = { ...process.env, TMPDIR: scratch };
  expect(spawnSync(process.execPath, ["--input-type=module", "-e", program], { env }).signal).toBe("SIGKILL");
  const left = readdirSync(scratch);
  expect(left).not.toEqual([]);
  vi.stubEnv("TMPDIR", scratch);
  const { signal } = new AbortController();
  await withPackage(zip, { signal }, async ({ path, identity }) => {
    expect([identity.pluginId, existsSync(path)]).toEqual([PUBLISHED_ID, true]);
    expect(readdirSync(scratch).filter((name) => left.includes(name))).toEqual([]);
  });
  vi.unstubAllEnvs();
  expect(readdirSync(scratch)).toEqual([]);
});
