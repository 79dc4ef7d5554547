import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { resolvePaths } from "../base/paths.ts";
import { createHost } from "./create-host.ts";

function hostAt(folder: string) {
  const env = { OSAURUS_HOME: folder, HOME: folder, OSAURUS_KEY_PROTECTION: "key-file" };
  const shown: string[] = [];
  const onRecoveryKey = (text: string) => void shown.push(text);
  const host = createHost({
    paths: resolvePaths({ env, platform: process.platform }),
    env,
    cwd: folder,
    onRecoveryKey,
  });
  onTestFinished(() => host.stop());
  return { host, shown };
}

test("a folder in which nothing is kept has nothing to protect", async () => {
  const folder = tempDir();
  const { keys, parts, dataFolder, findings } = await (await hostAt(folder).host.storage()).report();
  expect([dataFolder, keys]).toEqual([
    folder,
    { protectedBy: "nothing", madeAt: null, hasRecoveryKey: false, older: 0 },
  ]);
  expect(parts.map(({ kind, bytes }) => [kind, bytes])).toEqual([
    ["control", 0],
    ["insights", 0],
  ]);
  expect(findings.find(({ code }) => code === "data_keys")).toMatchObject({ status: "ok" });
});

test("what is kept is told with its size and how it is protected, and no key is", async () => {
  const folder = tempDir();
  const { host, shown } = hostAt(folder);
  // The identity of an agent is the first thing that is encrypted.
  await (await host.agents()).create({ name: "one" });
  const report = await (await host.storage()).report();
  expect(report.keys).toMatchObject({ protectedBy: "key_file", hasRecoveryKey: true, older: 0 });
  expect(Date.parse(report.keys.madeAt!)).toBeLessThanOrEqual(Date.now());
  expect(report.parts[0]!.bytes).toBeGreaterThan(4_096);
  expect(shown).toHaveLength(1);
  expect(JSON.stringify(report)).not.toContain(shown[0]!.split("-")[3]!);
});

test("keys that cannot be understood are told as that, and the findings say why", async () => {
  const folder = tempDir();
  const { host } = hostAt(folder);
  await (await host.agents()).create({ name: "one" });
  writeFileSync(join(folder, "Secrets/keys.json"), "{");
  const { keys, findings } = await (await host.storage()).report();
  expect(keys.protectedBy).toBe("unknown");
  expect(findings.find(({ code }) => code === "data_keys")).toMatchObject({ status: "fail" });
});
