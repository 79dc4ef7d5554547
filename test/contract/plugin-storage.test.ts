// A plugin's database while its host lives on: through reloads, crashes and removal. test/e2e/plugin-storage.test.ts has
// what happens from one run of the program to the next.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { InsightsReader } from "../../src/insights/insights-reader.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { DATABASE_ANSWER_BYTES_MAX } from "../../src/protocol/limits.ts";
import { DATABASE_PROGRAM } from "../helpers/database.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { FAR, nativeFixture } from "../helpers/native-plugins.ts";
import { databasePids } from "../helpers/plugin-databases.ts";
import { isRunning, untilGone } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const ID = "test.stores";

async function openStores(options: { recordsInsights?: boolean } = {}) {
  const data = tempDir();
  installFixture(data, "stores");
  const env = { OSAURUS_HOME: data, HOME: data };
  const host = createHost({ paths: resolvePaths({ env, platform: "linux" }), env, cwd: data, ...options });
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
  // Insights has a process of its own.
  const { native, plugin, call, rows } = await openStores({ recordsInsights: false });
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

test("a statement that a plugin is in the middle of when its host stops is ended, answered and recorded", async () => {
  const { data, host, plugin } = await openStores();
  const sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
  const input = JSON.stringify({ sql });
  const options = { ...FAR, deadlineMs: 1_000, countsHostCalls: true, agentId: DEFAULT_AGENT_ID };
  await expect(plugin.call("invoke", ["tool", "query", input], options)).rejects.toMatchObject({
    code: "plugin_timeout",
  });
  const pids = databasePids();
  expect(pids.length).toBeGreaterThan(0);
  await host.stop();
  for (const pid of pids) expect(isRunning(pid)).toBe(false);
  const reader = new InsightsReader(join(data, "insights.db"), DATABASE_PROGRAM);
  onTestFinished(() => reader.close());
  const rows = (await reader.query({ limit: 100 })).filter(({ path }) => path === "/host-api/db/query");
  expect(rows).toMatchObject([{ request: sql, status: 500, errorCode: "database_stopped" }]);
});

test("the largest answer that fits into a frame reaches the plugin, and one byte more is an error", async () => {
  const { plugin } = await openStores();
  const around = '{"columns":["v"],"rows":[[""]]}'.length;
  const ask = async (bytes: number) => {
    const sql = `SELECT printf('%.*c', ${bytes - around}, 'a') AS v`;
    const input = JSON.stringify({ sql });
    return (await plugin.call("invoke", ["tool", "query", input], { ...FAR, agentId: DEFAULT_AGENT_ID }))!;
  };
  const largest = await ask(DATABASE_ANSWER_BYTES_MAX);
  expect(largest.length).toBe(DATABASE_ANSWER_BYTES_MAX);
  expect(largest.endsWith('aaa"]]}')).toBe(true);
  expect(JSON.parse(await ask(DATABASE_ANSWER_BYTES_MAX + 1))).toEqual({
    error: "response_too_large",
    message: `the answer is larger than ${DATABASE_ANSWER_BYTES_MAX} bytes`,
  });
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
