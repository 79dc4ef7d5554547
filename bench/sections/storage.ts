// SQL as a plugin sees it, timed inside the plugin: from there to the host, from there to the process of its database, and
// back. Beside it the same SQL on an encrypted file in the host's own process, which a hostile plugin could crash.

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Driver from "better-sqlite3-multiple-ciphers";
import { dbExec, dbQuery } from "../../src/host-api/database.ts";
import { Runner } from "../../src/plugins/native/runner.ts";
import { PluginDatabases } from "../../src/store/plugin-databases.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { interleave, median, medianRatio, medianSpread, type Spread, spreadOf } from "../measure.ts";

const PLACE = "bench";
const ROWS = 1_000;
const SET_UP = [
  "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, size INTEGER)",
  `INSERT INTO notes WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${ROWS})
   SELECT i, 'note number ' || i, i * 7 FROM n`,
  "CREATE TABLE written (title TEXT)",
];
const STATEMENTS = {
  "db_query, one row": { kind: "query", sql: "SELECT id, title, size FROM notes WHERE id = 500", share: 1, atMost: 4 },
  [`db_query, ${ROWS} rows`]: { kind: "query", sql: "SELECT id, title, size FROM notes", share: 0.05, atMost: 2 },
  "db_exec, one insert": { kind: "exec", sql: "INSERT INTO written VALUES ('a short text')", share: 1, atMost: 4 },
} as const;

export const storagePinned: Section = { name: "storage", placement: "pinned", run: compare };

export const storageFree: Section = { name: "storage", placement: "free", run: compare };

type Kind = "exec" | "query";

interface Side {
  /** Microseconds for one statement. */
  times(kind: Kind, sql: string, times: number): Promise<Spread>;
  close(): Promise<void>;
}

async function compare(bench: Bench): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "osprey-bench-"));
  try {
    const [plugin, direct] = [await startPlugin(folder), openDirect(join(folder, "direct.db"))];
    for (const [metric, { kind, sql, share, atMost }] of Object.entries(STATEMENTS)) {
      const times = Math.round((bench.quick ? 1_000 : 3_000) * share);
      const ours = () => plugin.times(kind, sql, times);
      const theirs = () => direct.times(kind, sql, times);
      await ours();
      await theirs();
      report(bench, metric, atMost, await interleave<Spread>(bench.quick ? 3 : 7, { ours, theirs }));
    }
    await Promise.all([plugin.close(), direct.close()]);
    if (bench.placement === "free") await opening(bench, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(bench: Bench, metric: string, atMost: number, results: Record<string, Spread[]>): void {
  const [ours, theirs] = [results["ours"]!, results["theirs"]!];
  const ratio = medianRatio(
    ours.map(({ p50 }) => p50),
    theirs.map(({ p50 }) => p50),
  );
  const peer = { name: "in the host's process", value: medianSpread(theirs).p50 };
  const target = bench.placement === "pinned" ? { target: { of: "ratio", atMost } as const } : {};
  bench.report({ metric, value: medianSpread(ours).p50, unit: "µs", peer, ratio, ...target });
}

const KEY = { id: "bench", derive: () => randomKey };
const randomKey = randomBytes(32);
const KEYS = { current: async () => KEY, ensure: async () => KEY, byId: async () => KEY, ids: () => [KEY.id] };

function openDatabases(folder: string): PluginDatabases {
  return new PluginDatabases({
    program: BUILT.database,
    keys: KEYS,
    folderOf: (placeId) => join(folder, placeId),
    warn: (_placeId, text) => console.error(text),
  });
}

async function startPlugin(folder: string): Promise<Side> {
  const databases = openDatabases(folder);
  const deps = { placeId: PLACE, databases, warnOnce() {} };
  const runner = new Runner({
    runnerPath: BUILT.runner,
    library: BUILT.stores,
    label: "stores",
    cwd: "/",
    env: {},
    onHostCall: async (call) => (await (call.name === "db_query" ? dbQuery(call, deps) : dbExec(call, deps))).text,
    onLog() {},
    onOutput() {},
  });
  await runner.ready;
  const call = async (tool: string, input: unknown) =>
    (await runner.call("invoke", ["tool", tool, JSON.stringify(input)], { deadlineMs: 60_000, what: "a benchmark" })) ??
    "";
  for (const sql of SET_UP) {
    const said = await call("exec", { sql });
    if (said.includes('"error"')) throw new Error(said);
  }
  return {
    async times(kind, sql, times) {
      const [p50, p99] = (await call("time", { kind, sql, times })).split(" ").map(Number);
      return { p50: p50! / 1000, p99: p99! / 1000 };
    },
    async close() {
      await runner.stop();
      await databases.stop();
    },
  };
}

function openFile(path: string): Driver {
  const sqlite = new Driver(path);
  sqlite.pragma("cipher = 'chacha20'");
  sqlite.pragma(`key = "x'${randomKey.toString("hex")}'"`);
  sqlite.pragma("journal_mode = WAL");
  sqlite.pragma("synchronous = NORMAL");
  return sqlite;
}

/** The answer's text is made here, too; the statement is compiled each time, because a plugin brings it each time. */
function openDirect(path: string): Side {
  const sqlite = openFile(path);
  for (const sql of SET_UP) sqlite.exec(sql);
  const once: Record<Kind, (sql: string) => string> = {
    exec(sql) {
      const { changes, lastInsertRowid } = sqlite.prepare(sql).run();
      return JSON.stringify({ changes, last_insert_rowid: Number(lastInsertRowid) });
    },
    query(sql) {
      const statement = sqlite.prepare(sql);
      return JSON.stringify({ columns: statement.columns().map(({ name }) => name), rows: statement.raw().all() });
    },
  };
  return {
    async times(kind, sql, times) {
      const took = new Float64Array(times);
      for (let i = 0; i < times; i++) {
        const start = performance.now();
        once[kind](sql);
        took[i] = (performance.now() - start) * 1000;
      }
      return spreadOf(took);
    },
    async close() {
      sqlite.close();
    },
  };
}

/** The first statement after a while: a process is started, the file opened with its key, and looked at. */
async function opening(bench: Bench, folder: string): Promise<void> {
  const runner = {};
  const statement = { placeId: PLACE, runner, kind: "query", sql: "SELECT count(*) FROM notes", params: null } as const;
  const results = await interleave<number>(bench.quick ? 5 : 15, {
    async ours() {
      const databases = openDatabases(folder);
      const start = performance.now();
      const { json, errorCode } = await databases.run(statement);
      const tookMs = performance.now() - start;
      if (errorCode !== undefined) throw new Error(json);
      await databases.stop();
      return tookMs;
    },
    async theirs() {
      const start = performance.now();
      const sqlite = openFile(join(folder, "direct.db"));
      sqlite.prepare(statement.sql).get();
      const tookMs = performance.now() - start;
      sqlite.close();
      return tookMs;
    },
  });
  const [ours, theirs] = [results["ours"]!, results["theirs"]!];
  bench.report({
    metric: "opening, first statement",
    value: median(ours),
    unit: "ms",
    peer: { name: "in the host's process", value: median(theirs) },
  });
}
