// Reloading where the other hosts cannot be told: what was done here counts, and what went wrong is what is said.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import type { PluginLine } from "../../src/host/connect-plugin.ts";
import { createHost } from "../../src/host/create-host.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { tempDir } from "../helpers/temp-dir.ts";

async function openHost(...fixtures: string[]) {
  const data = tempDir();
  const env = { OSAURUS_HOME: data, HOME: data };
  for (const fixture of fixtures) installFixture(data, fixture);
  mkdirSync(join(data, "Tools/.reload"));
  const notes: PluginLine[] = [];
  const host = createHost({
    paths: resolvePaths({ env, platform: "linux" }),
    env,
    cwd: data,
    onPluginLine: (line) => notes.push(line),
  });
  onTestFinished(() => host.stop());
  return { native: await host.native(), untold: () => notes.filter(({ text }) => text.includes("were not told")) };
}

test("a reload gives its rows, and a note that other hosts were not told", async () => {
  const { native, untold } = await openHost("echoes");
  expect(await native.reload("test.echoes")).toMatchObject([{ state: "loaded" }]);
  expect(await native.reload()).toMatchObject([{ state: "loaded" }]);
  expect(untold()).toMatchObject([
    { plugin: "test.echoes", level: "warn", fromHost: true },
    { plugin: "all plugins", level: "warn", fromHost: true },
  ]);
});

test("a retry that fails says why it failed, not that nobody was told", async () => {
  const { native, untold } = await openHost("load-init-null");
  await expect(native.retry("test.load-init-null")).rejects.toMatchObject({ code: "init_failed" });
  expect(untold()).toHaveLength(1);
});
