// The plugin that each helper for native plugins is tried with (test/fixtures/sdk): in a host of its own, and in a process that watches
// its memory.

import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost, type HostOptions } from "../../src/host/create-host.ts";
import { handleRoute } from "../../src/plugins/native/plugin-entries.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import type { HostCall } from "../../src/protocol/host-slots.ts";
import { parseRouteAnswer } from "../../src/protocol/route-answer.ts";
import { sdkPlugin } from "./build-sdk-fixtures.ts";
import { FAR, startRunner } from "./native-plugins.ts";
import { tempDir } from "./temp-dir.ts";

const CHECKED_RUNNER = join(import.meta.dirname, "../../build/native/address/osprey-runner");
/** Apple's compiler has no leak check. */
export const FINDS_LEAKS = process.platform === "linux";

/** What a helper could write or read wrongly. */
export const NASTY_TEXTS = [
  "",
  'a"b\\c/d',
  "line\nbreak\r\ttab\b\f\u001f\u007f",
  "käse 日本 🦅 \u2028 \uffff",
  "</script><!-- %s %n ${x} {{y}} {}",
  "x".repeat(70_000),
];

/** The plugin of a language in a host of its own, with an empty home. */
export async function useInHost(language: string, hostVersion?: HostOptions["hostVersion"]) {
  const home = tempDir();
  const env = { OSAURUS_HOME: home, HOME: home };
  const logs: string[] = [];
  const crashes: string[] = [];
  const host = createHost({
    paths: resolvePaths({ env, platform: "linux" }),
    env,
    cwd: home,
    onPluginLine({ level, text }) {
      if (text.includes("crashed") || text.includes("exit(")) crashes.push(text);
      if ((level === "warn" || level === "error") && !text.startsWith("[PluginHostAPI]")) logs.push(text);
    },
    ...(hostVersion === undefined ? {} : { hostVersion }),
  });
  onTestFinished(() => host.stop());
  const native = await host.native();
  const plugin = await native.loadLibrary(sdkPlugin(`exercise-${language}`));
  const call = async (tool: string, args: object = {}) =>
    (await native.callTool(plugin, { tool, input: JSON.stringify(args), agentId: DEFAULT_AGENT_ID })).envelope;
  const ask = async (route: string, more: object = {}) =>
    parseRouteAnswer(
      (await handleRoute(plugin, { agentId: DEFAULT_AGENT_ID, json: JSON.stringify({ route_id: route, ...more }) }))!,
    );
  return { plugin, call, ask, logs, crashes };
}

/** The same in a process that watches its memory; the host answers every question with an error, or with nothing. */
export async function useChecked(language: string, env: Readonly<Record<string, string>> = {}) {
  const runner = startRunner("sdk", {
    library: sdkPlugin(`exercise-${language}`),
    runnerPath: CHECKED_RUNNER,
    env: { ...(FINDS_LEAKS ? { ASAN_OPTIONS: "detect_leaks=1" } : {}), ...env },
    onHostCall: async (call: HostCall) => {
      if (call.name === "complete_stream" && call.args[0] !== "{}") {
        for (const part of ["a", "b"]) await call.chunk(JSON.stringify({ choices: [{ delta: { content: part } }] }));
      }
      return call.name === "list_models" ? null : '{"error":"told","message":"so"}';
    },
  });
  await runner.ready;
  const options = { ...FAR, agentId: DEFAULT_AGENT_ID };
  const invoke = async (tool: string, args: string) =>
    JSON.parse((await runner.call("invoke", ["tool", tool, args], options))!);
  const send = (entry: "route" | "config", args: string[]) => runner.call(entry, args, options);
  return { runner, invoke, send };
}

/** What every helper makes of the same declarations. */
export async function expectWholeManifest(language: string): Promise<void> {
  const { plugin } = await useInHost(language);
  const { tools, routes, ...capabilities } = plugin.loaded!.manifest.capabilities;
  const said = { plugin_id: "test.exercise", version: "1.0.0", name: "Exercise", license: "MIT" };
  expect(plugin.loaded!.manifest).toMatchObject({ ...said, description: "Made with a helper." });
  expect(capabilities).toEqual({ config: { sections: [] }, artifact_handler: true });
  const parameters = { type: "object" };
  const policy = { permission_policy: "auto", requirements: ["network"] };
  expect(tools![0]).toEqual({ id: "echo", description: "Echoes.", parameters, ...policy });
  expect(routes!.slice(0, 2)).toEqual([
    { id: "request", path: "/request/:id", methods: ["POST"], auth: "none", tunnel_exposed: true },
    { id: "broken", path: "/broken", methods: ["GET"], auth: "owner", tunnel_exposed: false },
  ]);
}
