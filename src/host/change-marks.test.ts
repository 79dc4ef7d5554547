// The marks of a real host: each change moves the marks of its topics and of no others, whichever host makes it.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { resolvePaths } from "../base/paths.ts";
import { createHost, type Host } from "./create-host.ts";
import { signalSetting } from "./follow-settings.ts";

/** Several on one folder are like several processes. */
function hostAt(folder: string): Host {
  const env = { OSAURUS_HOME: folder, HOME: folder, OSAURUS_KEY_PROTECTION: "key-file" };
  const host = createHost({ paths: resolvePaths({ env, platform: process.platform }), env, cwd: folder });
  onTestFinished(() => host.stop());
  return host;
}

/** The topics whose marks the work of another host moves. */
async function movedBy(folder: string, work: (other: Host) => Promise<unknown>): Promise<string[]> {
  const marks = await hostAt(folder).changeMarks();
  const before = await marks.look();
  expect(await marks.look()).toEqual(before);
  await work(hostAt(folder));
  const after = await marks.look();
  return Object.keys(after).filter(
    (topic) => after[topic as keyof typeof after] !== before[topic as keyof typeof before],
  );
}

test("looking makes nothing", async () => {
  const folder = join(tempDir(), "data");
  await (await hostAt(folder).changeMarks()).look();
  expect(existsSync(folder)).toBe(false);
});

test("what another process writes moves the marks of its topics", async () => {
  const folder = tempDir();
  const makeAgent = async (host: Host) => (await host.agents()).create({ name: "one" });
  // The database is made with it, and with that what is counted in it.
  expect(await movedBy(folder, makeAgent)).toEqual(expect.arrayContaining(["agents", "tools"]));
  const rename = async (host: Host) => (await host.agents()).update("one", { name: "two" });
  expect(await movedBy(folder, rename)).toEqual(["agents", "tools"]);
  const key = { name: "k", agentId: null, expiresAt: null };
  expect(await movedBy(folder, async (host) => (await host.accessKeys()).create(key))).toEqual(["keys"]);
  expect(await movedBy(folder, async (host) => (await host.accessKeys()).revoke("k"))).toEqual(["keys"]);
  const target = { pluginId: "a.b", host: "nas.local", port: null };
  expect(await movedBy(folder, async (host) => (await host.permissions()).allowHost(target))).toEqual(
    expect.arrayContaining(["permissions"]),
  );
  const nothing = async (host: Host) => (await host.accessKeys()).list();
  expect(await movedBy(folder, nothing)).toEqual([]);
});

test("a key that ends by itself moves the mark of the keys, though nobody writes anything", async () => {
  const folder = tempDir();
  const endsMs = Date.now() + 300;
  const key = { name: "short", agentId: null, expiresAt: new Date(endsMs).toISOString() };
  await (await hostAt(folder).accessKeys()).create(key);
  const marks = await hostAt(folder).changeMarks();
  const before = await marks.look();
  expect(Date.now()).toBeLessThan(endsMs);
  await expect.poll(async () => (await marks.look()).keys).not.toBe(before.keys);
  expect({ ...(await marks.look()), keys: "" }).toEqual({ ...before, keys: "" });
});

test("a setting that was saved is noticed by the file that tells of it", async () => {
  const folder = tempDir();
  mkdirSync(join(folder, "Tools"));
  const save = async () => signalSetting(join(folder, "Tools"), "x", { pluginId: "a.b", agentId: "", key: "k" });
  expect(await movedBy(folder, save)).toEqual(["permissions", "plugins", "tools"]);
});
