// What a plugin keeps in its database, through the real program: it survives everything that the plugin and its host go
// through, and nobody else can read it.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import { databasePids } from "../helpers/plugin-databases.ts";
import { untilGone } from "../helpers/processes.ts";
import { runCli, type StartedCli, startCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome, type TempHome } from "../helpers/temp-home.ts";

let home: TempHome;
beforeAll(() => {
  home = makeTempHome();
});
afterAll(() => home.remove());

const ID = "test.stores";

interface Call {
  readonly tool: string;
  readonly sql?: string;
  readonly params?: unknown;
  readonly path?: string;
}

function place({ data = tempDir(), id = ID }: { data?: string; id?: string } = {}) {
  installFixture(data, "stores", { id });
  const env = { ...home.env, OSAURUS_HOME: data };
  const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env });
  const line = (tool: string, args: unknown) => [
    "tools",
    "call",
    id,
    tool,
    "--args",
    JSON.stringify(args),
    "--json",
    "--yes",
  ];
  const call = async ({ tool, ...args }: Call) => await osaurus(...line(tool, args));
  /** What the host gave the plugin, as text: numbers are not read. */
  const answer = async (one: Call) => {
    const { stdout, stderr } = await call(one);
    if (!stdout.includes('"result"')) throw new Error(stdout + stderr);
    return stdout;
  };
  const result = async (one: Call) =>
    JSON.parse((JSON.parse(await answer(one)) as { result: string }).result) as Record<string, unknown>;
  const rows = async (sql: string) => (await result({ tool: "query", sql }))["rows"];
  const folder = join(data, "Tools", id, "data");
  return { data, env, osaurus, line, call, answer, result, rows, folder };
}

test("what was stored in one run is there in the next, after an upgrade, and for a plugin that makes its table in init", async () => {
  const { data, result, rows } = place();
  await result({ tool: "exec", sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, text)" });
  expect(await result({ tool: "exec", sql: "INSERT INTO notes (text) VALUES (?)", params: ["first"] })).toEqual({
    changes: 1,
    last_insert_rowid: 1,
  });
  expect(await rows("SELECT * FROM notes")).toEqual([[1, "first"]]);
  installFixture(data, "stores", { version: "2.0.0" });
  expect(await rows("SELECT * FROM notes")).toEqual([[1, "first"]]);
  expect(await rows("SELECT count(*) FROM loads")).toEqual([[5]]);
});

test("64-bit integers, doubles, texts and blobs come through the whole chain exactly", async () => {
  const { answer, result } = place();
  await result({ tool: "exec", sql: "CREATE TABLE t (a, b, c, d, e, f)" });
  await answer({
    tool: "exec",
    sql: "INSERT INTO t VALUES (9223372036854775807, -9223372036854775808, 0.1, 'é\u0001\"', x'00ff', NULL)",
  });
  const { result: text } = JSON.parse(await answer({ tool: "query", sql: "SELECT * FROM t" })) as { result: string };
  expect(text).toBe(
    '{"columns":["a","b","c","d","e","f"],"rows":[[9223372036854775807,-9223372036854775808,0.1,"é\\u0001\\"","AP8=",null]]}',
  );
  const inserted = { tool: "query", sql: "SELECT ?1 + 0, typeof(?2), ?3", params: [9007199254740992, 1.5, true] };
  expect((await result(inserted))["rows"]).toEqual([[9007199254740992, "real", 1]]);
});

test("parameters that are no JSON are ignored, and so is a second statement; both are said", async () => {
  const { call } = place();
  const { stdout, stderr } = await call({ tool: "query", sql: "SELECT ? AS v; DROP TABLE loads", params: "{" });
  expect(JSON.parse(stdout)).toMatchObject({ result: '{"columns":["v"],"rows":[[null]]}' });
  expect(stderr).toContain("first statement");
  expect(stderr).toContain("no JSON");
});

test("what is not the plugin's business is refused, and the way out of its folder is closed", async () => {
  const { data, result } = place();
  const outside = join(data, "outside.db");
  for (const sql of [
    `ATTACH '${outside}' AS x`,
    `VACUUM INTO '${outside}'`,
    "PRAGMA key = 'x'",
    "PRAGMA journal_mode = DELETE",
  ]) {
    expect(await result({ tool: "exec", sql }), sql).toMatchObject({
      code: "forbidden",
      error: "Forbidden SQL statement",
    });
  }
  expect(existsSync(outside)).toBe(false);
});

test("two plugins have two databases; each file is readable by its user alone, and by nobody without the key", async () => {
  const one = place();
  await one.result({ tool: "exec", sql: "CREATE TABLE t (v)" });
  await one.result({ tool: "exec", sql: "INSERT INTO t VALUES ('a remarkable value')" });
  installFixture(one.data, "keeps-settings");
  const other = await one.osaurus("tools", "call", "test.keeps-settings", "db", "--json", "--yes");
  expect(JSON.parse(other.stdout)).toMatchObject({ ok: true, result: '{"columns":["1"],"rows":[[1]]}' });
  expect(existsSync(join(one.data, "Tools/test.keeps-settings/data/data.db"))).toBe(true);
  for (const name of readdirSync(one.folder)) {
    const path = join(one.folder, name);
    expect(statSync(path).mode & 0o077, name).toBe(0);
    for (const text of ["remarkable", "SQLite format"]) expect(readFileSync(path).includes(text), name).toBe(false);
  }
});

test("a transaction is rolled back when the plugin crashes in it, and when it just leaves it open", async () => {
  const { call, result, rows } = place();
  await result({ tool: "exec", sql: "CREATE TABLE t (v)" });
  const crashed = await call({ tool: "crash", sql: "INSERT INTO t VALUES (1)" });
  expect(JSON.parse(crashed.stdout)).toMatchObject({ ok: false });
  expect(await result({ tool: "hold", sql: "INSERT INTO t VALUES (2)" })).toMatchObject({ changes: 1 });
  expect(await rows("SELECT * FROM t")).toEqual([]);
});

test("killing the whole program, or the process of the database alone, loses nothing that was acknowledged", async () => {
  for (const victim of ["program", "database", "program", "database"] as const) {
    const { env, line, rows, data } = place();
    const path = join(data, "acknowledged");
    const program = startCli(line("acknowledge", { path }), { program: "osaurus", env });
    const lines = () => (existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : []);
    await vi.waitFor(() => expect(lines().length).toBeGreaterThan(50), { timeout: 10_000 });
    const pids = databasePids(program.child.pid);
    if (victim === "program") program.child.kill("SIGKILL");
    else await killUntilOver(program, () => lines().length);
    const { stdout } = await program.result;
    for (const pid of pids) await untilGone(pid);
    if (victim === "database") expect(stdout).toContain("database_stopped");
    const last = Number(lines().at(-1));
    const [[count, max] = []] = (await rows("SELECT count(*), max(n) FROM numbers")) as number[][];
    expect(count).toBe(max);
    // One more may have been written whose acknowledgement nobody saw.
    expect([last, last + 1]).toContain(max);
  }
});

/** One that is killed between two statements is replaced, and the plugin sees nothing of it: the next one is, in its turn. */
async function killUntilOver(program: StartedCli, acknowledged: () => number): Promise<void> {
  let isOver = false;
  void program.result.then(() => {
    isOver = true;
  });
  while (!isOver) {
    for (const pid of databasePids(program.child.pid)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended just now.
      }
    }
    // One that is killed while it opens the file is replaced as well: only one that works is worth it.
    const before = acknowledged();
    const isAtWork = () => isOver || acknowledged() > before;
    await vi.waitFor(() => expect(isAtWork()).toBe(true), { timeout: 20_000, interval: 2 });
  }
}

test("while another host has the database open, a plugin hears so", async () => {
  const { env, line, result, data } = place();
  const path = join(data, "acknowledged");
  const other = startCli(line("acknowledge", { path }), { program: "osaurus", env });
  onTestFinished(() => void other.child.kill("SIGKILL"));
  await vi.waitFor(() => expect(existsSync(path)).toBe(true), { timeout: 10_000 });
  expect(await result({ tool: "query", sql: "SELECT 1" })).toMatchObject({
    error: "database_in_use",
    message: expect.stringContaining(String(other.child.pid)),
  });
  other.child.kill("SIGKILL");
  await once(other.child, "close");
});

test("a damaged file is put aside, and the user is told where", async () => {
  const { call, folder, rows } = place();
  await call({ tool: "query", sql: "SELECT 1" });
  writeFileSync(join(folder, "data.db"), "this is no database, and long enough to be looked at".repeat(200));
  const { stderr } = await call({ tool: "query", sql: "SELECT 1" });
  const aside = readdirSync(folder).find((name) => name.startsWith("data.db.damaged-"))!;
  expect(stderr).toContain(join(folder, aside));
  expect(readFileSync(join(folder, aside), "utf8")).toContain("this is no database");
  expect(await rows("SELECT 1")).toEqual([[1]]);
});

test("with another key the file is not touched, and says how to get the key back", async () => {
  const { result, folder } = place();
  await result({ tool: "exec", sql: "CREATE TABLE t (v)" });
  const before = readFileSync(join(folder, "data.db"));
  writeFileSync(join(folder, "data.db-key"), '{"key_id":"of another computer"}');
  const other = place();
  await other.result({ tool: "query", sql: "SELECT 1" });
  writeFileSync(join(other.folder, "data.db"), before);
  writeFileSync(join(other.folder, "data.db-key"), '{"key_id":"of another computer"}');
  expect(await other.result({ tool: "query", sql: "SELECT v FROM t" })).toMatchObject({
    error: "data_key_missing",
    message: expect.stringContaining("osaurus secrets recover"),
  });
  expect(readFileSync(join(other.folder, "data.db"))).toEqual(before);
});

/** Puts a file system at a folder that is small enough to fill. Whether that can be done: it is a privilege. */
function mountSmallDisk(path: string): boolean {
  mkdirSync(path, { recursive: true });
  if (process.platform !== "linux") return false;
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", path]).status !== 0) return false;
  onTestFinished(() => void spawnSync("umount", ["-l", path]));
  return true;
}

test("on a full disk a plugin hears it in SQLite's words, and nothing that was acknowledged is lost", async ({
  skip,
}) => {
  const { answer, rows, result, folder, data } = place();
  if (!mountSmallDisk(folder)) return skip("a small file system cannot be mounted here");
  const path = join(data, "acknowledged");
  expect(await answer({ tool: "acknowledge", path })).toContain("database or disk is full");
  const lines = readFileSync(path, "utf8").trim().split("\n");
  expect(lines.length).toBeGreaterThan(100);
  const all = [[lines.length, lines.length]];
  expect(await rows("SELECT count(*), max(n) FROM numbers")).toEqual(all);
  expect(spawnSync("mount", ["-o", "remount,size=8m", folder]).status).toBe(0);
  expect(await rows("SELECT count(*), max(n) FROM numbers")).toEqual(all);
  expect(await result({ tool: "exec", sql: "INSERT INTO numbers (pad) VALUES (1)" })).toMatchObject({ changes: 1 });
});

test("uninstalling removes the database with everything beside it, and --keep-data keeps it", async () => {
  const { data, osaurus, result, rows, folder } = place();
  await result({ tool: "exec", sql: "CREATE TABLE t (v)" });
  expect((await osaurus("tools", "uninstall", ID, "--keep-data")).code).toBe(0);
  installFixture(data, "stores");
  expect(await rows("SELECT v FROM t")).toEqual([]);
  expect((await osaurus("tools", "uninstall", ID)).code).toBe(0);
  expect(existsSync(folder)).toBe(false);
  installFixture(data, "stores");
  expect(await result({ tool: "query", sql: "SELECT v FROM t" })).toMatchObject({ code: "sql_error" });
});

test("after the keys were changed everything is there, encrypted with the new one", async () => {
  const { osaurus, result, rows, folder } = place();
  await result({ tool: "exec", sql: "CREATE TABLE t (v)" });
  await result({ tool: "exec", sql: "INSERT INTO t VALUES ('kept')" });
  const note = () => readFileSync(join(folder, "data.db-key"), "utf8");
  const before = note();
  expect((await osaurus("secrets", "rekey")).code).toBe(0);
  expect(await rows("SELECT v FROM t")).toEqual([["kept"]]);
  expect(note()).not.toBe(before);
});
