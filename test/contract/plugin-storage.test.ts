// A plugin's database while its host lives on: through reloads, crashes and removal. test/e2e/plugin-storage.test.ts has
// what happens from one run of the program to the next.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { FAR, nativeFixture } from "../helpers/native-plugins.ts";
import { databasePids } from "../helpers/plugin-databases.ts";
import { isRunning, untilGone } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const ID = "test.stores";

async function openStores() {
  const data = tempDir();
  installFixture(data, "stores");
  const env = { OSAURUS_HOME: data, HOME: data };
  const host = createHost({ paths: resolvePaths({ env, platform: "linux" }), env, cwd: data });
  onTestFinished(() => host.stop());
  const native = await host.native();
  const plugin = await native.plugin(ID);
  const call = async (tool: string, sql: string) => {
    const input = JSON.stringify({ sql });
    return await plugin.call("invoke", ["tool", tool, input], { ...FAR, agentId: DEFAULT_AGENT_ID });
  };
  const rows = async (sql: string) => (JSON.parse((await call("query", sql))!) as { rows: unknown[][] }).rows;
  return { data, host, native, plugin, call, rows, folder: join(data, "Tools", ID, "data") };
}

test("what was stored is there after a reload, in the same process of the database", async () => {
  const { native, plugin, call, rows } = await openStores();
  await call("exec", "CREATE TABLE t (v)");
  await call("exec", "INSERT INTO t VALUES ('committed')");
  const [process] = databasePids();
  const old = plugin.pid!;
  expect(await native.reload(ID)).toMatchObject([{ state: "loaded" }]);
  await untilGone(old);
  expect(await rows("SELECT v FROM t")).toEqual([["committed"]]);
  expect(await rows("SELECT count(*) FROM loads")).toEqual([[2]]);
  expect(databasePids()).toEqual([process]);
});

test("a plugin that crashed in a transaction finds what it had committed when it is up again", async () => {
  const { plugin, call, rows } = await openStores();
  await call("exec", "CREATE TABLE t (v)");
  await expect(call("crash", "INSERT INTO t VALUES (1)")).rejects.toMatchObject({ code: "plugin_crashed" });
  await plugin.ready();
  expect(await rows("SELECT v FROM t")).toEqual([]);
  expect(await call("exec", "INSERT INTO t VALUES (2)")).toContain('"changes":1');
});

test("a library that is not installed has a database of its own, which is not the installed plugin's", async () => {
  const { native, call, rows } = await openStores();
  await call("exec", "CREATE TABLE t (v)");
  const library = await native.loadLibrary(nativeFixture("stores"));
  const input = JSON.stringify({ sql: "SELECT v FROM t" });
  const answer = await library.call("invoke", ["tool", "query", input], { ...FAR, agentId: DEFAULT_AGENT_ID });
  expect(answer).toContain("no such table: t");
  expect(await rows("SELECT v FROM t")).toEqual([]);
});

test("when the host stops, the processes of its databases are gone, and the files are whole", async () => {
  const { host, call, folder } = await openStores();
  await call("exec", "CREATE TABLE t (v)");
  const pids = databasePids();
  expect(pids.length).toBeGreaterThan(0);
  await host.stop();
  for (const pid of pids) expect(isRunning(pid)).toBe(false);
  expect(existsSync(join(folder, "data.db"))).toBe(true);
  for (const rest of ["-wal", "-shm", "-owner"]) expect(existsSync(join(folder, `data.db${rest}`)), rest).toBe(false);
});

test("a library that is only looked at stores nothing: neither a database nor a key is left", async () => {
  const data = tempDir();
  const env = { OSAURUS_HOME: data, HOME: data };
  const keys: string[] = [];
  const host = createHost({
    paths: resolvePaths({ env, platform: "linux" }),
    env,
    cwd: data,
    recordsInsights: false,
    onRecoveryKey: (text) => keys.push(text),
  });
  onTestFinished(() => host.stop());
  expect(await (await host.native()).readManifest(nativeFixture("stores"))).toContain("test.stores");
  await host.stop();
  expect(keys).toEqual([]);
  expect(readdirSync(data, { recursive: true }).filter((name) => name !== "run")).toEqual([]);
});
