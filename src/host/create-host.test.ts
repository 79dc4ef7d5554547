import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pluginDir } from "../../test/helpers/process-fixtures.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { createHost, type HostOptions } from "./create-host.ts";

function options(change: Partial<HostOptions> = {}): HostOptions {
  const home = tempDir();
  const paths = {
    config: join(home, "config"),
    cache: join(home, "cache"),
    data: join(home, "data"),
    state: join(home, "state"),
  };
  return { paths, env: { PATH: process.env["PATH"] }, cwd: "/", ...change };
}

test("the process side finds plugins in the given folders and tells what is wrong with a folder", async () => {
  const problems: unknown[] = [];
  const pluginDirs = [pluginDir("scalar"), "/no/such/folder"];
  const host = createHost(options({ pluginDirs, onPluginDirProblem: (problem) => problems.push(problem) }));
  const processes = await host.processes();
  expect(await host.processes()).toBe(processes);
  expect((await processes.discover()).map((plugin) => plugin.pluginId)).toEqual(["scalar"]);
  await processes.discover();
  expect(problems).toEqual([{ dir: "/no/such/folder", reason: "there is no such folder" }]);
  await host.stop();
});

test("stopping the host ends a discovery that still runs", async () => {
  const stopping: Promise<void>[] = [];
  const onSlowDescribe = () => stopping.push(host.stop());
  const host = createHost(options({ pluginDirs: [pluginDir("describe-sleeps")], onSlowDescribe }));
  await expect((await host.processes()).discover()).rejects.toMatchObject({ code: "interrupted" });
  await Promise.all(stopping);
});

test("stopping goes on when a part of the host cannot be closed, and then fails with what went wrong", async () => {
  const all = options({ follow: true });
  const { data } = all.paths;
  const host = createHost(all);
  await host.native();
  const permissions = await host.permissions();
  const insights = await host.insights();
  insights.close = () => Promise.reject(new Error("the disk is gone"));
  let isClosed = false;
  const { close } = permissions;
  permissions.close = () => {
    isClosed = true;
    close();
  };
  expect(existsSync(join(data, "run/host.lock"))).toBe(true);
  await expect(host.stop()).rejects.toThrow("the disk is gone");
  expect([isClosed, existsSync(join(data, "run/host.lock"))]).toEqual([true, false]);
});
