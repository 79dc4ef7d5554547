// The history's file and rules, with real files.

import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { resolvePaths } from "../../base/paths.ts";
import { loadConfig } from "../../config/load-config.ts";
import { HISTORY_ID_MAX, HISTORY_LINE_CHARS_MAX } from "../../protocol/limits.ts";
import { History, historyPath } from "./history.ts";
import { HistoryFile } from "./history-file.ts";

async function configOf(
  env: Record<string, string>,
  values: Readonly<Record<string, string | number>> = {},
  profile?: string,
) {
  const overrides = Object.entries(values).map(([key, value]) => ({ key, value, origin: "test" }));
  const paths = resolvePaths({ env, platform: "linux" });
  return await loadConfig({
    paths,
    env,
    terminal: "repl",
    profile,
    useEnv: false,
    useFile: false,
    defaultsOnly: false,
    overrides,
  });
}

function homeEnv() {
  const dir = tempDir();
  return { HOME: dir, XDG_STATE_HOME: join(dir, "state"), XDG_CONFIG_HOME: dir, USER: "ada" };
}

async function openHistory(values: Readonly<Record<string, string | number>> = {}, env = homeEnv(), profile?: string) {
  const config = await configOf(env, values, profile);
  const warnings: string[] = [];
  const history = new History({ env, cwd: "/somewhere" }, config, (text) => warnings.push(text));
  const add = async (...texts: string[]) => {
    for (const text of texts) await history.add({ text, startedAtMs: 1000, durationMs: 2.5, exitCode: 0 });
  };
  const lines = () => history.entries().map(({ command_line }) => command_line);
  return { history, add, lines, warnings, env, path: historyPath(config, { env }) };
}

test("a line is one record in a file that only its owner can read", async () => {
  const { add, path, env } = await openHistory();
  await add("plugins list");
  expect(path).toBe(join(env.XDG_STATE_HOME, "osp/history/ada@default.history"));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
    id: 1,
    command_line: "plugins list",
    timestamp_ms: 1000,
    duration_ms: 3,
    exit_status: 0,
    cwd: "/somewhere",
    hostname: expect.any(String),
    session_id: expect.any(String),
    profile: "default",
    terminal: "repl",
  });
});

test("what is of no use or holds a secret is not kept, and everything else is", async () => {
  const { add, lines } = await openHistory({ "repl.history.exclude": "ls*,*secretly*" });
  await add(
    "a",
    "a",
    " hidden",
    "!!",
    "exit",
    "quit",
    "help x",
    "history list",
    "ls -l",
    "do it secretly now",
    "mail --help",
  );
  await add("config set x.token abc", "mail --password hunter2", "b".repeat(HISTORY_LINE_CHARS_MAX + 1));
  await add("config set ui.format json", "a", "b".repeat(HISTORY_LINE_CHARS_MAX));
  expect(lines()).toEqual(["a", "mail --help", "config set ui.format json", "a", "b".repeat(HISTORY_LINE_CHARS_MAX)]);
});

test("repeated lines are kept when that was asked for", async () => {
  const { add, lines } = await openHistory({ "repl.history.dedupe": "false" });
  await add("a", "a");
  expect(lines()).toEqual(["a", "a"]);
});

test("only so many lines are kept, the newest, and their numbers stay", async () => {
  const { add, lines, history } = await openHistory({ "repl.history.max_entries": 3 });
  await add("a", "b", "c");
  expect(lines()).toEqual(["a", "b", "c"]);
  await add("d");
  expect(lines()).toEqual(["b", "c", "d"]);
  expect(history.entries().map(({ id }) => id)).toEqual([2, 3, 4]);
});

test("two shells share the file; each offers its own lines last", async () => {
  const one = await openHistory();
  const two = await openHistory({}, one.env);
  await one.add("a1");
  await two.add("b1");
  await one.add("a2");
  expect(one.lines()).toEqual(["b1", "a1", "a2"]);
  expect(two.lines()).toEqual(["a1", "a2", "b1"]);
  expect(one.history.entries().map(({ id }) => id)).toEqual([2, 1, 3]);
});

test("many shells that write at once lose nothing", async () => {
  const env = homeEnv();
  const shells = await Promise.all(Array.from({ length: 5 }, () => openHistory({}, env)));
  await Promise.all(
    shells.map((shell, index) => shell.add(...Array.from({ length: 10 }, (_, at) => `line ${index} ${at}`))),
  );
  const ids = shells[0]!.history.entries().map(({ id }) => id);
  expect(new Set(ids).size).toBe(50);
});

test("shells in programs of their own that write at the same time lose nothing, also while the file is written anew", async () => {
  const path = join(tempDir(), "shared");
  // They begin together, and are never out of each other's way for long.
  const begin = new Int32Array(new SharedArrayBuffer(4));
  const program = new URL("../../../test/fixtures/terminal/adds-history.ts", import.meta.url);
  const workers = ["a", "b"].map((name) => new Worker(program, { workerData: { path, name, count: 150, begin } }));
  const ended = workers.map((worker) => once(worker, "exit"));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  Atomics.store(begin, 0, 1);
  Atomics.notify(begin, 0);
  expect(await Promise.all(ended)).toEqual([[0], [0]]);
  const entries = new HistoryFile(path).read();
  expect(new Set(entries.map(({ id }) => id)).size).toBe(300);
  for (const name of ["a", "b"]) {
    const own = entries.filter(({ session_id }) => session_id === name);
    expect(own.map(({ command_line }) => command_line)).toEqual(Array.from({ length: 150 }, (_, at) => `line ${at}`));
  }
}, 30_000);

test("a number too large to count on from ends nothing: it is refused, or all lines get new ones", async () => {
  const { add, lines, path, history } = await openHistory();
  await add("a");
  const line = (id: number, text: string) =>
    `${JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8").split("\n")[0]!), id, command_line: text })}\n`;
  appendFileSync(
    path,
    line(Number.MAX_SAFE_INTEGER, "x") + line(HISTORY_ID_MAX + 1, "y") + line(HISTORY_ID_MAX - 1, "b"),
  );
  await add("c");
  expect(history.entries().map(({ id }) => id)).toEqual([1, HISTORY_ID_MAX - 1, HISTORY_ID_MAX]);
  await add("d", "e");
  expect(lines()).toEqual(["a", "b", "c", "d", "e"]);
  expect(history.entries().map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
});

test("a lock that nobody takes away is waited for once; what was kept is still offered", async () => {
  const { add, lines, path, warnings } = await openHistory();
  await add("a");
  const before = readFileSync(path, "utf8");
  mkdirSync(`${path}.lock`);
  await add("b", "b", "c");
  expect(lines()).toEqual(["a", "b", "c"]);
  expect(readFileSync(path, "utf8")).toBe(before);
  expect(warnings).toEqual([expect.stringContaining(`${path}.lock is in the way; remove it`)]);
});

test("a profile sees its own lines, unless all are wanted", async () => {
  const path = join(tempDir(), "shared");
  const values = { "repl.history.path": path };
  const env = homeEnv();
  await (await openHistory(values, env)).add("of default");
  const lab = await openHistory(values, env, "lab");
  await lab.add("of lab");
  expect(lab.lines()).toEqual(["of lab"]);
  expect((await openHistory({ ...values, "repl.history.profile_scoped": "false" }, env)).lines()).toEqual([
    "of default",
    "of lab",
  ]);
});

test("a corrupt file costs its bad lines only, and a cut one does not take the next line with it", async () => {
  const { add, lines, path } = await openHistory();
  await add("a");
  const whole = readFileSync(path, "utf8");
  const bad = [
    "{",
    "null",
    "[]",
    '{"id":0,"command_line":"x"}',
    '{"id":1e99,"command_line":"x"}',
    '{"id":2}',
    "\0\xff",
    `{"id":3,"command_line":"${"x".repeat(HISTORY_LINE_CHARS_MAX + 1)}","profile":"default"}`,
  ];
  appendFileSync(path, `${bad.join("\n")}\n${whole.replace('"a"', '"b"').replace('"id":1', '"id":5')}{"id":6,"comm`);
  expect(lines()).toEqual(["a", "b"]);
  await add("c");
  expect(lines()).toEqual(["a", "b", "c"]);
  const file = new HistoryFile(path);
  expect(file.read().map(({ id }) => id)).toEqual([1, 5, 6]);
  expect(await file.keep(() => true)).toBe(0);
  expect(await file.keep(({ id }) => id !== 5)).toBe(1);
  expect(readFileSync(path, "utf8")).not.toContain('"comm"');
  expect(lines()).toEqual(["a", "c"]);
});

test("a file of others' making is made private, and what is no file is left alone", async () => {
  const { add, path } = await openHistory();
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "");
  chmodSync(path, 0o666);
  await add("a");
  expect(statSync(path).mode & 0o777).toBe(0o600);

  const other = await openHistory({ "repl.history.path": "/dev/null" });
  await other.add("a", "b");
  expect(other.lines()).toEqual(["a", "b"]);
  expect(other.warnings).toEqual([expect.stringContaining("cannot be kept in /dev/null")]);
});

test("a folder in its place, or one that is closed, leaves the lines in memory, and is said once", async () => {
  const { add, lines, path, warnings } = await openHistory();
  mkdirSync(path, { recursive: true });
  await add("a", "b");
  expect(lines()).toEqual(["a", "b"]);
  expect(warnings).toHaveLength(1);
});

test("incognito, nothing is written or read", async () => {
  const before = await openHistory();
  await before.add("a");
  const { add, lines, path } = await openHistory({ "repl.history.enabled": "false" }, before.env);
  await add("b");
  expect(lines()).toEqual(["b"]);
  expect(readFileSync(path, "utf8")).not.toContain('"b"');
});

test("names of users and profiles make no path of their own", async () => {
  const env = homeEnv();
  const of = async (user: string) => historyPath(await configOf(env, { "user.name": user }), { env });
  const folder = join(env.XDG_STATE_HOME, "osp/history");
  expect(await of("../../etc/x")).toBe(join(folder, ".._.._etc_x@default.history"));
  expect(await of("a\u001b[31m\nb")).toBe(join(folder, "a_[31m_b@default.history"));
  expect(Buffer.byteLength(await of("\u{1f600}".repeat(300)))).toBeLessThan(folder.length + 255);
});

test("a link is followed, and stays a link when the file is written anew", async () => {
  const { add, path } = await openHistory({ "repl.history.max_entries": 1 });
  const target = join(tempDir(), "elsewhere");
  mkdirSync(join(path, ".."), { recursive: true });
  symlinkSync(target, path);
  await add("a");
  // Where it leads is somebody else's business.
  chmodSync(target, 0o644);
  await add("b");
  expect(statSync(target).mode & 0o777).toBe(0o644);
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect(readFileSync(target, "utf8")).toContain('"b"');
  expect(readFileSync(target, "utf8")).not.toContain('"a"');
});
