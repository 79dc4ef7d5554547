// What is tested of projects: a check for each way in which a plugin treats its host wrongly, and tests of both kinds of plugin.

import { chmodSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { LIBRARY_SUFFIX } from "../../src/base/library-suffix.ts";
import { readProject } from "../../src/projects/project.ts";
import type { ProjectTestReport, TestRow } from "../../src/workshop/project-test-report.ts";
import { runProjectTests } from "../../src/workshop/run-project-tests.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { tempDir } from "../helpers/temp-dir.ts";

type Files = Readonly<Record<string, unknown>>;

function nativeProject(fixture: string, tests: readonly object[] = []): string {
  const files = tests.length === 0 ? {} : { "test/a.test.json": { tests } };
  return project(
    {
      "osaurus-plugin.json": { plugin_id: `test.${fixture}`, version: "1.0.0", dev: { library: "plugin" } },
      ...files,
    },
    nativeFixture(fixture),
  );
}

function project(files: Files, library?: string): string {
  const folder = tempDir();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  if (library !== undefined) cpSync(library, join(folder, `plugin${LIBRARY_SUFFIX}`));
  return folder;
}

/** On the newest host only: older ones are tried elsewhere. */
const testProject = (folder: string): Promise<ProjectTestReport> =>
  runProjectTests({
    project: readProject(folder),
    hostMin: 6,
    env: process.env,
    signal: new AbortController().signal,
  });

const HELLO = { name: "greets", tool: "hello", args: { name: "Ada" }, expect: { ok: true } };
const failedOf = (rows: readonly TestRow[]) => rows.filter(({ status }) => status === "fail");

test.each([
  ["forgets-host-texts", "leaks", "fail", "once: list_models"],
  ["frees-host-text-twice", "wrong_releases", "fail", "once: list_models"],
  ["asks-from-thread", "foreign_calls", "warn", "once: config_get"],
  ["segfaults", "crashes", "fail", "SIGSEGV"],
  ["fetches", "warnings", "warn", "no answer is recorded for GET https://api.example.com/"],
])("%s: found by the check of %s", async (fixture, code, status, detail) => {
  const request = { method: "GET", url: "https://api.example.com/" };
  const tool = fixture === "fetches" ? "fetch" : "misbehave";
  const { checks } = await testProject(nativeProject(fixture, [{ name: "is done", tool, args: { request } }]));
  const row = checks.find((one) => one.code === code);
  expect(row).toMatchObject({ status, detail: expect.stringContaining(detail) });
});

test("a sound plugin is accused of nothing", async () => {
  const { checks, tests, abi } = await testProject(nativeProject("greets", [HELLO]));
  expect([...checks, ...tests].filter(({ status }) => status !== "ok")).toEqual([]);
  expect(abi).toMatchObject([{ host: 6, loads: true, crashed: false }]);
});

test("tools without descriptions and schemas are named", async () => {
  const { checks } = await testProject(nativeProject("echoes"));
  expect(failedOf(checks)).toMatchObject([{ code: "tool_schemas", detail: expect.stringContaining("echo") }]);
});

test("a plugin that does not load is one failure, with why", async () => {
  const { checks, tests } = await testProject(nativeProject("load-init-crashes", [HELLO]));
  expect(tests).toEqual([]);
  expect(checks).toMatchObject([{ code: "loads", status: "fail", detail: expect.stringContaining("load_crashed") }]);
});

test("routes, agents, the clock and recorded answers are at the disposal of tests", async () => {
  const routes = nativeProject("counts-requests", [
    {
      name: "open",
      route: { path: "/open", as: "anybody" },
      expect: { status: 200, json: { told: "only the owner" } },
    },
    { name: "closed", route: { path: "/secret", as: "anybody" }, expect: { status: 401 } },
    { name: "sent", route: { path: "/secret", method: "post", body: { a: 1 } } },
    { name: "wrong", route: { path: "/hits" }, expect: { headers: { "content-type": "text/html" } } },
  ]);
  expect((await testProject(routes)).tests.map(({ status }) => status)).toEqual(["ok", "ok", "ok", "fail"]);
  const url = "https://api.example.com/";
  const fetches = project(
    {
      "osaurus-plugin.json": { plugin_id: "test.fetches", version: "1.0.0", dev: { library: "plugin" } },
      "test/a.test.json": {
        now: "2026-01-31T12:00:00Z",
        agents: ["Ben"],
        http: [{ request: { method: "GET", url }, response: { status: 200, body: "hi" } }],
        tests: [
          {
            name: "asks",
            tool: "fetch",
            agent: "Ben",
            advance_ms: 60_000,
            args: { request: { method: "GET", url } },
            expect: { result: { $contains: '"body":"hi"' } },
            host_calls: [{ name: "http_request", request: { url }, inContext: true }],
          },
        ],
      },
    },
    nativeFixture("fetches"),
  );
  expect(failedOf((await testProject(fetches)).tests)).toEqual([]);
});

test("one call may use settings, recorded answers, the model and tasks; the next test sees nothing of it", async () => {
  const url = "https://api.example.com/notes";
  const ENDED = { kind: "completed", payload: { output: "There are three." } };
  const folder = project(
    {
      "osaurus-plugin.json": { plugin_id: "test.asks-everybody", version: "1.0.0", dev: { library: "plugin" } },
      "test/a.test.json": {
        config: { source: url },
        http: [{ request: { method: "GET", url }, response: { status: 200, body: "three notes" } }],
        model: { turns: [{ text: "There are three." }] },
        tests: [
          {
            name: "asks everybody",
            tool: "misbehave",
            expect: {
              result: {
                fetched: { body: "three notes" },
                said: { choices: [{ message: { content: "There are three." } }] },
                vectors: { data: [{ index: 0, embedding: { $type: "list" } }] },
              },
            },
            host_calls: ["config_get", "http_request", "complete", "embed", "dispatch"].map((name) => ({ name })),
            events: [{ kind: "started" }, ENDED],
          },
          { name: "starts nothing", tool: "echo", events: [ENDED] },
        ],
      },
    },
    nativeFixture("asks-everybody"),
  );
  const [asks, starts] = (await testProject(folder)).tests;
  expect(asks).toMatchObject({ status: "ok", detail: "" });
  expect(starts).toMatchObject({
    status: "fail",
    detail: expect.stringMatching(/^events\[0\]: expected .*, got \[\]$/),
  });
});

test("a test that does not say what it expects fails when the call does", async () => {
  const { tests } = await testProject(
    nativeProject("greets", [
      { name: "greets", tool: "hello" },
      { name: "is refused", tool: "hello", consent: "denied" },
      { name: "is refused, as expected", tool: "hello", consent: "denied", expect: { kind: "user_denied" } },
      { name: "is not there", route: { path: "/none" } },
      { name: "is not there and has a body", route: { path: "/none" }, expect: { body: { $any: true } } },
      { name: "is not there, as expected", route: { path: "/none" }, expect: { status: 404 } },
    ]),
  );
  expect(tests.map(({ status }) => status)).toEqual(["ok", "fail", "ok", "fail", "fail", "ok"]);
  expect(tests[1]!.detail).toBe("ok: expected true, got false");
  expect(tests[3]!.detail).toBe('status: expected "below 400", got 404');
});

const OSP = `#!/bin/sh
case "$1" in
--describe) echo '{"protocol_version":1,"plugin_id":"hello","plugin_version":"1.0.0","commands":[{"name":"hello","about":"Greets."}]}' ;;
hello) echo '{"protocol_version":1,"ok":true,"data":[{"greeting":"Hello, '"\${2:-world}\${MARK}"'!"}],"error":null,"messages":[],"meta":{}}' ;;
esac
`;

function processProject(program: string, tests: readonly object[]): string {
  const folder = project({
    "osp-plugin.json": { plugin_id: "hello", version: "1.0.0", dev: { executable: "osp-hello" } },
    "osp-hello": program,
    "test/hello.test.json": { tests },
  });
  chmodSync(join(folder, "osp-hello"), 0o755);
  return folder;
}

test("a process plugin's commands are run and their answers compared", async () => {
  const folder = processProject(OSP, [
    { name: "greets", command: "hello", argv: ["Ada"], expect: { ok: true, data: [{ greeting: "Hello, Ada!" }] } },
    {
      name: "with its environment",
      command: "hello",
      env: { MARK: "?" },
      expect: { data: [{ greeting: "Hello, world?!" }] },
    },
    { name: "is wrong", command: "hello", expect: { data: [{ greeting: "Good-bye" }] } },
    { name: "is not there", command: "other", error: "command_unknown" },
  ]);
  const { pluginId, checks, tests } = await testProject(folder);
  expect(pluginId).toBe("hello");
  expect(checks).toMatchObject([{ code: "description", status: "ok", detail: "hello" }]);
  expect(tests.map(({ status }) => status)).toEqual(["ok", "ok", "fail", "ok"]);
  expect(tests[2]!.detail).toBe('data[0].greeting: expected "Good-bye", got "Hello, world!"');
});

test("a command that fails, and one of another plugin, are failures without anything expected of them", async () => {
  const says = (ok: boolean, name: string) =>
    `#!/bin/sh
case "$1" in
--describe) echo '{"protocol_version":1,"plugin_id":"${name}","plugin_version":"1.0.0","commands":[{"name":"${name}","about":"Greets."}]}' ;;
*) echo '{"protocol_version":1,"ok":${ok},"data":[],"error":${ok ? "null" : '{"code":"broken","message":"It is broken."}'},"messages":[],"meta":{}}' ;;
esac
`;
  const folder = processProject(says(false, "hello"), [
    { name: "fails", command: "hello" },
    { name: "is somebody else's", command: "other" },
  ]);
  writeFileSync(join(folder, "osp-other"), says(true, "other"), { mode: 0o755 });
  const { tests } = await testProject(folder);
  expect(tests.map(({ status, detail }) => [status, detail])).toEqual([
    ["fail", "ok: expected true, got false"],
    ["fail", expect.stringContaining("osp-other, not by")],
  ]);
});

test("a process plugin whose description breaks the protocol fails by that", async () => {
  const { checks, tests } = await testProject(
    processProject("#!/bin/sh\necho '{}'\n", [{ name: "a", command: "hello" }]),
  );
  expect(tests).toEqual([]);
  expect(checks).toMatchObject([{ code: "description", status: "fail" }]);
});
