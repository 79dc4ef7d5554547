// `tools dev` with the real program, as an author uses it: at once, in a loop beside a host that serves, with mistakes.

import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { type CProjectOptions, writeCProject, writePythonProject } from "../helpers/dev-project.ts";
import { eventually } from "../helpers/eventually.ts";
import { isRunning, untilGone } from "../helpers/processes.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { startServe } from "../helpers/serve.ts";
import { mountSmallDisk } from "../helpers/small-disk.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const ID = "dev.example.hello";
const base = makeTempHome();
afterAll(() => base.remove());

interface Round {
  readonly state: "serving" | "failed";
  readonly version: string;
  readonly built_ms: number;
  readonly loaded_ms: number;
  readonly ready_ms: number;
  readonly call?: { readonly ok: boolean; readonly result?: unknown };
  readonly error?: { readonly code: string; readonly message: string; readonly details?: Record<string, unknown> };
}

/** A user with folders of their own. */
function author() {
  const home = tempDir();
  const env = { ...base.env, OSAURUS_HOME: home, XDG_CONFIG_HOME: join(home, "config") };
  const run = (cwd: string, ...args: string[]) => runCli(args, { program: "osaurus", env, cwd });
  return {
    home,
    env,
    run,
    json: async <T>(cwd: string, ...args: string[]) => JSON.parse((await run(cwd, ...args, "--json")).stdout) as T,
    say: async () => (await run(home, "tools", "call", ID, "hello")).stdout.trim(),
    /** Starts the loop; it is ended with the test. */
    loop(cwd: string, ...args: string[]) {
      const started = startCli(["tools", "dev", "--json", ...args], { program: "osaurus", env, cwd });
      let text = "";
      started.child.stdout!.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
      });
      const end = async (signal: NodeJS.Signals = "SIGINT") => {
        started.child.kill(signal);
        return await started.result;
      };
      onTestFinished(async () => void (await end("SIGKILL")));
      let seen = 0;
      /** The next round that is over. */
      const round = async () =>
        await eventually(() => {
          const lines = text.split("\n").slice(0, -1);
          if (lines.length <= seen) throw new Error(`no round yet:\n${text}`);
          return JSON.parse(lines[seen++]!) as Round;
        });
      return { ...started, round, end, printed: () => text };
    },
  };
}

const untilPid = (path: string) =>
  eventually(() => {
    const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
    expect(pid).toBeGreaterThan(0);
    return pid;
  });

const project = (options?: CProjectOptions) => writeCProject(join(tempDir(), "hello"), options);

test("once: it builds, serves under its id as a marked build, and is taken away again", async () => {
  const { run, json, say, home } = author();
  const { folder } = project({ dev: { call: { tool: "hello", args: {} } } });
  const built = await json<Round>(folder, "tools", "dev", "--once");
  expect(built).toMatchObject({
    plugin_id: ID,
    version: "0.1.0+dev",
    dev: true,
    tools: ["hello"],
    call: { tool: "hello", ok: true, result: { text: "first" } },
  });
  expect(await say()).toBe("first");
  const rows = await json<object[]>(home, "tools", "list");
  expect(rows).toMatchObject([{ plugin_id: ID, version: "0.1.0+dev", state: "loaded", dev: true }]);
  const [verified, listed] = [await run(home, "tools", "verify"), await run(home, "tools", "list")];
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining("(dev)") });
  expect(listed.stdout).toMatch(/\| dev /);
  expect(await json(folder, "tools", "dev", "--stop")).toEqual({ plugin_id: ID, ended: "0.1.0+dev", version: null });
  expect(existsSync(join(home, "Tools", ID))).toBe(false);
  expect(await run(folder, "tools", "dev", "--stop")).toMatchObject({ code: 10 });
});

test("in a loop each save serves at once, a build that fails changes nothing, and Ctrl-C brings back what was installed", async () => {
  const { run, loop, say, home, env } = author();
  const installed = project({ version: "0.0.9" });
  await run(installed.folder, "tools", "dev", "--once");
  await run(home, "tools", "dev", "--stop", ID);
  expect(await run(home, "tools", "install", installed.folder, "--allow-unsigned", "--consent")).toMatchObject({
    code: 0,
  });
  await startServe(env);

  const hello = project();
  const dev = loop(hello.folder, "--call", "hello");
  expect(await dev.round()).toMatchObject({
    state: "serving",
    version: "0.1.0+dev",
    call: { result: { text: "first" } },
  });
  hello.say("second");
  const second = await dev.round();
  expect(second).toMatchObject({ state: "serving", call: { result: { text: "second" } } });
  expect(second.ready_ms).toBeGreaterThanOrEqual(second.built_ms);

  hello.say("third");
  expect(await dev.round()).toMatchObject({ call: { result: { text: "third" } } });

  hello.edit("/* here */", "int x = ;");
  const failed = await dev.round();
  expect(failed).toMatchObject({
    plugin_id: ID,
    dev: true,
    state: "failed",
    error: {
      code: "build_failed",
      hint: expect.stringMatching(/^mend hello\.c:\d+ first; what served before goes on$/),
      details: {
        mistakes: [{ file: "hello.c", severity: "error", line: expect.any(Number), column: expect.any(Number) }],
      },
    },
  });
  expect(await say()).toBe("third");

  hello.edit("int x = ;", "abort();");
  expect(await dev.round()).toMatchObject({
    state: "failed",
    error: { code: "load_crashed", details: { stack: expect.arrayContaining([expect.stringContaining("hello.c:")]) } },
  });
  expect(await say()).toBe("third");
  expect(existsSync(join(home, "Tools/.quarantine"))).toBe(false);

  const other = await run(hello.folder, "tools", "dev", "--once");
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("[dev_running]") });

  // Descriptions change all the time: nobody has to approve that.
  hello.edit("abort();", "/* here */");
  hello.edit('ABOUT "says a word"', 'ABOUT "says another word"');
  expect(await dev.round()).toMatchObject({ state: "serving", call: { ok: true } });

  expect(await dev.end("SIGINT")).toMatchObject({ code: 130 });
  expect(await say()).toBe("first");
  expect(readdirSync(join(home, "Tools", ID)).sort()).toEqual(["0.0.9", "current"]);
  expect(readdirSync(join(home, "run/dev"))).toEqual([]);
});

test("a loop that is killed leaves its build, and the next one goes on from there and cleans up", async () => {
  const { loop, say, home } = author();
  const hello = project();
  const killed = loop(hello.folder);
  await killed.round();
  // Killed while a build runs: nobody ends that one but who comes after.
  const path = join(hello.folder, "osaurus-plugin.json");
  const whole = readFileSync(path, "utf8");
  const file = JSON.parse(whole) as { dev: { build: string } };
  writeFileSync(path, JSON.stringify({ ...file, dev: { ...file.dev, build: "echo $$ >build/pid; sleep 600" } }));
  const pid = await untilPid(join(hello.folder, "build/pid"));
  // The build may say so sooner than the loop has noted it.
  await eventually(() => expect(readdirSync(join(home, "run/dev")).join()).toContain(".build"));
  await killed.end("SIGKILL");
  onTestFinished(() => {
    if (isRunning(pid)) process.kill(-pid, "SIGKILL");
  });
  expect(isRunning(pid)).toBe(true);
  writeFileSync(path, whole);
  expect(existsSync(join(home, "Tools", ID, "0.1.0+dev"))).toBe(true);
  hello.say("second");
  const dev = loop(hello.folder);
  expect(await dev.round()).toMatchObject({ state: "serving" });
  expect(await say()).toBe("second");
  await untilGone(pid);
  expect(await dev.end("SIGTERM")).toMatchObject({ code: 0 });
  expect(existsSync(join(home, "Tools", ID))).toBe(false);
});

test("whoever ends the loop twice, or where the build cannot be taken away, is told how to", async () => {
  const { loop, home, run } = author();
  const hello = writePythonProject(join(tempDir(), "hello"));
  const way = '"osaurus tools dev --stop hello" takes it away';
  // It waits for a build that does not end when it is asked to.
  const path = join(hello.folder, "osp-plugin.json");
  const whole = readFileSync(path, "utf8");
  const file = JSON.parse(whole) as { dev: object };
  const build = "trap '' TERM; touch build-runs.tmp; while :; do sleep 0.05; done";
  writeFileSync(path, JSON.stringify({ ...file, dev: { ...file.dev, build } }));
  const twice = loop(hello.folder);
  await eventually(() => expect(existsSync(join(hello.folder, "build-runs.tmp"))).toBe(true));
  const again = setInterval(() => twice.child.kill("SIGINT"), 100);
  expect(await twice.result).toMatchObject({ code: 130, stderr: expect.stringContaining(way) });
  clearInterval(again);
  writeFileSync(path, whole);
  const dev = loop(hello.folder);
  expect(await dev.round()).toMatchObject({ state: "serving" });
  // What something is mounted at cannot be removed.
  if (mountSmallDisk(join(home, "run/dev/hello/mounted")) === undefined) return;
  const ended = await dev.end();
  expect(ended).toMatchObject({ code: 130, stderr: expect.stringContaining(`${way}: cannot change`) });
  expect(ended.stderr).toContain("[install_failed]");
  expect(await run(home, "tools", "dev", "--stop", "hello")).toMatchObject({
    stderr: expect.stringContaining("[install_failed]"),
  });
});

test("what is no project is said to be none, and options that do not go together are refused", async () => {
  const { run, home } = author();
  mkdirSync(join(home, "empty"));
  const empty = await run(join(home, "empty"), "tools", "dev", "--once");
  expect(empty).toMatchObject({ code: 10, stderr: expect.stringContaining("[project_unknown]") });
  const id = await run(home, "tools", "dev", "some.plugin");
  expect(id).toMatchObject({ code: 10, stderr: expect.stringContaining("not its id") });
  for (const args of [
    ["--stop", "--once"],
    ["--args", "{}"],
  ]) {
    expect(await run(home, "tools", "dev", ...args)).toMatchObject({ code: 2 });
  }
});

test("a process plugin serves from a copy; a save replaces it, a mistake does not, and Ctrl-C takes it away", async () => {
  const { loop, env, home, run } = author();
  const hello = writePythonProject(join(tempDir(), "hello"));
  const dev = loop(hello.folder, "--call", "hello");
  expect(await dev.round()).toMatchObject({ state: "serving", call: { ok: true, result: [{ word: "first" }] } });
  const link = join(env.XDG_CONFIG_HOME, "osp/plugins/osp-hello");
  expect(readlinkSync(link)).toMatch(/\/run\/dev\/hello\/1\/osp-hello$/);
  const listed = await runCli(["plugins", "list", "--json"], { env });
  expect(JSON.parse(listed.stdout)).toMatchObject([{ plugin_id: "hello", dev: true }]);
  // Another description is another tool: the author's own need no approval.
  const word = "second\u202e\u009b";
  hello.say(word, "says something else");
  expect(await dev.round()).toMatchObject({ state: "serving", call: { ok: true, result: [{ word }] } });
  // What a plugin says does not change how a terminal shows it.
  expect(dev.printed()).not.toMatch(/[\u202e\u009b]/);
  writeFileSync(hello.words, "WORD = = 1\n");
  expect(await dev.round()).toMatchObject({
    state: "failed",
    error: { code: "build_failed", details: { mistakes: [{ file: "words.py", line: 1 }] } },
  });
  writeFileSync(hello.words, 'WORD = "third"\n');
  expect(await dev.round()).toMatchObject({ state: "failed", error: { code: "describe_failed" } });
  expect((await runCli(["hello", "--json"], { env })).stdout).toContain("second");
  expect(await dev.end()).toMatchObject({ code: 130 });
  expect(existsSync(link)).toBe(false);
  expect(readdirSync(join(home, "run/dev"))).toEqual([]);
  expect(await run(home, "tools", "dev", "--stop", "hello")).toMatchObject({ code: 10 });
});

test("a process plugin that somebody installed is not replaced", async () => {
  const { run, env } = author();
  const hello = writePythonProject(join(tempDir(), "hello"));
  const plugins = join(env.XDG_CONFIG_HOME, "osp/plugins");
  mkdirSync(plugins, { recursive: true });
  writeFileSync(join(plugins, "osp-hello"), "mine");
  const result = await run(hello.folder, "tools", "dev", "--once");
  expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining("[project_exists]") });
  expect(readFileSync(join(plugins, "osp-hello"), "utf8")).toBe("mine");
});
