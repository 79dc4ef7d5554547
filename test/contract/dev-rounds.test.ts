// Rounds of `tools dev` on a host that serves: new code takes over without a call being dropped, and code with a mistake in
// it changes nothing.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { pluginDocument } from "../../src/host/plugin-document.ts";
import { readProject } from "../../src/projects/project.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { develop, developOnce, type FinishedRound } from "../../src/workshop/dev-loop.ts";
import { nativeTarget } from "../../src/workshop/dev-native.ts";
import { type CProjectOptions, writeCProject } from "../helpers/dev-project.ts";
import { eventually } from "../helpers/eventually.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const ID = "dev.example.hello";

function workshop(options: CProjectOptions = {}, { loadMs }: { loadMs?: number } = {}) {
  const data = tempDir();
  const env: Record<string, string | undefined> = { ...process.env, OSAURUS_HOME: data, HOME: data };
  const paths = resolvePaths({ env, platform: process.platform });
  const host = createHost({ paths, env, cwd: data, ...(loadMs === undefined ? {} : { loadMs }) });
  onTestFinished(() => host.stop());
  const target = nativeTarget({
    paths,
    withHost: (use) => use(host),
    async hostCatchesUp(pluginId) {
      const rows = (await (await host.native()).catchUp()).map((row) =>
        JSON.parse(JSON.stringify(pluginDocument(row))),
      );
      return rows.find(({ plugin_id: id }) => id === pluginId);
    },
  });
  const hello = writeCProject(join(tempDir(), "hello"), options);
  const rounds: FinishedRound[] = [];
  const user = new AbortController();
  const loop = (more: { env?: typeof env } = {}) => ({
    project: readProject(hello.folder),
    target,
    env,
    signal: user.signal,
    tryOut: async () => {},
    onRound: (round: FinishedRound) => void rounds.push(round),
    ...more,
  });
  return {
    data,
    env,
    hello,
    target,
    rounds,
    once: async (more: { env?: typeof env } = {}) => await developOnce(loop(more)),
    /** Works until the test ends. */
    start: () => {
      const working = develop(loop());
      onTestFinished(async () => {
        user.abort();
        await working.catch(() => undefined);
      });
      return { working, stop: () => user.abort() };
    },
    /** The round of that number, from 0. */
    round: (index: number) =>
      eventually(() => {
        expect(rounds.length).toBeGreaterThan(index);
        return rounds[index]!;
      }),
    async call(input: object = {}) {
      const native = await host.native();
      const call = { tool: "hello", input: JSON.stringify(input), agentId: DEFAULT_AGENT_ID };
      const { envelope } = await native.callTool(await native.plugin(ID), call);
      return envelope.ok ? (envelope.result as { text: string }).text : envelope;
    },
  };
}

test("a call that runs while a build takes over ends on the code that it began with, and the next one is on the new", async () => {
  const { once, call, hello, data } = workshop();
  await once();
  const mark = join(data, "mark");
  const running = call({ mark });
  await eventually(() => expect(existsSync(mark)).toBe(true));
  hello.say("second");
  await once();
  expect(await call()).toBe("second");
  writeFileSync(`${mark}.go`, "");
  expect(await running).toBe("first");
});

test("with calls all the time, no build in a row drops one", async () => {
  const { once, call, hello } = workshop();
  await once();
  let isOver = false;
  const words = new Set<unknown>();
  const callers = Array.from({ length: 4 }, async () => {
    while (!isOver) words.add(await call());
  });
  for (const word of ["second", "third", "fourth"]) {
    hello.say(word);
    await once();
  }
  isOver = true;
  await Promise.all(callers);
  expect([...words].sort()).toEqual(expect.arrayContaining(["first", "second"]));
  expect([...words].filter((word) => typeof word !== "string")).toEqual([]);
});

interface Mistake {
  readonly change?: (hello: ReturnType<typeof writeCProject>) => void;
  readonly dev?: CProjectOptions["dev"];
  readonly code: string;
  readonly says: string;
}

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "no library after the build": { dev: { build: "true" }, code: "build_failed", says: "after the build" },
  "nothing to build, and no library": {
    dev: { build: undefined },
    code: "build_failed",
    says: "there is no build/hello",
  },
  "a build that ends badly without a word": { dev: { build: "exit 3" }, code: "build_failed", says: "status 3" },
  "a build that is killed": { dev: { build: "kill -9 $$" }, code: "build_failed", says: "SIGKILL" },
  "a library that is none": {
    dev: { build: "mkdir -p build; echo no >build/hello.so; cp build/hello.so build/hello.dylib" },
    code: "library_wrong_machine",
    says: "cannot be loaded",
  },
  "another id in the manifest": {
    change: (hello) => hello.edit(/plugin_id\\":\\"[a-z.]+/, 'plugin_id\\":\\"other'),
    code: "plugin_id_mismatch",
    says: '"other"',
  },
  "a manifest that is none": {
    change: (hello) => hello.edit('strdup("{', 'strdup("'),
    code: "manifest_invalid",
    says: "manifest",
  },
  "init that gives nothing": {
    change: (hello) => hello.edit("return &context;", "return NULL;"),
    code: "init_failed",
    says: "init",
  },
  "init that does not return": {
    change: (hello) => hello.edit("/* here */", "for (;;) pause();"),
    code: "load_timeout",
    says: "not loaded",
  },
};

test.each(Object.entries(MISTAKES))("%s: said in words, and nothing is installed", async (_what, mistake) => {
  const { once, hello, data, rounds } = workshop(mistake.dev === undefined ? {} : { dev: mistake.dev }, {
    loadMs: 500,
  });
  mistake.change?.(hello);
  await expect(once()).rejects.toMatchObject({ code: mistake.code, message: expect.stringContaining(mistake.says) });
  expect(rounds).toEqual([]);
  expect(existsSync(join(data, "Tools", ID))).toBe(false);
});

test("a program that the build needs and that is not there is named, with the way to install it", async () => {
  const { once, env } = workshop({ dev: { build: "go build ." } });
  await expect(once({ env: { ...env, PATH: tempDir() } })).rejects.toMatchObject({
    code: "toolchain_missing",
    hint: expect.stringContaining("go"),
    details: { program: "go" },
  });
});

test("versions that differ are told and change nothing", async () => {
  const { once, hello, rounds } = workshop();
  hello.edit('version\\":\\"0.1.0', 'version\\":\\"0.2.0');
  await once();
  expect(rounds).toMatchObject([
    { state: "serving", round: { version: "0.1.0+dev", notes: [expect.stringContaining("0.2.0")] } },
  ]);
});

test("a build that comes up when it is tried and not where it serves is told of, and what served goes on", async () => {
  const { once, call, hello, data } = workshop();
  await once();
  expect(await call()).toBe("first");
  // It finds the file from its second start on: the first one was to try it.
  const path = join(data, "started");
  hello.edit(
    "/* here */",
    `if (access("${path}", F_OK) == 0) return NULL; close(open("${path}", O_CREAT | O_WRONLY, 0600));`,
  );
  hello.say("second");
  const receipt = () => readFileSync(join(data, "Tools", ID, "current/receipt.json"), "utf8");
  const before = receipt();
  await expect(once()).rejects.toMatchObject({
    code: "init_failed",
    message: expect.stringContaining("goes on there"),
  });
  expect(await call()).toBe("first");
  // Nor does it meet any other host.
  expect(receipt()).toBe(before);
  rmSync(path);
});

test("what changes during a build is built once more, however often it was saved", async () => {
  const gate = join(tempDir(), "gate");
  const { start, round, rounds, hello, call } = workshop();
  const { working, stop } = start();
  await round(0);
  // The next build waits in its middle.
  hello.edit("/* here */", "/* waits */");
  const project = join(hello.folder, "osaurus-plugin.json");
  const file = JSON.parse(readFileSync(project, "utf8")) as { dev: { build: string } };
  file.dev.build = `touch ${gate}; while [ ! -e ${gate}.go ]; do sleep 0.01; done; ${file.dev.build}`;
  await round(1);
  writeFileSync(project, JSON.stringify(file));
  await eventually(() => expect(existsSync(gate)).toBe(true));
  for (const word of ["second", "third"]) hello.say(word);
  writeFileSync(`${gate}.go`, "");
  await round(3);
  expect(await call()).toBe("third");
  expect(rounds).toHaveLength(4);
  stop();
  await working;
});

test("a project that does not build at first is waited for, and one that is removed ends the work", async () => {
  const { start, round, hello } = workshop();
  hello.edit("/* here */", "no");
  const { working } = start();
  expect(await round(0)).toMatchObject({ state: "failed", error: { code: "build_failed" } });
  hello.edit("no return", "return");
  expect(await round(1)).toMatchObject({ state: "serving" });
  rmSync(hello.folder, { recursive: true });
  await expect(working).rejects.toMatchObject({ code: "project_unknown" });
});

test("a project file that breaks or becomes another plugin's ends no loop, and is built again when it is whole", async () => {
  const { start, round, hello } = workshop();
  const { working, stop } = start();
  await round(0);
  const path = join(hello.folder, "osaurus-plugin.json");
  const whole = readFileSync(path, "utf8");
  writeFileSync(path, "{");
  expect(await round(1)).toMatchObject({ state: "failed", error: { code: "project_invalid" } });
  writeFileSync(path, whole.replace(ID, "other.plugin"));
  expect(await round(2)).toMatchObject({ state: "failed", error: { code: "project_invalid" } });
  writeFileSync(path, whole);
  expect(await round(3)).toMatchObject({ state: "serving" });
  stop();
  await working;
});

test("a loop that is ended in the middle of a build ends the build, and leaves nothing", async () => {
  const gate = join(tempDir(), "gate");
  const { start, data, target } = workshop({ dev: { build: `touch ${gate}; sleep 600` } });
  const { working, stop } = start();
  await eventually(() => expect(existsSync(gate)).toBe(true));
  stop();
  await working;
  expect(await target.end({ pluginId: ID })).toBeUndefined();
  expect(existsSync(join(data, "Tools")) ? readdirSync(join(data, "Tools")) : []).toEqual([]);
});
