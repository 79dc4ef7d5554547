// Recording and reading what plugins did, with the real program that holds the file.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { redactor } from "../../src/base/redact.ts";
import { Insights, type InsightsOptions } from "../../src/insights/insights.ts";
import { execute, openDatabase, rowsOf } from "../../src/insights/insights-database.ts";
import { InsightsReader } from "../../src/insights/insights-reader.ts";
import type { Activity } from "../../src/protocol/activity.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import type { InsightRow, InsightsFilter } from "../../src/protocol/insights-query.ts";
import { INSIGHTS_ROWS_SHOWN_MAX, INSIGHTS_TRIES_MAX } from "../../src/protocol/limits.ts";
import { untilGone, untilLine } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const PROGRAM = join(import.meta.dirname, "../../build/native/osprey-database");
const WAIT = { timeout: 20_000 };
const ALL: InsightsFilter = { limit: INSIGHTS_ROWS_SHOWN_MAX };

const ROW: Activity = {
  time: 1_700_000_000_000,
  pluginId: "test.one",
  agentId: DEFAULT_AGENT_ID,
  kind: "host",
  method: "POST",
  path: "/host-api/db/exec",
  status: 200,
  durationMs: 1.25,
  request: "SELECT 1",
  response: '{"changes":0}',
  traceId: "trace-1",
};

interface Opened {
  readonly insights: Insights;
  readonly warnings: string[];
}

/** Records into `<folder>/insights.db`; stopped when the test ends. */
function open(folder: string, options: Partial<InsightsOptions> = {}): Opened {
  const warnings: string[] = [];
  const insights = new Insights({
    path: join(folder, "insights.db"),
    program: PROGRAM,
    ageMsMax: Number.MAX_SAFE_INTEGER,
    warn: (text) => warnings.push(text),
    ...options,
  });
  onTestFinished(() => insights.stop());
  return { insights, warnings };
}

function reader(folder: string): InsightsReader {
  const one = new InsightsReader(join(folder, "insights.db"), PROGRAM);
  onTestFinished(() => one.close());
  return one;
}

/** A folder whose record has these rows. */
async function recorded(...rows: Partial<Activity>[]): Promise<string> {
  const folder = tempDir();
  const { insights } = open(folder);
  for (const row of rows) insights.record({ ...ROW, ...row });
  await insights.stop();
  return folder;
}

const paths = (rows: readonly InsightRow[]) => rows.map(({ path }) => path);

/** Runs statements in the file as somebody else would. */
async function inFile(folder: string, work: (db: ReturnType<typeof openDatabase>["db"]) => Promise<unknown>) {
  const { db, ready } = openDatabase(PROGRAM, join(folder, "insights.db"));
  await ready;
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

/** The programs that this process started and that still run. */
function databaseProcesses(): number[] {
  const out = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,comm="], { encoding: "utf8" });
  return out
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, ppid, stat, name]) => Number(ppid) === process.pid && !stat?.startsWith("Z") && /osprey-data/.test(name!),
    )
    .map(([pid]) => Number(pid));
}

test("what is recorded is read back with every member, newest first", async () => {
  const other: Activity = {
    ...ROW,
    time: ROW.time + 5,
    pluginId: "",
    agentId: undefined,
    kind: "crash",
    method: "CRASH",
    path: "it crashed: Ω 🦅 \"quoted\" \\ 'x'\n",
    status: 500,
    durationMs: 0,
    request: null,
    response: null,
    errorCode: "plugin_crashed",
    traceId: undefined,
    taskId: "task-1",
  };
  const folder = await recorded({}, other);
  expect(await reader(folder).query(ALL)).toEqual([
    { ...other, id: 2, pluginId: null, agentId: null, traceId: null },
    { ...ROW, id: 1, errorCode: null, taskId: null },
  ]);
  expect(statSync(join(folder, "insights.db")).mode & 0o777).toBe(0o600);
});

test("when nobody has it open, all of it is one file", async () => {
  expect(readdirSync(await recorded({}))).toEqual(["insights.db"]);
});

test("a row is on disk a moment later, without anybody asking for it", async () => {
  const folder = tempDir();
  const { insights } = open(folder);
  insights.record(ROW);
  await vi.waitFor(async () => expect(await reader(folder).query(ALL)).toHaveLength(1), WAIT);
});

test("nothing is made and nothing is started before there is a row, nor when recording is off", async () => {
  const folder = tempDir();
  const { insights } = open(folder);
  const off = open(folder, { isOn: false }).insights;
  off.record(ROW);
  await off.flush();
  await insights.flush();
  await Promise.all([insights.stop(), off.stop()]);
  expect(readdirSync(folder)).toEqual([]);
});

test("rows that wait are written when recording stops; rows that come later are not", async () => {
  const folder = tempDir();
  const { insights } = open(folder);
  for (let i = 0; i < 1_234; i++) insights.record({ ...ROW, path: `/${i}` });
  const stopping = insights.stop();
  await Promise.all([stopping, insights.stop()]);
  insights.record(ROW);
  await insights.flush();
  expect(await reader(folder).query(ALL)).toHaveLength(1_234);
});

test("several hosts write at once while somebody reads, and no row is lost or there twice", async () => {
  const folder = tempDir();
  const hosts = Array.from({ length: 4 }, () => open(folder));
  const look = reader(folder);
  const rows = 2_000;
  for (let i = 0; i < rows; i++) {
    for (const [host, { insights }] of hosts.entries()) insights.record({ ...ROW, time: i, path: `/${host}/${i}` });
    if (i % 100 === 0) await Promise.all([look.query(ALL), ...hosts.map(({ insights }) => insights.flush())]);
  }
  await Promise.all(hosts.map(({ insights }) => insights.stop()));
  const got = paths(await look.query(ALL));
  expect(got).toHaveLength(hosts.length * rows);
  expect(new Set(got).size).toBe(hosts.length * rows);
  expect(hosts.flatMap(({ warnings }) => warnings)).toEqual([]);
});

test.each<[string, Partial<InsightsFilter>, string[]]>([
  ["plugin", { pluginId: "test.two" }, ["/two"]],
  ["agent", { agentId: "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE" }, ["/agent"]],
  ["kind", { kind: "log" }, ["/LOG_x%"]],
  ["exact status", { status: { min: 404, max: 404 } }, ["/404"]],
  ["class of status", { status: { min: 400, max: 499 } }, ["/404", "/400"]],
  ["everything that failed", { status: { min: 400, max: 999 } }, ["/500", "/404", "/400"]],
  ["text in the path", { text: "log_X%" }, ["/LOG_x%"]],
  ["text that is no pattern", { text: "%" }, ["/LOG_x%"]],
  ["text that is no SQL", { text: "' OR 1=1 --" }, []],
  ["trace", { traceId: "trace-2" }, ["/trace"]],
  ["time", { sinceMs: 8 }, ["/late"]],
  ["a plugin and a status that do not meet", { pluginId: "test.two", status: { min: 404, max: 404 } }, []],
  ["number of rows", { limit: 2 }, ["/late", "/trace"]],
  ["no row at all", { limit: 0 }, []],
])("rows are chosen by %s", async (_, filter, wanted) => {
  const folder = await recorded(
    { time: 1, path: "/400", status: 400 },
    { time: 2, path: "/404", status: 404 },
    { time: 3, path: "/500", status: 500 },
    { time: 4, path: "/two", pluginId: "test.two" },
    { time: 5, path: "/agent", agentId: "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE" },
    { time: 6, path: "/LOG_x%", kind: "log" },
    { time: 7, path: "/trace", traceId: "trace-2" },
    { time: 8, path: "/late" },
  );
  expect(paths(await reader(folder).query({ ...ALL, ...filter }))).toEqual(wanted);
});

test("rows of one time keep their order, and page follows page without a gap", async () => {
  const count = 1_103;
  const folder = await recorded(...Array.from({ length: count }, (_, i) => ({ time: i >> 3, path: `/${i}` })));
  const look = reader(folder);
  const wanted = Array.from({ length: count }, (_, i) => `/${count - 1 - i}`);
  expect(paths(await look.query(ALL))).toEqual(wanted);
  const got: InsightRow[] = [];
  for (;;) {
    const page = await look.query({ limit: 100, before: got.at(-1) });
    got.push(...page);
    if (page.length < 100) break;
  }
  expect(paths(got)).toEqual(wanted);
});

const TELLING: Partial<Activity> = {
  path: "/host-api/http → https://h/?token=query-credential&s=kept-secret-value",
  request: '{"headers":{"Authorization":"Bearer header-credential"},"body":"kept-secret-value"}',
  response: '{"password":"body-credential"}',
};

/** All that is on disk while the file is in use. */
async function bytesOnDisk(row: Partial<Activity>, redact?: (text: string, charsMax: number) => string) {
  const folder = tempDir();
  const { insights } = open(folder);
  insights.record({ ...ROW, ...row }, redact);
  await insights.flush();
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("");
}

test("secrets and what is called a credential never reach the disk", async () => {
  const bytes = await bytesOnDisk(
    TELLING,
    redactor(() => ["kept-secret-value"]),
  );
  for (const secret of ["kept-secret-value", "query-credential", "header-credential", "body-credential"]) {
    expect(bytes, secret).not.toContain(secret);
  }
  expect(bytes).toContain("[redacted]");
});

test("what is nobody's secret and is called otherwise does reach it: the look at the disk sees what is there", async () => {
  const { path = "", request, response } = TELLING;
  const bytes = await bytesOnDisk({
    path: path.replace("token", "page"),
    request: request!.replace("Authorization", "Accept").replace("Bearer", "Text"),
    response: response!.replace("password", "word"),
  });
  for (const text of ["kept-secret-value", "query-credential", "header-credential", "body-credential"]) {
    expect(bytes, text).toContain(text);
  }
});

test("a process that is killed while it writes loses no row and writes none twice", async () => {
  const folder = tempDir();
  const { insights } = open(folder, { retryMs: 1 });
  const rows = 5_000;
  for (let i = 0; i < rows; i++) {
    insights.record({ ...ROW, time: i, durationMs: i / 7, path: `/${i}` });
    if (i % 500 === 499) {
      const writing = insights.flush();
      await new Promise((resolve) => setTimeout(resolve, (i / 500) % 5));
      for (const pid of databaseProcesses()) process.kill(pid, "SIGKILL");
      await writing;
    }
  }
  await vi.waitFor(async () => {
    await insights.flush();
    expect((await reader(folder).query(ALL)).length).toBeGreaterThanOrEqual(rows);
  }, WAIT);
  await insights.stop();
  const got = paths(await reader(folder).query(ALL));
  expect(new Set(got).size).toBe(rows);
  expect(got).toHaveLength(rows);
});

test("while the file cannot be opened rows wait, with one warning; then they are written", async () => {
  const folder = tempDir();
  const path = join(folder, "insights.db");
  mkdirSync(path);
  const { insights, warnings } = open(folder, { retryMs: 5 });
  for (let i = 0; i < 700; i++) insights.record({ ...ROW, path: `/${i}` });
  for (let i = 0; i < 5; i++) await insights.flush();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain("cannot be recorded");
  rmdirSync(path);
  await vi.waitFor(async () => expect(await reader(folder).query(ALL)).toHaveLength(700), WAIT);
  expect(warnings).toHaveLength(1);
});

test("rows that the file will not take are given up after some tries, and others are written", async () => {
  const folder = await recorded({ path: "/old" });
  const refusal =
    "CREATE TRIGGER picky BEFORE INSERT ON activity WHEN NEW.path = '/bad' BEGIN SELECT RAISE(FAIL, 'no'); END";
  await inFile(folder, async (db) => await db.script(refusal));
  const { insights, warnings } = open(folder, { retryMs: 1 });
  for (const path of ["/bad", "/bad"]) insights.record({ ...ROW, path });
  for (let i = 1; i < INSIGHTS_TRIES_MAX; i++) await insights.flush();
  insights.record({ ...ROW, time: ROW.time + 1, path: "/good" });
  await vi.waitFor(async () => {
    await insights.flush();
    const got = await reader(folder).query({ ...ALL, sinceMs: ROW.time });
    expect(paths(got)).toEqual([
      "/good",
      "/insights/dropped: 2 rows were dropped, more came than could be written",
      "/old",
    ]);
  }, WAIT);
  expect(warnings).toHaveLength(1);
});

test("whoever waits for rows to be written gets all that were recorded before, whatever is going on", async () => {
  const folder = tempDir();
  const { insights } = open(folder);
  const look = reader(folder);
  for (let i = 1; i <= 30; i++) {
    for (let row = 0; row < 333; row++) insights.record(ROW);
    if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (i % 5 !== 0) continue;
    await Promise.all([insights.flush(), insights.flush()]);
    expect(await look.query(ALL)).toHaveLength(333 * i);
  }
});

test.runIf(process.platform === "linux" && process.getuid?.() === 0)(
  "a disk that is full costs rows at worst, and recording goes on when there is room again",
  async () => {
    const folder = tempDir();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=512k", "none", folder]);
    const { insights, warnings } = open(folder, { retryMs: 5 });
    try {
      insights.record({ ...ROW, path: "/first" });
      await insights.flush();
      const filler = join(folder, "filler");
      try {
        for (let i = 0; i < 1_000; i++) writeFileSync(filler, "x".repeat(4_096), { flag: "a" });
      } catch {
        // Full.
      }
      for (let i = 0; i < 200; i++) insights.record({ ...ROW, response: "y".repeat(1_000), path: `/${i}` });
      await insights.flush();
      await insights.flush();
      expect(warnings).toHaveLength(1);
      rmSync(filler);
      await vi.waitFor(async () => expect(await reader(folder).query(ALL)).toHaveLength(201), WAIT);
      expect(warnings).toHaveLength(1);
    } finally {
      await insights.stop();
      execFileSync("umount", ["-l", folder]);
    }
  },
);

test("without the program nothing is recorded, and nobody but the user notices", async () => {
  const folder = tempDir();
  const { insights, warnings } = open(folder, { program: join(folder, "not-there"), retryMs: 5 });
  insights.record(ROW);
  await insights.flush();
  insights.record(ROW);
  await insights.flush();
  await insights.stop();
  expect(warnings).toHaveLength(1);
  expect(readdirSync(folder)).toEqual([]);
});

test("a program that never answers does not hold up the end of the host", async () => {
  const folder = tempDir();
  const program = join(folder, "hangs");
  const pidFile = join(folder, "pid");
  writeFileSync(program, `#!/bin/sh\necho $$ > '${pidFile}'\nexec /bin/sleep 1000\n`, { mode: 0o755 });
  const { insights } = open(folder, { program });
  insights.record(ROW);
  await insights.stop();
  await untilGone(Number(await untilLine(pidFile)));
});

const damage: [string, (path: string) => void][] = [
  ["no database at all", (path) => writeFileSync(path, "this is no database, ".repeat(1_000))],
  ["a database with a page of rubbish", (path) => spoilPages(path)],
];

test.each(damage)("a damaged file is put aside and a new one begun: %s", async (_, spoil) => {
  const folder = await recorded(...Array.from({ length: 500 }, (_, i) => ({ time: i, response: "z".repeat(3_000) })));
  spoil(join(folder, "insights.db"));
  const { insights, warnings } = open(folder);
  insights.record({ ...ROW, path: "/new" });
  await insights.stop();
  expect(paths(await reader(folder).query(ALL))).toEqual(["/new"]);
  expect(warnings).toEqual([expect.stringContaining("was damaged and is put aside")]);
  expect(readdirSync(folder).filter((name) => name.startsWith("insights.db.damaged-"))).toHaveLength(1);
});

/** Leaves the first page alone, so that it still looks like a database. */
function spoilPages(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 4_096);
  writeFileSync(path, bytes);
}

test("a file in which the table is another one is put aside as well", async () => {
  for (const change of ["DROP TABLE activity", "ALTER TABLE activity RENAME COLUMN trace_id TO trace"]) {
    const folder = await recorded({ path: "/old" });
    await inFile(folder, async (db) => await db.script(change));
    const { insights, warnings } = open(folder);
    insights.record({ ...ROW, path: "/new" });
    await insights.stop();
    expect(paths(await reader(folder).query(ALL))).toEqual(["/new"]);
    expect(warnings).toEqual([expect.stringContaining("was damaged and is put aside")]);
  }
});

test("what the file says of itself in its messages does not matter: rows that it refuses are given up, and it stays", async () => {
  for (const words of ["database is locked", "disk I/O error, readonly", "no such table: activity"]) {
    const folder = await recorded({ path: "/old" });
    const refusal = `CREATE TRIGGER picky BEFORE INSERT ON activity WHEN NEW.path = '/bad' BEGIN SELECT RAISE(FAIL, '${words}'); END`;
    await inFile(folder, async (db) => await db.script(refusal));
    const { insights } = open(folder, { retryMs: 1 });
    insights.record({ ...ROW, path: "/bad" });
    for (let i = 0; i < INSIGHTS_TRIES_MAX; i++) await insights.flush();
    insights.record({ ...ROW, path: "/good" });
    await insights.stop();
    expect(paths(await reader(folder).query(ALL))).toEqual(expect.arrayContaining(["/good", "/old"]));
    expect(readdirSync(folder).filter((name) => name.includes("damaged"))).toEqual([]);
  }
});

test("of several hosts that find the file damaged one puts it aside, and all go on in the new one", async () => {
  const folder = tempDir();
  writeFileSync(join(folder, "insights.db"), "rubbish ".repeat(1_000));
  const hosts = Array.from({ length: 4 }, () => open(folder, { retryMs: 5 }));
  for (const { insights } of hosts) insights.record(ROW);
  await vi.waitFor(async () => expect(await reader(folder).query(ALL)).toHaveLength(4), WAIT);
  expect(readdirSync(folder).filter((name) => name.startsWith("insights.db.damaged-"))).toHaveLength(1);
  expect(hosts.flatMap(({ warnings }) => warnings)).toHaveLength(1);
});

test("a file that is taken away while it is in use is made anew", async () => {
  const folder = tempDir();
  const { insights } = open(folder);
  insights.record({ ...ROW, path: "/before" });
  await insights.flush();
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  insights.record({ ...ROW, path: "/after" });
  await insights.flush();
  expect(paths(await reader(folder).query(ALL))).toEqual(["/after"]);
});

test("a file of a later version is read, but not written", async () => {
  const folder = await recorded({ path: "/old" });
  await inFile(
    folder,
    async (db) => await db.script("PRAGMA user_version = 2; ALTER TABLE activity ADD COLUMN more TEXT"),
  );
  const { insights, warnings } = open(folder);
  insights.record(ROW);
  await insights.flush();
  insights.record(ROW);
  await insights.stop();
  expect(warnings).toEqual([expect.stringContaining("later Osprey")]);
  expect(paths(await reader(folder).query(ALL))).toEqual(["/old"]);
});

test("rows that are older than allowed are removed; one that is not stays", async () => {
  const now = Date.now();
  const folder = await recorded({ time: now - 60_000, path: "/old" }, { time: now, path: "/young" });
  const { insights } = open(folder, { ageMsMax: 30_000 });
  insights.record({ ...ROW, time: now, path: "/new" });
  await insights.stop();
  expect(paths(await reader(folder).query(ALL))).toEqual(["/new", "/young"]);
});

test("rows are removed many at once: one that is hardly too old stays until others are older", async () => {
  const now = Date.now();
  const folder = await recorded({ time: now - 1_000_000, path: "/old" });
  const first = open(folder, { ageMsMax: 999_000 });
  first.insights.record({ ...ROW, time: now, path: "/new" });
  await first.insights.stop();
  expect(paths(await reader(folder).query(ALL))).toEqual(["/new", "/old"]);
  const second = open(folder, { ageMsMax: 980_000 });
  second.insights.record({ ...ROW, time: now, path: "/newer" });
  await second.insights.stop();
  expect(paths(await reader(folder).query(ALL))).toEqual(["/newer", "/new"]);
});

test("a file that is too large loses its oldest rows and really shrinks", async () => {
  const many = Array.from({ length: 2_000 }, (_, time) => ({ time: ROW.time + time, response: "z".repeat(2_000) }));
  const folder = await recorded(...many);
  const path = join(folder, "insights.db");
  const before = statSync(path).size;
  const bytesMax = Math.floor(before / 2);
  const { insights } = open(folder, { bytesMax });
  insights.record({ ...ROW, time: ROW.time + many.length, path: "/new" });
  await insights.stop();
  expect(statSync(path).size).toBeLessThanOrEqual(bytesMax);
  const rows = await reader(folder).query(ALL);
  expect(rows.length).toBeGreaterThan(many.length / 4);
  expect(rows.map(({ time }) => time)).toEqual(rows.map((_, i) => ROW.time + many.length - i));
  // At the limit nothing is removed.
  const same = open(folder, { bytesMax: statSync(path).size });
  same.insights.record({ ...ROW, time: ROW.time + many.length + 1 });
  await same.insights.stop();
  expect((await reader(folder).query(ALL)).length).toBeGreaterThanOrEqual(rows.length);
});

test("forgetting removes all rows, and ids are not used again", async () => {
  const folder = await recorded({}, {}, {});
  expect(await reader(folder).clear()).toBe(3);
  expect(await reader(folder).query(ALL)).toEqual([]);
  expect(await reader(tempDir()).clear()).toBe(0);
  const { insights } = open(folder);
  insights.record(ROW);
  await insights.stop();
  expect((await reader(folder).query(ALL)).map(({ id }) => id)).toEqual([4]);
});

test("reading makes no file, and there is nothing to read before one is there", async () => {
  const folder = tempDir();
  expect(await reader(folder).query(ALL)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, "insights.db"), "");
  expect(await reader(folder).query(ALL)).toEqual([]);
});

/** Follows until the test ends; what came so far. */
function follow(folder: string, filter: Partial<InsightsFilter> = {}): string[] {
  const got: string[] = [];
  const over = new AbortController();
  const following = reader(folder).follow({ ...ALL, ...filter }, ({ path }) => got.push(path), over.signal);
  onTestFinished(async () => {
    over.abort();
    await following;
  });
  return got;
}

test("following gives the newest rows, oldest first, then each new one once", async () => {
  const folder = await recorded({ time: 3, path: "/3" }, { time: 1, path: "/1" }, { time: 2, path: "/2" });
  const got = follow(folder, { limit: 2 });
  await vi.waitFor(() => expect(got).toEqual(["/2", "/3"]), WAIT);
  const { insights } = open(folder);
  const wanted = ["/2", "/3"];
  for (let i = 0; i < 1_300; i++) {
    insights.record({ ...ROW, time: 1_300 - i, path: `/new/${i}` });
    wanted.push(`/new/${i}`);
    if (i % 400 === 0) await insights.flush();
  }
  await vi.waitFor(() => expect(got).toHaveLength(wanted.length), WAIT);
  expect(got).toEqual(wanted);
});

test("following waits for the first row, goes on in a new file, and shows only what was asked for", async () => {
  const folder = tempDir();
  const got = follow(folder, { pluginId: "test.one" });
  const { insights } = open(folder);
  insights.record({ ...ROW, path: "/other", pluginId: "test.other" });
  insights.record({ ...ROW, path: "/first" });
  await vi.waitFor(() => expect(got).toEqual(["/first"]), WAIT);
  await insights.stop();
  for (const name of readdirSync(folder)) renameSync(join(folder, name), join(tempDir(), name));
  const next = open(folder).insights;
  next.record({ ...ROW, path: "/in the new file" });
  await vi.waitFor(() => expect(got).toEqual(["/first", "/in the new file"]), WAIT);
});

test("a reader in the middle of a long look does not hold up whoever writes", async () => {
  const folder = await recorded({});
  await inFile(folder, async (db) => {
    await execute(db, "BEGIN");
    await rowsOf(db, "SELECT * FROM activity");
    const { insights, warnings } = open(folder);
    insights.record({ ...ROW, path: "/meanwhile" });
    await insights.stop();
    expect(warnings).toEqual([]);
  });
  expect(paths(await reader(folder).query(ALL))).toContain("/meanwhile");
});

test("nothing is left over when recording has stopped", async () => {
  await recorded({});
  await vi.waitFor(() => expect(databaseProcesses()).toEqual([]), WAIT);
});
