import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pluginDir, processFixture } from "../../../test/helpers/process-fixtures.ts";
import { recordConfig } from "../../../test/helpers/record-config.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { timesAsked, writePlugin } from "../../../test/helpers/written-plugins.ts";
import { DESCRIBE_PARALLEL_MAX } from "../../protocol/limits.ts";
import { describePlugin } from "./describe.ts";
import { discoverPlugins } from "./discover.ts";

const context = { env: { PATH: process.env["PATH"] }, cwd: "/", signal: new AbortController().signal };

describe("discovery", () => {
  test("of plugins with one id the first healthy one wins, and the others name it", async () => {
    const dirs = [tempDir(), tempDir(), tempDir()] as const;
    writePlugin({ dir: dirs[0], name: "p", before: "exit 1" });
    const winner = writePlugin({ dir: dirs[1], name: "one", id: "p" });
    writePlugin({ dir: dirs[2], name: "two", id: "p" });
    const roots = dirs.map((dir) => ({ dir, source: "explicit" as const }));
    const { plugins } = await discoverPlugins({ ...context, roots });
    const shadowed = `shadowed by ${winner}, which has the same id`;
    expect(plugins.map(({ pluginId, state, healthy, issue }) => ({ pluginId, state, healthy, issue }))).toEqual([
      { pluginId: "p", state: "broken", healthy: false, issue: `--describe exited with status 1; ${shadowed}` },
      { pluginId: "p", state: "healthy", healthy: true, issue: null },
      { pluginId: "p", state: "shadowed", healthy: false, issue: shadowed },
    ]);
  });

  test("keeps the order of the folders however long each plugin takes", async () => {
    const names = Array.from({ length: 20 }, (_, i) => `n${String(i).padStart(2, "0")}`);
    const dir = tempDir();
    for (const name of names) writePlugin({ dir, name });
    const { plugins } = await discoverPlugins({ ...context, roots: [{ dir, source: "env" }] });
    expect(plugins.map((plugin) => plugin.pluginId)).toEqual(names);
  });

  test("a plugin that takes long to describe itself is named while it is waited for", async () => {
    const dir = pluginDir("describe-sleeps", "scalar");
    const stop = new AbortController();
    const slow: string[] = [];
    const onSlowDescribe = (path: string) => {
      slow.push(path);
      stop.abort();
    };
    const roots = [{ dir, source: "explicit" as const }];
    const discovery = discoverPlugins({ ...context, roots, signal: stop.signal, onSlowDescribe });
    await expect(discovery).rejects.toMatchObject({ code: "interrupted" });
    expect(slow).toContain(join(dir, "osp-describe-sleeps"));
  });

  test("asks no more than a fixed number of plugins at a time, and several", async () => {
    const dir = tempDir();
    const log = join(tempDir(), "log");
    for (let i = 0; i < 3 * DESCRIBE_PARALLEL_MAX; i++) {
      writePlugin({ dir, name: `p${i}`, before: `echo + >>"${log}"; sleep 0.1; echo - >>"${log}"` });
    }
    await discoverPlugins({ ...context, roots: [{ dir, source: "env" }] });
    let [running, most] = [0, 0];
    for (const line of readFileSync(log, "utf8").trim().split("\n")) {
      running += line === "+" ? 1 : -1;
      most = Math.max(most, running);
    }
    expect(most).toBeGreaterThanOrEqual(4);
    expect(most).toBeLessThanOrEqual(DESCRIBE_PARALLEL_MAX);
  });

  test("waits for a description as long as the configuration says, and less when told so", async () => {
    const roots = [{ dir: pluginDir("describe-sleeps"), source: "explicit" as const }];
    const config = recordConfig({ "extensions.plugins.timeout_ms": 150 });
    const issue = async (more: object) => (await discoverPlugins({ ...context, roots, ...more })).plugins[0]!.issue;
    expect(await issue({ config })).toBe("--describe gave no answer in 150 ms");
    expect(await issue({ config, describeTimeoutMs: 100 })).toBe("--describe gave no answer in 100 ms");
    expect(await issue({ config, describeTimeoutMs: 9000 })).toBe("--describe gave no answer in 150 ms");
  });

  test("a plugin is enabled when one of its commands is on", async () => {
    const dir = tempDir();
    writePlugin({ dir, name: "p", commands: ["x", "y"] });
    const enabled = async (states: Record<string, string>) => {
      const config = recordConfig(states);
      return (await discoverPlugins({ ...context, roots: [{ dir, source: "env" }], config })).plugins[0]!.enabled;
    };
    expect(await enabled({})).toBe(true);
    expect(await enabled({ "plugins.x.state": "disabled" })).toBe(true);
    expect(await enabled({ "plugins.x.state": "disabled", "plugins.y.state": "Disabled" })).toBe(false);
  });

  test("an abort ends it", async () => {
    const roots = [{ dir: pluginDir("scalar"), source: "explicit" as const }];
    const discovery = discoverPlugins({ ...context, roots, signal: AbortSignal.abort() });
    await expect(discovery).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("a plugin in PATH", () => {
  async function inPath() {
    const dir = tempDir();
    const path = writePlugin({ dir, name: "a", id: "real-id" });
    const cacheFile = join(tempDir(), "c.json");
    const search = async (more: object = {}) =>
      (await discoverPlugins({ ...context, roots: [{ dir, source: "path" }], cacheFile, ...more })).plugins[0]!;
    return { dir, path, cacheFile, search };
  }

  test("is listed without being asked, also when everything is asked afresh", async () => {
    const { path, search } = await inPath();
    const passive = { pluginId: "a", version: null, state: "passive", healthy: false, error: null, commands: [] };
    expect(await search()).toMatchObject({ ...passive, source: "path", issue: expect.stringContaining("never asked") });
    expect(await search({ fresh: true })).toMatchObject(passive);
    expect(timesAsked(path)).toBe(0);
  });

  test("is asked by an active search, and complete from then on, until it changes", async () => {
    const { dir, path, search } = await inPath();
    expect(await search({ active: true })).toMatchObject({ pluginId: "real-id", healthy: true });
    expect(await search()).toMatchObject({ pluginId: "real-id", healthy: true, isCached: true });
    expect(await search({ fresh: true })).toMatchObject({ healthy: true, isCached: true });
    expect(timesAsked(path)).toBe(1);
    writePlugin({ dir, name: "a", id: "another-id" });
    expect(await search()).toMatchObject({ pluginId: "a", state: "passive" });
    expect(await search({ active: true, fresh: true })).toMatchObject({ pluginId: "another-id" });
    expect(timesAsked(path)).toBe(2);
  });

  test("that was never asked shadows nothing and is not shadowed", async () => {
    const { dir, search } = await inPath();
    const other = tempDir();
    writePlugin({ dir: other, name: "a" });
    const roots = [
      { dir: other, source: "user" },
      { dir, source: "path" },
    ];
    expect(await search({ roots })).toMatchObject({ pluginId: "a", healthy: true });
    const { plugins } = await discoverPlugins({ ...context, roots: [roots[1], roots[0]] as never });
    expect(plugins.map(({ state, issue }) => [state, issue?.includes("shadowed") ?? false])).toEqual([
      ["passive", false],
      ["healthy", false],
    ]);
  });
});

describe("a description", () => {
  test("is asked for without what the host tells a command", async () => {
    const dir = tempDir();
    const path = join(dir, "osp-env");
    writeFileSync(path, '#!/bin/sh\necho "$OSP_COMMAND$OSP_FORMAT$OSP_PLUGIN_CFG_TOKEN$KEPT" >&2\nexit 1\n');
    chmodSync(path, 0o755);
    const env = { ...context.env, OSP_COMMAND: "a", OSP_FORMAT: "b", OSP_PLUGIN_CFG_TOKEN: "c", KEPT: "kept" };
    const { error } = await describePlugin({ ...context, env, path });
    expect(error!.message).toBe("--describe exited with status 1; it said: kept");
  });

  test("that does not come in time is an error", async () => {
    const path = processFixture("describe-sleeps");
    const { description, error } = await describePlugin({ ...context, path, timeoutMs: 200 });
    expect([description, error!.code]).toEqual([null, "describe_timeout"]);
  });

  test("that asks for a newer host is kept, with an error", async () => {
    const { description, error } = await describePlugin({ ...context, path: processFixture("needs-newer-host") });
    expect(description!.plugin_id).toBe("needs-newer-host");
    expect(error!.code).toBe("describe_invalid");
  });
});
