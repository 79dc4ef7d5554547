// Agents of one plugin never mix: whatever thread asks, it gets what belongs to the call that it works for, or nothing.
// A real runner, and the real host API over a store on disk.

import { expect, test } from "vitest";
import { createHostApi } from "../../src/host-api/create-host-api.ts";
import type { Runner } from "../../src/plugins/native/runner.ts";
import type { HostCall, HostCallHandler, PluginLogLine } from "../../src/protocol/host-slots.ts";
import { AGENT, OTHER_AGENT, openHostApi } from "../helpers/host-api.ts";
import { FAR, startRunner } from "../helpers/native-plugins.ts";

const AGENTS = Array.from({ length: 50 }, (_, i) => `AAAAAAAA-0000-0000-0000-${String(i).padStart(12, "0")}`);
const ROUNDS = 24;
const isLinux = process.platform === "linux";

/** The plugin, with a secret of each agent's in the store; `change` may stand between the plugin and the host API. */
async function openPlugin(change: (handler: HostCallHandler) => HostCallHandler = (handler) => handler) {
  const { deps, warnings, rows } = openHostApi();
  for (const agentId of AGENTS) {
    await deps.secrets.set({ pluginId: "p", agentId, key: "who" }, `secret of ${agentId}`);
  }
  const lines: PluginLogLine[] = [];
  const runner = startRunner("many-agents", {
    onHostCall: change(createHostApi(deps)),
    onLog: (line) => lines.push(line),
  });
  await runner.ready;
  const secret = async (agentId: string, key = "who") => await deps.secrets.get({ pluginId: "p", agentId, key });
  return { runner, lines, warnings, rows, secret };
}

/** What a call of the tool `ask` hears from a thread. */
async function asked(runner: Runner, thread: string, agentId = AGENT): Promise<string | null> {
  return await runner.call("invoke", ["tool", "ask", JSON.stringify({ thread })], { ...FAR, agentId });
}

async function workForAll(runner: Runner): Promise<(string | null)[]> {
  const work = (agent: string) =>
    runner.call("invoke", ["tool", "work", JSON.stringify({ agent, rounds: `${ROUNDS}` })], { ...FAR, agentId: agent });
  return await Promise.all(AGENTS.map(work));
}

const NOTHING = "agent null, value null, models context_unavailable";

test.runIf(isLinux)("fifty agents at once, four threads each: every one sees its own agent's values only", async () => {
  const { runner, rows, secret } = await openPlugin();
  rows.length = 0; // Those of the load.
  const results = await workForAll(runner);
  expect(new Set(results)).toEqual(new Set(["0 wrong: all right"]));
  for (const agent of AGENTS) {
    expect(await secret(agent)).toBe(`secret of ${agent}`);
    for (let thread = 0; thread < 4; thread++) {
      expect(await secret(agent, `thread-${thread}`)).toBe(`${agent} ${thread} ${ROUNDS - 8}`);
    }
  }
  // Each row names the agent whose call it was asked in, and each agent asked as often as the others.
  const counts = Map.groupBy(rows, ({ agentId }) => agentId);
  expect([...counts.keys()].sort()).toEqual(AGENTS);
  expect(new Set([...counts.values()].map(({ length }) => length)).size).toBe(1);
});

test.runIf(isLinux)(
  "a host that takes the agent from the last call in place of the asking one mixes them up",
  async () => {
    let last: string | undefined;
    const { runner } = await openPlugin((handler) => (call) => {
      const agentId = last ?? call.agentId;
      last = call.agentId;
      return handler({ ...call, agentId } as HostCall);
    });
    const results = await workForAll(runner);
    expect(results.filter((result) => result !== "0 wrong: all right").length).toBeGreaterThan(0);
    expect(results.join()).toContain("secret of");
  },
);

test.runIf(isLinux)(
  "a thread that outlives its call has no agent any more, also not that of the call that follows",
  async () => {
    const { runner, secret, lines, warnings } = await openPlugin();
    const first = await runner.call("invoke", ["tool", "leave", "{}"], { ...FAR, agentId: AGENTS[1] });
    expect(first).toBe(`agent ${AGENTS[1]}, value secret of ${AGENTS[1]}, models not_supported`);
    expect(await secret(AGENTS[1]!)).toBe("call");
    for (const agent of [AGENTS[2]!, AGENTS[1]!]) expect(await asked(runner, "call", agent)).toBe(NOTHING);
    expect(await secret(AGENTS[2]!)).toBe(`secret of ${AGENTS[2]}`);
    expect(lines.map(({ message, agentId }) => [message, agentId])).toEqual([
      ["init itself", undefined],
      ["call", AGENTS[1]],
      ["call", undefined],
      ["call", undefined],
    ]);
    expect(warnings).toContainEqual(
      expect.stringMatching(/config_get was called from a thread that works for no call/),
    );
  },
);

test.each(["constructor", "init", ...(isLinux ? ["thrd_create", "timer"] : [])])(
  "a thread made by %s has no context, whoever's call runs beside it; its log lines are kept",
  async (thread) => {
    const { runner, lines, secret, rows } = await openPlugin();
    expect(await asked(runner, thread, AGENTS[0]!)).toBe(NOTHING);
    expect(await asked(runner, "itself", AGENTS[0]!)).toBe(
      `agent ${AGENTS[0]}, value secret of ${AGENTS[0]}, models not_supported`,
    );
    expect(await asked(runner, thread, AGENTS[0]!)).toBe(NOTHING);
    expect(await secret(AGENTS[0]!)).toBe("itself");
    expect(lines.filter(({ message }) => message === thread)).toEqual(
      Array(2).fill({ level: 2, message: thread, payload: null, agentId: undefined, traceId: undefined }),
    );
    const refused = rows.filter(({ errorCode }) => errorCode === "context_unavailable");
    expect(refused.map(({ agentId }) => agentId)).toEqual(refused.map(() => undefined));
    expect(refused.length).toBeGreaterThanOrEqual(2);
  },
);

test("init itself is served, without an agent", async () => {
  const { runner } = await openPlugin();
  expect(await asked(runner, "init itself", OTHER_AGENT)).toBe("agent null, value null, models not_supported");
});

test("what a call asks carries its trace; what nobody's thread asks carries none", async () => {
  const { runner, rows, lines } = await openPlugin();
  await runner.call("invoke", ["tool", "ask", '{"thread":"itself"}'], { ...FAR, agentId: AGENT, traceId: "trace-1" });
  expect(new Set(rows.slice(-4).map(({ traceId }) => traceId))).toEqual(new Set(["trace-1"]));
  expect(lines.at(-1)).toMatchObject({ message: "itself", traceId: "trace-1", agentId: AGENT });
});

test("a call that passed its deadline has no agent any more in the host's eyes, although its thread goes on", async () => {
  const calls: HostCall[] = [];
  const { promise: held, resolve: letGo } = Promise.withResolvers<null>();
  const { promise: asksAgain, resolve: heardAgain } = Promise.withResolvers<void>();
  const runner = startRunner("many-agents", {
    onHostCall: (call) => {
      if (runner.label === "loading") return null;
      calls.push(call);
      if (calls.length === 1) return held;
      heardAgain();
      return null;
    },
    label: "loading",
  });
  await runner.ready;
  runner.label = "loaded";
  const options = { deadlineMs: 500, countsHostCalls: true, what: "the call", agentId: AGENT };
  const late = runner.call("invoke", ["tool", "ask", '{"thread":"itself"}'], options);
  await expect(late).rejects.toMatchObject({ code: "plugin_timeout" });
  letGo(null);
  await asksAgain;
  expect(calls.slice(0, 2).map(({ name, agentId, isInContext }) => [name, agentId, isInContext])).toEqual([
    ["config_get", AGENT, true],
    ["list_models", undefined, false],
  ]);
});
