// `osaurus insights` as a user runs it, on rows that real calls left behind.

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { Insights } from "../../src/insights/insights.ts";
import type { Activity } from "../../src/protocol/activity.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { runCli, type StartedCli, startCli } from "../helpers/run-cli.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const PROGRAM = join(import.meta.dirname, "../../build/native/osprey-database");
const WAIT = { timeout: 20_000 };

const home = makeTempHome();
afterAll(() => home.remove());
const options = { env: home.env, program: "osaurus" } as const;
const cli = (...args: string[]) => runCli(args, options);
const insights = (...args: string[]) => cli("insights", ...args);

interface Shown {
  readonly time: string;
  readonly plugin_id: string | null;
  readonly agent_id: string | null;
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly duration_ms: number;
  readonly request: string | null;
  readonly response: string | null;
  readonly trace_id: string | null;
  readonly error_code?: string;
}

async function rows(...args: string[]): Promise<Shown[]> {
  const { code, stdout, stderr } = await insights("--json", ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Shown[];
}

const MEMBERS = [
  "time",
  "plugin_id",
  "agent_id",
  "kind",
  "method",
  "path",
  "status",
  "duration_ms",
  "request",
  "response",
  "trace_id",
];

/** A home of its own with rows that nobody had to call a plugin for. */
async function homeWith(...given: Partial<Activity>[]) {
  const other = makeTempHome();
  onTestFinished(() => other.remove());
  const record = recorderIn(other.env["OSAURUS_HOME"]!);
  for (const row of given) record.record({ ...ROW, ...row });
  await record.stop();
  return {
    env: other.env,
    run: (...args: string[]) => runCli(["insights", ...args], { env: other.env, program: "osaurus" }),
  };
}

function recorderIn(data: string): Insights {
  const recorder = new Insights({
    path: join(data, "insights.db"),
    program: PROGRAM,
    ageMsMax: Number.MAX_SAFE_INTEGER,
    warn(text) {
      throw new Error(text);
    },
  });
  onTestFinished(() => recorder.stop());
  return recorder;
}

const ROW: Activity = {
  time: Date.parse("2026-01-02T03:04:05.006Z"),
  pluginId: "test.one",
  agentId: DEFAULT_AGENT_ID,
  kind: "host",
  method: "GET",
  path: "/host-api/models",
  status: 200,
  durationMs: 1.23456,
  request: null,
  response: "[]",
  traceId: "trace-1",
};

beforeAll(async () => {
  const call = await cli(
    "tools",
    "call",
    "--library",
    nativeFixture("echoes"),
    "echo",
    "--args",
    '{"ok":true,"n":42}',
    "--yes",
  );
  expect(call.code, call.stderr).toBe(0);
});

test("a tool's call leaves a row that names the tool, with what was asked and answered", async () => {
  const all = await rows();
  const row = all.find(({ kind }) => kind === "tool")!;
  expect(Object.keys(row)).toEqual(MEMBERS);
  expect(row).toMatchObject({ agent_id: DEFAULT_AGENT_ID, status: 200, method: "POST" });
  expect(row.path).toContain("echo");
  expect(row.path).not.toMatch(/^\/host-api\//);
  expect(row.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(row.duration_ms).toBeGreaterThan(0);
  expect(row.request).toContain('"n":42');
  expect(row.trace_id).toEqual(expect.any(String));
  expect(all.map(({ time }) => time)).toEqual(
    all
      .map(({ time }) => time)
      .toSorted()
      .reverse(),
  );
  expect(statSync(join(home.env["OSAURUS_HOME"]!, "insights.db")).mode & 0o777).toBe(0o600);
});

test("the call that crashes a plugin leaves its row, and so does the crash", async () => {
  const before = (await rows()).length;
  const call = await cli("tools", "call", "--library", nativeFixture("segfaults"), "misbehave", "--yes");
  expect(call.code).toBe(30);
  const all = await rows();
  expect(all.length).toBeGreaterThan(before);
  expect(all.find(({ kind, path }) => kind === "tool" && path.includes("misbehave"))).toMatchObject({
    status: 502,
    error_code: "plugin_crashed",
  });
  expect(all.find(({ kind }) => kind === "crash")).toBeDefined();
});

test("rows are chosen by flags, all of which must hold", async () => {
  const { run } = await homeWith(
    { path: "/old", time: Date.now() - 3 * 3_600_000 },
    { path: "/young", time: Date.now() - 1_000 },
    { path: "/bad", status: 404, errorCode: "not_found", time: 1, kind: "log", request: '{"user":7}' },
    { path: "/worse", status: 500, time: 2, kind: "tool", durationMs: 900 },
    {
      ...{ path: "/two", pluginId: "test.two", time: 3, agentId: "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE" },
      ...{ traceId: "t-2", taskId: "task-3" },
    },
  );
  const chosen = async (...args: string[]) => {
    const { code, stdout, stderr } = await run("--json", ...args);
    expect(code, stderr).toBe(0);
    return (JSON.parse(stdout) as Shown[]).map(({ path }) => path);
  };
  expect(await chosen()).toEqual(["/young", "/old", "/two", "/worse", "/bad"]);
  expect(await chosen("--since", "1h")).toEqual(["/young"]);
  expect(await chosen("--since", "90s")).toEqual(["/young"]);
  expect(await chosen("--since", "2d")).toEqual(["/young", "/old"]);
  expect(await chosen("--since", "1970-01-01T00:00:00.002Z", "--limit", "3")).toEqual(["/young", "/old", "/two"]);
  expect(await chosen("--status", "404")).toEqual(["/bad"]);
  expect(await chosen("--status", "5xx")).toEqual(["/worse"]);
  expect(await chosen("--status", "error")).toEqual(["/worse", "/bad"]);
  expect(await chosen("--plugin", "test.two")).toEqual(["/two"]);
  expect(await chosen("--agent", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")).toEqual(["/two"]);
  expect(await chosen("--agent", "default", "--kind", "tool")).toEqual(["/worse"]);
  expect(await chosen("--trace", "t-2")).toEqual(["/two"]);
  expect(await chosen("--text", "WORS")).toEqual(["/worse"]);
  expect(await chosen("--task", "task-3")).toEqual(["/two"]);
  expect(await chosen("--min-ms", "900")).toEqual(["/worse"]);
  expect(await chosen("--since", "2d", "--until", "1h")).toEqual(["/old"]);
  expect(await chosen("--field", "user=7")).toEqual(["/bad"]);
  expect(await chosen("-n", "1")).toEqual(["/young"]);
  expect(await chosen("-n", "0")).toEqual([]);
  expect(await chosen("--plugin", "test.two", "--status", "404")).toEqual([]);
});

test("a row has null for what is not there, and an error code only where there is one", async () => {
  const { run } = await homeWith(
    { pluginId: "", agentId: undefined, traceId: undefined, response: null },
    { time: ROW.time + 1, errorCode: "not_found", status: 404 },
  );
  expect(JSON.parse((await run("--json")).stdout)).toEqual([
    {
      time: "2026-01-02T03:04:05.007Z",
      plugin_id: "test.one",
      agent_id: DEFAULT_AGENT_ID,
      kind: "host",
      method: "GET",
      path: "/host-api/models",
      status: 404,
      duration_ms: 1.235,
      request: null,
      response: "[]",
      trace_id: "trace-1",
      error_code: "not_found",
    },
    {
      time: "2026-01-02T03:04:05.006Z",
      plugin_id: null,
      agent_id: null,
      kind: "host",
      method: "GET",
      path: "/host-api/models",
      status: 200,
      duration_ms: 1.235,
      request: null,
      response: null,
      trace_id: null,
    },
  ]);
});

test("people get a table without the texts, and with -v also those; nothing of it reaches the terminal as it is", async () => {
  const evil = "\u001b]0;owned\u0007\u009b31m";
  const { run } = await homeWith({ path: `/x${evil}`, request: `asked${evil}`, response: `answered${evil}` });
  const { code, stdout } = await run();
  expect(code).toBe(0);
  expect(stdout).toContain("test.one");
  expect(stdout).not.toContain("asked");
  const whole = (await run("-v")).stdout;
  expect(whole).toContain("asked");
  expect(whole).toContain("answered");
  for (const text of [stdout, whole, (await run("--json")).stdout]) {
    expect(text).toContain("owned");
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
});

test.each([
  ["--since", "yesterday"],
  ["--since", ""],
  ["--status", "9999"],
  ["--status", "bad"],
  ["--limit", "many"],
  ["--limit", "-1"],
  ["--limit", "100001"],
  ["--kind", "toll"],
])("a wrong value is refused and the flag named: %s %s", async (flag, value) => {
  const { code, stdout, stderr } = await insights(`${flag}=${value}`);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(flag);
});

test("an agent that there is not is refused, and all is forgotten only when all is meant", async () => {
  expect((await insights("--agent", "nobody")).code).toBe(10);
  const { code, stderr } = await insights("--clear", "--plugin", "test.one");
  expect(code).toBe(2);
  expect(stderr).toContain("--clear");
});

test("before anything was recorded there is nothing to show, which is no failure, and no file is made", async () => {
  const { env, run } = await homeWith();
  expect(await run("--json")).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
  const { code, stdout, stderr } = await run();
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(stderr).toContain("nothing was recorded");
  expect((await run("--clear")).code).toBe(0);
  expect(existsSync(join(env["OSAURUS_HOME"]!, "insights.db"))).toBe(false);
});

test("a file that cannot be read is said to be what it is, and left alone", async () => {
  const { env, run } = await homeWith();
  const path = join(env["OSAURUS_HOME"]!, "insights.db");
  writeFileSync(path, "rubbish ".repeat(1_000));
  const { code, stdout, stderr } = await run("--json");
  expect(code).toBe(20);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "database_broken" } });
  expect(stderr).toContain("move ");
  expect(readFileSync(path, "utf8")).toMatch(/^rubbish /);
});

test("rows can be forgotten", async () => {
  const { run } = await homeWith({}, {}, {});
  expect(await run("--clear", "--json")).toEqual({ code: 0, stdout: '{"removed":3}\n', stderr: "" });
  expect(JSON.parse((await run("--json")).stdout)).toEqual([]);
});

/** Follows; what was printed so far. */
function follow(env: Readonly<Record<string, string>>, ...args: string[]): { cli: StartedCli; text(): string } {
  const cli = startCli(["insights", "--follow", ...args], { env, program: "osaurus" });
  let text = "";
  cli.child.stdout!.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  onTestFinished(async () => {
    cli.child.kill("SIGKILL");
    await cli.result;
  });
  return { cli, text: () => text };
}

test("following prints old rows oldest first, then those that another process writes, until Ctrl-C", async () => {
  const { env } = await homeWith({ path: "/one", time: 1 }, { path: "/two", time: 2 });
  const { cli, text } = follow(env, "--json");
  await vi.waitFor(() => expect(text()).toContain("/two"), WAIT);
  const recorder = recorderIn(env["OSAURUS_HOME"]!);
  recorder.record({ ...ROW, path: "/three" });
  await vi.waitFor(() => expect(text()).toContain("/three"), WAIT);
  recorder.record({ ...ROW, path: "/four" });
  await vi.waitFor(() => expect(text()).toContain("/four"), WAIT);
  cli.child.kill("SIGINT");
  const { code, stdout, stderr } = await cli.result;
  expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
  const got = stdout.trimEnd().split("\n");
  expect(got.map((line) => (JSON.parse(line) as Shown).path)).toEqual(["/one", "/two", "/three", "/four"]);
});

test("following waits for the first row ever, and people get a line for each", async () => {
  const { env } = await homeWith();
  const { cli, text } = follow(env, "-v");
  const recorder = recorderIn(env["OSAURUS_HOME"]!);
  recorder.record({ ...ROW, path: "/first\nof all" });
  await vi.waitFor(() => expect(text()).toContain("answer: []\n"), WAIT);
  expect(text()).toBe("2026-01-02T03:04:05.006Z 200 GET    /first of all (test.one, 1.2 ms)\n  answer: []\n");
  cli.child.kill("SIGINT");
  expect((await cli.result).code).toBe(130);
});

test("Ctrl-C in the middle of a call leaves the call's row", async () => {
  const other = makeTempHome();
  onTestFinished(() => other.remove());
  const call = startCli(["tools", "call", "--library", nativeFixture("sleeps-forever"), "misbehave", "--yes"], {
    env: other.env,
    program: "osaurus",
  });
  onTestFinished(() => void call.child.kill("SIGKILL"));
  const data = other.env["OSAURUS_HOME"]!;
  // The load's row is on disk: the call runs, or is about to.
  await vi.waitFor(() => expect(readdirSync(data)).toContain("insights.db"), WAIT);
  call.child.kill("SIGINT");
  expect((await call.result).code).toBe(130);
  const { stdout } = await runCli(["insights", "--json", "--kind", "tool"], { env: other.env, program: "osaurus" });
  expect(JSON.parse(stdout)).toMatchObject([{ error_code: "interrupted" }]);
});
