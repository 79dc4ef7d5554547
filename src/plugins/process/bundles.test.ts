import { createHash } from "node:crypto";
import { appendFileSync, chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { recordConfig } from "../../../test/helpers/record-config.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { timesAsked, type WrittenPlugin, writePlugin } from "../../../test/helpers/written-plugins.ts";
import { discoverPlugins } from "./discover.ts";
import type { PluginSource } from "./roots.ts";

const context = { env: { PATH: process.env["PATH"] }, cwd: "/", signal: new AbortController().signal };

/** A bundled folder with one plugin, `a`, and a manifest that lists it as it is, apart from these changes. */
function bundle(change: Readonly<Record<string, unknown>> = {}, plugin: Partial<WrittenPlugin> = {}) {
  const dir = tempDir();
  const path = writePlugin({ dir, name: "a", ...plugin });
  const listed = { id: "a", exe: "osp-a", version: "1.0.0", commands: ["a"], ...change };
  const members = Object.entries(listed).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const manifest = join(dir, "manifest.toml");
  writeFileSync(manifest, `protocol_version = 1\n[[plugin]]\n${members.join("\n")}\n`);
  const search = (source: PluginSource = "bundled", more: object = {}) =>
    discoverPlugins({ ...context, roots: [{ dir, source }], ...more });
  return { dir, path, manifest, search };
}

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

describe("a bundled plugin", () => {
  test("that is what its manifest says is healthy, and off until somebody enables it", async () => {
    const { search } = bundle();
    const [plugin] = (await search()).plugins;
    expect(plugin).toMatchObject({ state: "healthy", enabled: false, enabledByDefault: false, source: "bundled" });
    const config = recordConfig({ "plugins.a.state": "enabled" });
    expect((await search("bundled", { config })).plugins[0]).toMatchObject({ enabled: true, enabledByDefault: false });
  });

  test("may be on by its manifest, and is on where there is none", async () => {
    expect((await bundle({ enabled_by_default: true }).search()).plugins[0]).toMatchObject({ enabled: true });
    const { manifest, search } = bundle();
    rmSync(manifest);
    expect((await search()).plugins[0]).toMatchObject({ state: "healthy", enabled: true });
  });

  test("is held against its manifest only in a bundled folder", async () => {
    const { search, manifest } = bundle({ version: "9" });
    expect((await search("user")).plugins[0]).toMatchObject({ healthy: true, version: "1.0.0", enabled: true });
    writeFileSync(manifest, "rubbish [");
    expect((await search("explicit")).plugins[0]).toMatchObject({ healthy: true });
  });

  test.each([
    ["id", { id: "b" }, 'plugin_id is "a", the manifest says "b"'],
    ["version", { version: "2.0.0" }, 'plugin_version is "1.0.0", the manifest says "2.0.0"'],
    ["commands", { commands: ["b", "a"] }, 'commands is "a", the manifest says "a, b"'],
  ])("that describes another %s cannot be used, and the manifest's word is shown", async (_, change, what) => {
    const [plugin] = (await bundle(change).search()).plugins;
    expect(plugin).toMatchObject({ state: "broken", error: { code: "bundle_mismatch" } });
    expect(plugin!.issue).toBe(`--describe and manifest.toml disagree: ${what}`);
    const listed = { id: "a", version: "1.0.0", commands: ["a"], ...change };
    expect([plugin!.pluginId, plugin!.version]).toEqual([listed.id, listed.version]);
    expect(plugin!.commands.map(({ name }) => name)).toEqual(listed.commands);
  });

  test("may list its commands in any order, and twice", async () => {
    const { search } = bundle({ commands: ["y", "x", "y"] }, { commands: ["x", "y"] });
    expect((await search()).plugins[0]).toMatchObject({ healthy: true });
  });

  test("with the right checksum, in any letter case, is used", async () => {
    const { path, manifest, search } = bundle();
    appendFileSync(manifest, `checksum_sha256 = "${sha256(path).toUpperCase()}"\n`);
    expect((await search()).plugins[0]).toMatchObject({ healthy: true });
  });

  test("with a wrong checksum is never started", async () => {
    const { path, search } = bundle({ checksum_sha256: "0".repeat(64) });
    const [plugin] = (await search()).plugins;
    expect(plugin).toMatchObject({
      state: "broken",
      pluginId: "a",
      version: "1.0.0",
      error: { code: "checksum_mismatch" },
    });
    expect(timesAsked(path)).toBe(0);
  });

  test("whose bytes change behind the cache's back is caught", async () => {
    const { path, manifest, search } = bundle();
    appendFileSync(manifest, `checksum_sha256 = "${sha256(path)}"\n`);
    const cacheFile = join(tempDir(), "c.json");
    expect((await search("bundled", { cacheFile })).plugins[0]).toMatchObject({ healthy: true, isCached: false });
    expect((await search("bundled", { cacheFile })).plugins[0]).toMatchObject({ healthy: true, isCached: true });
    // The cache still knows the file by size and time; only its bytes are others.
    const cache = readFileSync(cacheFile, "utf8");
    writeFileSync(path, readFileSync(path, "utf8").replace("asked", "ASKED"));
    const { readStamp } = await import("./file-stamp.ts");
    const { mtimeSecs, mtimeNanos } = readStamp(path)!;
    writeFileSync(
      cacheFile,
      cache
        .replace(/"mtime_secs": \d+/, `"mtime_secs": ${mtimeSecs}`)
        .replace(/"mtime_nanos": \d+/, `"mtime_nanos": ${mtimeNanos}`),
    );
    expect((await search("bundled", { cacheFile })).plugins[0]).toMatchObject({ error: { code: "checksum_mismatch" } });
    expect(timesAsked(path)).toBe(1);
  });

  test("from the cache is held against the manifest as it is now", async () => {
    const { manifest, search } = bundle();
    const cacheFile = join(tempDir(), "c.json");
    await search("bundled", { cacheFile });
    writeFileSync(manifest, readFileSync(manifest, "utf8").replace("1.0.0", "1.0.1"));
    const [plugin] = (await search("bundled", { cacheFile })).plugins;
    expect(plugin).toMatchObject({ isCached: true, error: { code: "bundle_mismatch" } });
  });
});

describe("a bundled folder", () => {
  test("whose manifest is wrong has no usable plugin, starts none, and is a problem of its own", async () => {
    const { path, manifest, search } = bundle();
    writeFileSync(manifest, "protocol_version = 2");
    const { plugins, problems } = await search();
    expect(plugins[0]).toMatchObject({
      state: "broken",
      pluginId: "a",
      commands: [],
      error: { code: "bundle_invalid" },
    });
    expect(timesAsked(path)).toBe(0);
    expect(problems).toEqual([
      { kind: "bundle_invalid", path: manifest, pluginId: null, text: expect.stringContaining("must be 1, is 2") },
    ]);
  });

  test("does not start what the manifest does not list", async () => {
    const { dir, search } = bundle();
    const other = writePlugin({ dir, name: "stray" });
    const { plugins } = await search();
    expect(plugins.map(({ pluginId, healthy }) => [pluginId, healthy])).toEqual([
      ["a", true],
      ["stray", false],
    ]);
    expect(plugins[1]!.issue).toBe(`manifest.toml in ${dir} does not list it`);
    expect(timesAsked(other)).toBe(0);
  });

  test("tells of listed plugins that are missing or may not be run", async () => {
    const { dir, path, manifest, search } = bundle();
    appendFileSync(manifest, '[[plugin]]\nid = "b"\nexe = "osp-b"\nversion = "1"\ncommands = ["b"]\n');
    chmodSync(path, 0o644);
    const { plugins, problems } = await search();
    expect(plugins).toEqual([]);
    expect(problems.map(({ kind, path, pluginId }) => [kind, path, pluginId])).toEqual([
      ["bundle_missing", path, "a"],
      ["bundle_missing", join(dir, "osp-b"), "b"],
    ]);
    expect(problems[1]!.text).toBe(`manifest.toml lists osp-b, but ${dir} has no executable plugin file of that name`);
  });

  test("without problems tells of none", async () => {
    expect((await bundle().search()).problems).toEqual([]);
  });
});
