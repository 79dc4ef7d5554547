// The plugin interface is frozen: plugins that were compiled against each version of it, in four languages, work. They
// are built from test/fixtures/abi against a mirror of the tables as they ended then, not against the header of the SDK.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import type { HostCall } from "../../src/protocol/host-slots.ts";
import { buildAbiFixtures } from "../helpers/build-fixtures.ts";
import { FAR, startRunner } from "../helpers/native-plugins.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const ROOT = join(import.meta.dirname, "../..");
const BUILT = join(ROOT, "build/test/fixtures/abi");
const SUFFIX = process.platform === "darwin" ? "dylib" : "so";
const CHECKED_RUNNER = join(ROOT, "build/native/address/osprey-runner");

/** Apple's compiler has no leak check. */
const FINDS_LEAKS = process.platform === "linux";

const LANGUAGES = ["c", "cpp", "rust", "go"] as const;
const VERSIONS = [1, 2, 3, 4, 5, 6] as const;
const CELLS = VERSIONS.flatMap((version) => LANGUAGES.map((language) => ({ version, language })));

/** What a plugin of each version finds, whatever language it is written in; and which lines it logs. */
const EXPECTED = {
  1: { result: { host: 0, set: "none", deleted: "none", agent: "none", taken: 0, released: 0 }, logs: [] },
  2: { result: { host: 6, set: "kept", deleted: "null", agent: "none", taken: 1, released: 1 }, logs: ["plain"] },
  3: { result: { host: 6, set: "kept", deleted: "null", agent: "none", taken: 1, released: 1 }, logs: ["plain"] },
  4: {
    result: { host: 6, set: "kept", deleted: "null", agent: DEFAULT_AGENT_ID, taken: 2, released: 2 },
    logs: ["plain"],
  },
  5: {
    result: { host: 6, set: "kept", deleted: "null", agent: DEFAULT_AGENT_ID, taken: 2, released: 2 },
    logs: ["plain", 'structured {"n":1}'],
  },
  6: {
    result: { host: 6, set: "kept", deleted: "null", agent: DEFAULT_AGENT_ID, taken: 2, released: 2 },
    logs: ["plain", 'structured {"n":1}'],
  },
} as const;

/** Where each slot lies, for ever. */
const LAYOUT = {
  host: [
    ..."version config_get config_set config_delete db_exec db_query log dispatch task_status dispatch_cancel".split(
      " ",
    ),
    ..."dispatch_clarify complete complete_stream embed list_models http_request file_read".split(" "),
    ..."list_active_tasks send_draft dispatch_interrupt dispatch_add_issue complete_cancel".split(" "),
    ..."get_active_agent_id log_structured free_string".split(" "),
  ],
  plugin: [
    ..."free_string init destroy get_manifest invoke version handle_route on_config_changed on_task_event".split(" "),
  ],
};
const LAYOUT_LINES = Object.entries(LAYOUT).flatMap(([table, slots]) => [
  ...slots.map((slot, index) => `${table} ${slot} ${8 * index}`),
  `${table} size ${8 * slots.length}`,
]);

const BUILD_MS_MAX = 300_000;
beforeAll(buildAbiFixtures, BUILD_MS_MAX);

function library(name: string): string {
  return join(BUILT, `${name}.${SUFFIX}`);
}

/** Loads a library into a host of its own, with an empty home, and calls one of its tools. */
async function useInHost(name: string) {
  const home = tempDir();
  const env = { OSAURUS_HOME: home, HOME: home };
  const logs: string[] = [];
  const host = createHost({
    paths: resolvePaths({ env, platform: "linux" }),
    env,
    cwd: home,
    // What the host itself has to say about a function that it does not serve is no line of the plugin's.
    onPluginLine({ level, text }) {
      if ((level === "info" || level === "warn") && !text.startsWith("[PluginHostAPI]")) logs.push(text);
    },
  });
  onTestFinished(() => host.stop());
  const native = await host.native();
  const plugin = await native.loadLibrary(library(name));
  const call = async (tool: string, input: string) =>
    (await native.callTool(plugin, { tool, input, agentId: DEFAULT_AGENT_ID })).envelope;
  return { abi: plugin.loaded?.abi, call, logs, isLoaded: () => plugin.state === "loaded", stop: () => host.stop() };
}

/** Loads a library into the runner that watches its memory; settings are kept in a map. */
async function useChecked(name: string) {
  const kept = new Map<string, string>();
  const runner = startRunner("abi", {
    library: library(name),
    runnerPath: CHECKED_RUNNER,
    env: FINDS_LEAKS ? { ASAN_OPTIONS: "detect_leaks=1" } : {},
    onHostCall: ({ name, args: [key, value] }: HostCall) => {
      if (name === "config_set") kept.set(key ?? "", value ?? "");
      if (name === "config_delete") kept.delete(key ?? "");
      return name === "config_get" ? (kept.get(key ?? "") ?? null) : null;
    },
  });
  await runner.ready;
  const invoke = (tool: string) =>
    runner.call("invoke", ["tool", tool, "{}"], { ...FAR, agentId: DEFAULT_AGENT_ID }).catch(() => null);
  return { invoke, runner };
}

test.each(CELLS)("version $version in $language: it loads, echoes, and uses all that its version has", async (cell) => {
  const { version, language } = cell;
  const { abi, call, logs, isLoaded } = await useInHost(`${language}-${version}`);
  expect(abi).toBe(version);
  expect(await call("echo", '{"ok":true,"result":"käse"}')).toEqual({ ok: true, tool: "echo", result: "käse" });
  expect(await call("exercise", "{}")).toEqual({ ok: true, tool: "exercise", result: EXPECTED[version].result });
  expect(logs).toEqual(EXPECTED[version].logs);
  expect(isLoaded()).toBe(true);
});

test.each(CELLS)(
  "version $version in $language: every text of the host is released, once, in the way of its version",
  async ({ version, language }) => {
    const { invoke, runner } = await useChecked(`${language}-${version}`);
    const answer = JSON.parse((await invoke("exercise"))!).result;
    expect(answer.taken).toBe(EXPECTED[version].result.taken);
    const { process, outputTail } = await runner.stop();
    expect(outputTail).toBe("");
    expect(process).toMatchObject({ code: 0, signal: null });
  },
);

test.each([2, 6])("version %i: a text that is not released, or twice, does not escape that check", async (version) => {
  if (FINDS_LEAKS) {
    const leaking = await useChecked(`c-${version}`);
    await leaking.invoke("leak");
    const leaked = await leaking.runner.stop();
    expect(leaked.outputTail).toContain("LeakSanitizer: detected memory leaks");
    expect(leaked.process.code).not.toBe(0);
  }

  const freeing = await useChecked(`c-${version}`);
  await freeing.invoke("free-twice");
  expect((await freeing.runner.end).outputTail).toContain("attempting double-free");
});

test.each([
  ["c-prefix-only", 2, "a mirror of the host's table that ends at http_request is enough"],
  ["c-both-entries", 2, "of two entries the one of version 2 is called, and only that"],
  ["c-claims-0", 2, "a table of version 0 that comes from the entry of version 2 counts as version 2"],
])("%s, ABI %i: %s", async (name, version) => {
  const { abi, call } = await useInHost(name);
  expect(abi).toBe(version);
  expect(await call("exercise", "{}")).toMatchObject({ ok: true, result: EXPECTED[2].result });
});

test("a plugin that claims a later version than there is gets what there is", async () => {
  const { abi, call } = await useInHost("c-claims-7");
  expect(abi).toBe(7);
  expect(await call("exercise", "{}")).toMatchObject({ ok: true, result: EXPECTED[6].result });
});

test("C, C++ and Rust lay both tables out alike, and as they were frozen", () => {
  expect(LAYOUT_LINES).toHaveLength(25 + 9 + 2);
  for (const program of ["layout-c", "layout-cpp", "layout-rust"]) {
    const lines = execFileSync(join(BUILT, program), { encoding: "utf8" }).trimEnd().split("\n");
    expect(lines, program).toEqual(LAYOUT_LINES);
  }
});

test("the header of the SDK makes the compiler check every slot", () => {
  const header = readFileSync(join(ROOT, "sdk/c/osaurus_plugin.h"), "utf8");
  const checks = header.matchAll(/^OSR_ASSERT_(?:OFFSET|SIZE)\(osr_(host|plugin)_api, (?:(\w+), )?(\d+)\);$/gm);
  const lines = Array.from(checks, ([, table, slot, bytes]) => `${table} ${slot ?? "size"} ${bytes}`);
  expect(lines.sort()).toEqual([...LAYOUT_LINES].sort());
});
