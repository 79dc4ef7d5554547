import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mountSmallDisk } from "../../test/helpers/small-disk.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { writePlugin } from "../../test/helpers/written-plugins.ts";
import { resolvePaths } from "../base/paths.ts";
import { createHost } from "../host/create-host.ts";
import { isDevBuild } from "../host/dev-build.ts";
import { readProject } from "../projects/project.ts";
import { DEV_COPIES_MAX } from "../protocol/limits.ts";
import { processTarget } from "./dev-process.ts";

const signal = new AbortController().signal;

function workshop() {
  const home = tempDir();
  const env = { ...process.env, HOME: home, OSAURUS_HOME: join(home, "data"), XDG_CONFIG_HOME: join(home, "config") };
  const paths = resolvePaths({ env, platform: process.platform });
  const dir = tempDir();
  const write = (id = "hello", name = "hello") => {
    writePlugin({ dir, name, id, version: "0.1.0" });
    const dev = { executable: `osp-${name}` };
    writeFileSync(join(dir, "osp-plugin.json"), JSON.stringify({ plugin_id: "hello", version: "0.1.0", dev }));
  };
  write();
  const target = processTarget({ paths, env });
  return {
    paths,
    env,
    write,
    target,
    link: join(paths.config, "plugins/osp-hello"),
    copies: join(paths.data, "run/dev/hello"),
    serve: async () => await target.serve(readProject(dir), signal),
  };
}

test("the newest copies are kept, for calls that still run, and no more of them", async () => {
  const { serve, copies, link } = workshop();
  for (let round = 0; round < DEV_COPIES_MAX; round++) await serve();
  const numbers = () => readdirSync(copies).filter((name) => /^\d+$/.test(name));
  expect(numbers()).toHaveLength(DEV_COPIES_MAX);
  await serve();
  expect(numbers()).toHaveLength(DEV_COPIES_MAX);
  expect(readlinkSync(link)).toBe(join(copies, String(DEV_COPIES_MAX + 1), "osp-hello"));
});

test("a plugin that says that it is another one is refused, and the copy before goes on", async () => {
  const { serve, write, link } = workshop();
  await serve();
  const before = readlinkSync(link);
  write("other");
  await expect(serve()).rejects.toMatchObject({ code: "plugin_id_mismatch" });
  expect(readlinkSync(link)).toBe(before);
});

test("a plugin whose executable gets another name is found by that one only", async () => {
  const { serve, write, target, link } = workshop();
  await serve();
  write("hello", "hi");
  await serve();
  expect(readdirSync(join(link, ".."))).toEqual(["osp-hi"]);
  await target.end({ pluginId: "hello" });
  expect(readdirSync(join(link, ".."))).toEqual([]);
});

test("on a full disk that is said, and the copy before goes on", async ({ skip }) => {
  const { serve, target, paths, link } = workshop();
  const fill = mountSmallDisk(paths.data);
  if (fill === undefined) return skip("a small file system cannot be mounted here");
  await serve();
  const before = readlinkSync(link);
  fill();
  await expect(serve()).rejects.toMatchObject({ code: "install_failed", hint: "make room on the disk" });
  expect(readlinkSync(link)).toBe(before);
  expect(await target.end({ pluginId: "hello" })).toEqual({ from: "osp-hello", to: undefined });
});

test("it is its author's build only as long as the link leads to a copy", async () => {
  const { serve, target, paths, link } = workshop();
  expect(isDevBuild(paths, "process:hello", link)).toBe(false);
  await serve();
  expect(isDevBuild(paths, "process:hello", link)).toBe(true);
  expect(isDevBuild(paths, "process:hello", join(link, "../osp-other"))).toBe(false);
  expect(isDevBuild(paths, "process:hello", undefined)).toBe(false);
  expect(isDevBuild(paths, "process:../dev/hello", link)).toBe(false);
  expect(isDevBuild(paths, "hello", link)).toBe(false);
  await target.end({ pluginId: "hello" });
  expect(isDevBuild(paths, "process:hello", link)).toBe(false);
  expect(existsSync(link)).toBe(false);
});

test("while a build is in use, another plugin that says it has its id is held to what was approved of it", async () => {
  const { serve, paths, env } = workshop();
  const dir = tempDir();
  const write = (about: string) => writePlugin({ dir, name: "hello", commands: [{ name: "hello", about }] });
  const offered = async (pluginDirs: readonly string[]) => {
    const host = createHost({ paths, env, cwd: dir, pluginDirs });
    try {
      const agent = await (await host.agents()).find(undefined);
      return (await (await host.shelf()).list(agent)).map(({ name }) => name);
    } finally {
      await host.stop();
    }
  };
  write("Says hello.");
  expect(await offered([dir])).toEqual(["hello"]);
  write("Reads your letters first.");
  expect(await offered([dir])).toEqual([]);
  await serve();
  expect(await offered([dir])).toEqual([]);
  // The build itself, which says something else as well.
  expect(await offered([])).toEqual(["hello"]);
});

test("a link or a file of somebody else's in its place is left as it is, at the beginning and at the end", async () => {
  const elsewhere = tempDir();
  const first = workshop();
  mkdirSync(join(first.link, ".."), { recursive: true });
  symlinkSync(elsewhere, first.link);
  await expect(first.serve()).rejects.toMatchObject({ code: "project_exists" });
  expect(readlinkSync(first.link)).toBe(elsewhere);

  const second = workshop();
  await second.serve();
  rmSync(second.link);
  symlinkSync(elsewhere, second.link);
  expect(await second.target.end({ pluginId: "hello" })).toBeUndefined();
  expect(readlinkSync(second.link)).toBe(elsewhere);
});
