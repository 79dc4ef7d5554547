// What it costs that everything is recorded: the same tool calls with and without, through the host as an embedder uses it.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost, type Host } from "../../src/host/create-host.ts";
import { insightsPath } from "../../src/host/stores.ts";
import { Insights } from "../../src/insights/insights.ts";
import { InsightsReader } from "../../src/insights/insights-reader.ts";
import type { Activity } from "../../src/protocol/activity.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { INSIGHTS_PENDING_ROWS_MAX, INSIGHTS_ROWS_SHOWN_MAX } from "../../src/protocol/limits.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import {
  type Echoer,
  interleave,
  manyInFlight,
  median,
  medianRatio,
  oneInFlight,
  type Spread,
  warmUp,
} from "../measure.ts";

const PROGRAM = join(BUILT.root, "build/native/osprey-database");
/** 100 bytes that are an answer as well. */
const INPUT = `{"ok":true,"result":"${"x".repeat(60)}","rows":12,"unit":"C"}`;
const WIDTH = 16;
const WARM_UP_CALLS = 5_000;

export const insights: Section = { name: "insights", placement: "free", run };

async function run(bench: Bench): Promise<void> {
  mkdirSync(BUILT.home, { recursive: true });
  const home = mkdtempSync(join(BUILT.home, "insights-"));
  try {
    await compare(bench, home);
    await compareAtWork(bench, home);
    await write(bench, home);
  } finally {
    rmSync(home, { recursive: true });
  }
}

async function compare(bench: Bench, home: string): Promise<void> {
  const on = await openEchoer(join(home, "on"), true, ECHO);
  const off = await openEchoer(join(home, "off"), false, ECHO);
  for (const one of [on, off]) await warmUp([one], "true", WARM_UP_CALLS);
  const rounds = bench.quick ? 3 : 9;
  const calls = bench.quick ? 1_500 : 4_000;
  // Sums and not medians: rows are written in bursts, which the median of single calls does not see.
  const oneAfterTheOther = (one: Echoer) => async () => {
    const start = performance.now();
    await oneInFlight(one, "true", calls);
    return ((performance.now() - start) * 1000) / calls;
  };
  const single = await interleave<number>(rounds, { on: oneAfterTheOther(on), off: oneAfterTheOther(off) });
  bench.report({
    metric: "tool call, recorded, mean",
    value: median(single["on"]!),
    unit: "µs",
    peer: { name: "not recorded", value: median(single["off"]!) },
    ratio: medianRatio(single["on"]!, single["off"]!),
    target: { of: "ratio", atMost: 1.05 },
  });
  const p50s = await interleave<Spread>(rounds, {
    on: () => oneInFlight(on, "true", calls),
    off: () => oneInFlight(off, "true", calls),
  });
  const p50 = (name: string) => p50s[name]!.map((spread) => spread.p50);
  bench.report({
    metric: "tool call, recorded, p50",
    value: median(p50("on")),
    unit: "µs",
    peer: { name: "not recorded", value: median(p50("off")) },
    ratio: medianRatio(p50("on"), p50("off")),
    target: { of: "ratio", atMost: 1.05 },
  });
  const ms = bench.quick ? 300 : 700;
  /** Processor time of the host for a call: it stays the same when others use the machine as well. */
  const cpuOf: Record<"on" | "off", number[]> = { on: [], off: [] };
  const sixteen = (one: CountingEchoer, cpu: number[]) => async () => {
    const before = { calls: one.calls(), cpu: process.cpuUsage() };
    const perSecond = await manyInFlight(one, "true", WIDTH, ms);
    const { user, system } = process.cpuUsage(before.cpu);
    cpu.push((user + system) / (one.calls() - before.calls));
    return perSecond;
  };
  const many = await interleave<number>(rounds, { on: sixteen(on, cpuOf.on), off: sixteen(off, cpuOf.off) });
  bench.report({
    metric: `${WIDTH} calls at once, recorded`,
    value: median(many["on"]!),
    unit: "/s",
    peer: { name: "not recorded", value: median(many["off"]!) },
    ratio: medianRatio(many["off"]!, many["on"]!),
    target: { of: "ratio", atMost: 1.05 },
  });
  bench.report({
    metric: "the host's processor time for one of these",
    value: median(cpuOf.on),
    unit: "µs",
    peer: { name: "not recorded", value: median(cpuOf.off) },
    ratio: medianRatio(cpuOf.on, cpuOf.off),
  });
  await Promise.all([on.close(), off.close()]);
  bench.report({
    metric: "rows missing afterwards",
    value: on.calls() - (await rowsIn(join(home, "on"))),
    unit: "",
    target: { of: "value", atMost: 0 },
  });
}

/** The same with a plugin that does something: one of the examples, which reads a small file and counts in it. */
async function compareAtWork(bench: Bench, home: string): Promise<void> {
  const on = await openEchoer(join(home, "work-on"), true, CSV);
  const off = await openEchoer(join(home, "work-off"), false, CSV);
  for (const one of [on, off]) await warmUp([one], "true", WARM_UP_CALLS);
  const many = (one: Echoer) => () => manyInFlight(one, "true", WIDTH, bench.quick ? 300 : 700);
  const perSecond = await interleave<number>(bench.quick ? 3 : 9, { on: many(on), off: many(off) });
  bench.report({
    metric: `${WIDTH} calls at once that read a file, recorded`,
    value: median(perSecond["on"]!),
    unit: "/s",
    peer: { name: "not recorded", value: median(perSecond["off"]!) },
    ratio: medianRatio(perSecond["off"]!, perSecond["on"]!),
    target: { of: "ratio", atMost: 1.05 },
  });
  await Promise.all([on.close(), off.close()]);
}

interface Called {
  readonly library: string;
  readonly tool: string;
  readonly input: string;
}

const ECHO: Called = { library: BUILT.plugin, tool: "echo", input: INPUT };
const CSV: Called = {
  library: join(BUILT.root, `build/examples/csv-inspect.${process.platform === "darwin" ? "dylib" : "so"}`),
  tool: "inspect",
  input: JSON.stringify({ path: join(BUILT.root, "examples/csv-inspect/planets.csv") }),
};

interface CountingEchoer extends Echoer {
  calls(): number;
}

/** Gives back whether the call went well, as a text. */
async function openEchoer(data: string, recordsInsights: boolean, what: Called): Promise<CountingEchoer> {
  mkdirSync(data);
  const env = { OSAURUS_HOME: data, HOME: data };
  const paths = resolvePaths({ env, platform: process.platform });
  const host: Host = createHost({ paths, env, cwd: data, recordsInsights });
  const native = await host.native();
  const plugin = await native.loadLibrary(what.library);
  const call = { tool: what.tool, input: what.input, agentId: DEFAULT_AGENT_ID };
  let calls = 0;
  return {
    name: recordsInsights ? "recorded" : "not recorded",
    pid: plugin.pid,
    async echo() {
      calls++;
      const { envelope } = await native.callTool(plugin, call);
      return String(envelope.ok);
    },
    calls: () => calls,
    close: () => host.stop(),
  };
}

/** How many rows a second reach the disk when nothing else is done, cleaning and all. */
async function write(bench: Bench, home: string): Promise<void> {
  const path = join(home, "rows.db");
  const recorder = new Insights({
    path,
    program: PROGRAM,
    warn(text) {
      throw new Error(text);
    },
  });
  const rounds = bench.quick ? 3 : 9;
  const perSecond: number[] = [];
  const rows = INSIGHTS_PENDING_ROWS_MAX;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (let i = 0; i < rows; i++) recorder.record(row(i));
    await recorder.flush();
    perSecond.push((rows * 1000) / (performance.now() - start));
  }
  await recorder.stop();
  bench.report({ metric: "rows written", value: median(perSecond), unit: "/s" });
}

function row(time: number): Activity {
  return {
    time,
    pluginId: "test.bench",
    agentId: DEFAULT_AGENT_ID,
    kind: "tool",
    method: "POST",
    path: "/tools/echo",
    status: 200,
    durationMs: 0.1,
    request: INPUT,
    response: INPUT,
    traceId: "00000000-0000-0000-0000-000000000002",
  };
}

async function rowsIn(data: string): Promise<number> {
  const reader = new InsightsReader(insightsPath({ data }), PROGRAM);
  let rows = 0;
  let before: { time: number; id: number } | undefined;
  for (;;) {
    const page = await reader.query({ kind: "tool", limit: INSIGHTS_ROWS_SHOWN_MAX, before });
    rows += page.length;
    before = page.at(-1);
    if (page.length < INSIGHTS_ROWS_SHOWN_MAX) break;
  }
  await reader.close();
  return rows;
}
