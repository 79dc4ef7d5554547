// What a whole call of a tool costs beside the bare call of its plugin: its arguments are checked against a schema, a
// decision about it is looked up, the plugin's secrets are added, and the answer is brought into one shape.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { CALL_MS_MAX } from "../../src/protocol/limits.ts";
import { controlDb } from "../../src/store/control-db.ts";
import { Grants } from "../../src/store/grants.ts";
import { SecretStore } from "../../src/store/secret-store.ts";
import { type CallablePlugin, callTool } from "../../src/tools/call-tool.ts";
import { readAnswer } from "../../src/tools/envelope.ts";
import { withHostFields } from "../../src/tools/host-fields.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { startRunner } from "../contenders/osprey.ts";
import { type Echoer, interleave, medianRatio, medianSpread, oneInFlight, type Spread, warmUp } from "../measure.ts";

const PLUGIN_ID = "test.bench";
const WARM_UP_CALLS = 12_000;
/** 100 bytes that a schema can be held against, and that are an answer as well. */
const INPUT = `{"ok":true,"result":"${"x".repeat(60)}","rows":12,"unit":"C"}`;

const TOOL = {
  id: "echo",
  description: "gives back what it gets",
  permission_policy: "ask",
  parameters: {
    type: "object",
    properties: {
      ok: { type: "boolean" },
      result: { type: "string" },
      rows: { type: "integer", minimum: 1 },
      unit: { type: "string", enum: ["C", "F"] },
    },
    required: ["ok", "result"],
    additionalProperties: false,
  },
};

export const toolCallPinned: Section = { name: "tool-call", placement: "pinned", run };
export const toolCallFree: Section = { name: "tool-call", placement: "free", run };

async function run(bench: Bench): Promise<void> {
  mkdirSync(BUILT.home, { recursive: true });
  const home = mkdtempSync(join(BUILT.home, "tool-call-"));
  const db = controlDb(home);
  try {
    const grants = new Grants(db);
    await grants.set({ pluginId: PLUGIN_ID, toolId: TOOL.id, policy: "auto", agentId: null });
    const secrets = new SecretStore(join(home, "Secrets"));
    await secrets.set({ pluginId: PLUGIN_ID, agentId: DEFAULT_AGENT_ID, key: "token" }, "s3cret");
    await compare(bench, grants, secrets);
  } finally {
    db.close();
    rmSync(home, { recursive: true });
  }
}

async function compare(bench: Bench, grants: Grants, secrets: SecretStore): Promise<void> {
  const runner = startRunner();
  await runner.ready;
  const plugin: CallablePlugin = {
    manifest: { plugin_id: PLUGIN_ID, capabilities: { tools: [TOOL] } } as unknown as CallablePlugin["manifest"],
    grants,
    hostFields(agentId) {
      const all = secrets.all(PLUGIN_ID, agentId);
      return all instanceof Promise ? all.then((values) => ({ secrets: values })) : { secrets: all };
    },
    invokeTool: (toolId, input, options) =>
      runner.call("invoke", ["tool", toolId, input], { ...options, what: "a benchmark's call" }),
  };
  const call = { tool: TOOL.id, input: INPUT, agentId: DEFAULT_AGENT_ID };
  const whole = echoer("whole call", async () => (await callTool(plugin, call)).envelope);
  // The same bytes move either way: what the host adds to the one is in the other from the beginning.
  const sent = withHostFields(INPUT, { secrets: await secrets.all(PLUGIN_ID, DEFAULT_AGENT_ID) })!;
  const bare = echoer("bare call", async () => {
    const options = { agentId: DEFAULT_AGENT_ID, deadlineMs: CALL_MS_MAX, countsHostCalls: false, what: "a call" };
    return readAnswer(TOOL.id, await runner.call("invoke", ["tool", TOOL.id, sent], options)).envelope;
  });
  const calls = bench.quick ? 1_500 : 4_000;
  for (const one of [whole, bare]) await warmUp([one], "true", WARM_UP_CALLS);
  const results = await interleave<Spread>(bench.quick ? 3 : 7, {
    whole: () => oneInFlight(whole, "true", calls),
    bare: () => oneInFlight(bare, "true", calls),
  });
  await runner.stop();
  const p50s = (name: string) => results[name]!.map(({ p50 }) => p50);
  bench.report({
    metric: "checked, granted, with secrets, 100 B, p50",
    value: medianSpread(results["whole"]!).p50,
    unit: "µs",
    peer: { name: bare.name, value: medianSpread(results["bare"]!).p50 },
    ratio: medianRatio(p50s("whole"), p50s("bare")),
    target: { of: "ratio", atMost: 1.15 },
  });
}

/** Gives back whether the call went well, as a text. */
function echoer(name: string, run: () => Promise<{ readonly ok: boolean }>): Echoer {
  return { name, pid: undefined, echo: async () => String((await run()).ok), close: async () => {} };
}
