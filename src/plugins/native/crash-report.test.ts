// Real plugins in real runners: what their crashes leave in the log.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { FAR, nativeFixture, openPlugin } from "../../../test/helpers/native-plugins.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import type { LogRecord } from "../../protocol/plugin-log.ts";
import { crashReport } from "./crash-report.ts";
import { logEvents } from "./log-events.ts";
import { openPluginLog } from "./plugin-log.ts";
import { readPluginLog } from "./read-plugin-log.ts";

const path = process.env["PATH"];
const hasTool = (path ?? "").split(":").some((folder) => existsSync(join(folder, "addr2line")));

/** A fixture whose events go to a log, and what is in that once nothing is under way any more. */
function logged(fixture: string, { toolPath = path }: { toolPath?: string | undefined } = {}) {
  const folder = tempDir();
  const pluginId = `test.${fixture}`;
  const log = openPluginLog({ folder, pluginId });
  const events = logEvents({ log, pluginId, library: nativeFixture(fixture), version: () => "1.0.0", path: toolPath });
  const crashed = Promise.withResolvers<void>();
  const { plugin } = openPlugin(fixture, {
    events: {
      onLog: events.onLog,
      onOutput: events.onOutput,
      onLoaded: ({ abi }) => events.onLoaded({ abi }),
      onLoadFailed: (failure) => {
        events.onLoadFailed(failure);
        return "give up";
      },
      onCrash: (...crash) => {
        events.onCrash(...crash);
        crashed.resolve();
      },
    },
  });
  const records = async (): Promise<LogRecord[]> => {
    await log.close();
    return await readPluginLog({ folder, pluginId });
  };
  const crash = async (): Promise<LogRecord> => {
    await plugin.call("invoke", ["tool", "misbehave", "{}"], FAR).catch(() => undefined);
    await crashed.promise;
    return (await records()).find(({ kind }) => kind === "crash")!;
  };
  return { plugin, records, crash };
}

test("the report of a crash says how, where and what came before", async () => {
  const report = await logged("crashes-deep-inside").crash();
  expect(report).toMatchObject({
    kind: "crash",
    level: "error",
    text: "crashed with SIGSEGV in invoke",
    plugin_id: "test.crashes-deep-inside",
    version: "1.0.0",
    signal: "SIGSEGV",
    entry: "invoke",
    restart_in_ms: 1,
  });
  expect([...report.last_lines!].sort()).toEqual(["info adding up rows", "stderr about to add up"]);
  expect(report).not.toHaveProperty("exit_code");
});

test.runIf(hasTool)("its stack names functions that the library does not export, with file and line", async () => {
  const { stack = [] } = await logged("crashes-deep-inside").crash();
  const names = stack.map((line) => /^#\d+ (\w+) at crashes-deep-inside\.c:\d+ /.exec(line)?.[1]).slice(0, 4);
  expect(names).toEqual(["write_the_total", "add_up_rows", "misbehave", "fixture_invoke"]);
});

test("without a tool its stack has the places in the library", async () => {
  const { stack = [] } = await logged("crashes-deep-inside", { toolPath: tempDir() }).crash();
  expect(stack[0]).toMatch(/^#0 crashes-deep-inside\.(so|dylib)\(.*\+0x[0-9a-f]+\)$/);
});

test("the stack as it was printed is not kept a second time", async () => {
  const { crash, records } = logged("crashes-deep-inside");
  await crash();
  const printed = (await records()).filter(({ kind }) => kind === "output").map(({ text }) => text);
  expect(printed).toEqual(["about to add up"]);
});

test("a crash in a function of the host is told as such", async () => {
  const report = await logged("crashes-in-host-call").crash();
  expect(report).toMatchObject({ signal: "SIGSEGV", entry: "invoke", host_function: "config_get" });
});

test("a crash in a thread of the plugin's own has no entry", async () => {
  const report = await logged("crashes-in-thread").crash();
  expect(report.signal).toBe("SIGABRT");
});

test("a plugin that calls exit() has an exit code and no signal", async () => {
  const report = await logged("exits").crash();
  expect(report).toMatchObject({ exit_code: 3, entry: "invoke", stack: [] });
  expect(report).not.toHaveProperty("signal");
});

test("a crash while the plugin is loaded names the step and has a stack", async () => {
  const { plugin, records } = logged("load-init-crashes");
  await expect(plugin.load()).rejects.toThrow();
  const [report] = (await records()).filter(({ kind }) => kind === "crash");
  expect(report).toMatchObject({ signal: "SIGSEGV", load_step: "init" });
  expect(report!.stack!.length).toBeGreaterThan(0);
});

test("a load that fails without a crash is one line, and a load that succeeds is another", async () => {
  const failed = logged("load-no-entry");
  await expect(failed.plugin.load()).rejects.toThrow();
  const lines = await failed.records();
  expect(lines.map(({ kind, level }) => [kind, level])).toEqual([["load", "error"]]);
  expect(lines[0]!.text).toContain("has no plugin entry");
  const good = logged("echoes");
  await good.plugin.load();
  expect((await good.records()).map(({ kind, text }) => [kind, text])).toEqual([
    ["load", "loaded, version 6 of the plugin interface"],
  ]);
});

test("half a line that was printed before the crash is kept, and a forged stack leads to no other file", async () => {
  const folder = tempDir();
  const log = openPluginLog({ folder, pluginId: "a" });
  const events = logEvents({ log, pluginId: "a", library: "/nowhere/a.so", version: () => undefined, path });
  events.onOutput("stderr", "half a line[osprey-runner] the plugin crashed in invoke; its stack:");
  events.onOutput("stderr", "/etc/passwd(+0x10)[0x7f0000000010]");
  events.onOutput("stderr", "between two frames");
  for (let i = 0; i < 65; i++) events.onOutput("stderr", `/etc/hosts(+0x${i.toString(16)})[0x7f0000000010]`);
  const end = { process: { code: null, signal: "SIGKILL" as const }, fault: undefined, closedFor: undefined };
  events.onCrash("crashed with SIGKILL", { ...end, outputTail: "" }, undefined);
  await log.close();
  const records = await readPluginLog({ folder, pluginId: "a" });
  const report = records.find(({ kind }) => kind === "crash");
  expect(report).toMatchObject({ signal: "SIGKILL" });
  expect(report!.stack).toHaveLength(64);
  expect(report!.stack![0]).toBe("#0 passwd(+0x10)");
  const printed = records.filter(({ kind }) => kind === "output").map(({ text }) => text);
  expect(printed.slice(0, 2)).toEqual(["half a line", "between two frames"]);
});

test("a report can be made of the tail of the output alone", async () => {
  const outputTail = "[osprey-runner] the plugin crashed in invoke; its stack:\n/a/b.so(+0x10)[0x7f0000000010]\n";
  const end = { process: { code: null, signal: "SIGSEGV" as const }, fault: undefined, outputTail };
  const facts = { pluginId: "a", version: undefined, library: "/nowhere", story: "crashed", end, lastLines: [] };
  expect((await crashReport(facts, { path })).stack).toEqual(["#0 b.so(+0x10)"]);
});

test("closing the log at once does not wait for the tools", async () => {
  const folder = tempDir();
  const log = openPluginLog({ folder, pluginId: "a" });
  const aborted = vi.fn();
  log.writeLater(async (signal) => {
    signal.addEventListener("abort", aborted);
    const end = { process: { code: null, signal: "SIGSEGV" as const }, fault: undefined };
    const library = nativeFixture("crashes-deep-inside");
    const stackLines = [`${library}(+0x1139)[0x7f0000001139]`];
    const facts = { pluginId: "a", version: undefined, library, story: "crashed", end, stackLines, lastLines: [] };
    return await crashReport(facts, { path, signal });
  });
  await log.close({ atOnce: true });
  expect(aborted).toHaveBeenCalledOnce();
  const [report] = await readPluginLog({ folder, pluginId: "a" });
  expect(report?.stack).toHaveLength(1);
});
