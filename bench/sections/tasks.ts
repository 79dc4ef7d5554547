// Background tasks: how long it takes until a plugin hears that the task which it dispatched has started, and what 200 tasks at
// once cost, in time, in memory, and for the calls of somebody else.
//
// A plugin may dispatch ten tasks a minute for one agent: here there is a new agent for every ten.

import { EventEmitter, once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import Driver from "better-sqlite3-multiple-ciphers";
import type { AgentRunner } from "../../src/agents/run-request.ts";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost, type Host } from "../../src/host/create-host.ts";
import type { Agent } from "../../src/protocol/agent.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { TASK_DISPATCHES_MAX } from "../../src/protocol/limits.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { interleave, median, medianRatio, medianSpread, type Spread, spreadOf } from "../measure.ts";

const TASKS = 200;
const AGENTS = TASKS / TASK_DISPATCHES_MAX;
const PLUGIN = "test.tasks";
const OTHER_PLUGIN = "test.bench";
/** 100 bytes that are an answer as well. */
const ECHOED = `{"ok":true,"result":"${"x".repeat(60)}","rows":12,"unit":"C"}`;
const WARM_UP_CALLS = 2_000;

/** What the models say. None takes time to think but the last, which speaks for two seconds. */
const SCRIPTS = {
  short: { turns: [{ text: "Done." }] },
  tool: { turns: [{ tool_calls: [{ name: "note", arguments: {} }] }, { text: ["It ", "is ", "done."] }] },
  slow: { turns: [{ text: Array.from({ length: 40 }, (_, i) => `word ${i} `), delay_ms: 50 }] },
};
type Script = keyof typeof SCRIPTS;
/** Within the time in which all of them speak: until that is so, and measuring. */
const SPEAKING_MS = 500;
const MEASURE_MS = 1_200;

export const tasks: Section = { name: "tasks", placement: "free", run };

async function run(bench: Bench): Promise<void> {
  mkdirSync(BUILT.home, { recursive: true });
  const home = mkdtempSync(join(BUILT.home, "tasks-"));
  const world = await openWorld(home);
  try {
    await world.runTasks(await world.agents("tool", 1));
    await memory(bench, world);
    await latency(bench, world, home);
    await throughput(bench, world);
    await neighbour(bench, world);
  } finally {
    await world.host.stop();
    rmSync(home, { recursive: true });
  }
}

/** From the plugin's call of `dispatch` to its own on_task_event; beside what nobody can do without. */
async function latency(bench: Bench, world: World, home: string): Promise<void> {
  const bare = openBare(join(home, "bare.db"));
  const many = async (one: () => Promise<Took>): Promise<{ returned: Spread; started: Spread }> => {
    const took: Took[] = [];
    for (let i = 0; i < TASK_DISPATCHES_MAX; i++) took.push(await one());
    const spread = (of: keyof Took) => spreadOf(took.map((times) => times[of]));
    return { returned: spread("returned"), started: spread("started") };
  };
  const all: Record<"ours" | "theirs", Took[]> = { ours: [], theirs: [] };
  const ours = async () => {
    const agent = (await world.agents("short", 1))[0]!;
    return await many(async () => noted(all.ours, await world.timedDispatch(agent)));
  };
  const theirs = async () => await many(async () => noted(all.theirs, await bare.once()));
  for (let i = 0; i < 3; i++) await ours();
  all.ours.length = 0;
  const rounds = await interleave(bench.quick ? 15 : 60, { ours, theirs });
  for (const [of, what, name] of [
    ["returned", "dispatch, until it returns", "a commit"],
    ["started", "dispatch, until STARTED is told", "two commits and an emitter"],
  ] as const) {
    const spreads = {
      ours: spreadOf(all.ours.map((one) => one[of])),
      theirs: spreadOf(all.theirs.map((one) => one[of])),
    };
    const p50s = (who: string) => rounds[who]!.map((round) => round[of].p50);
    const peer = (part: keyof Spread) => ({ name, value: spreads.theirs[part] });
    bench.report({
      metric: `${what}, p50`,
      value: spreads.ours.p50,
      unit: "µs",
      peer: peer("p50"),
      ratio: medianRatio(p50s("ours"), p50s("theirs")),
    });
    const ratio = spreads.ours.p99 / spreads.theirs.p99;
    bench.report({ metric: `${what}, p99`, value: spreads.ours.p99, unit: "µs", peer: peer("p99"), ratio });
  }
  bench.report({ metric: "a tool call of the same plugin, p50", value: (await world.ownCalls()).p50, unit: "µs" });
  bare.close();
}

/** All of them dispatched at once, each with a call of a tool, until the plugin heard of the end of the last one. */
async function throughput(bench: Bench, world: World): Promise<void> {
  const timed = (work: (agents: readonly Agent[]) => Promise<unknown>) => async () => {
    const agents = await world.agents("tool", AGENTS);
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    await work(agents);
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    return { perSecond: (TASKS * 1000) / ms, cpuUs: (user + system) / TASKS };
  };
  const ours = timed((agents) => world.runTasks(agents));
  const theirs = timed((agents) => world.runDirectly(agents));
  await ours();
  await theirs();
  const rounds = await interleave<{ perSecond: number; cpuUs: number }>(bench.quick ? 3 : 7, { ours, theirs });
  const of = (who: string, what: "perSecond" | "cpuUs") => rounds[who]!.map((round) => round[what]);
  const name = "the same runs, no tasks";
  bench.report({
    metric: `${TASKS} tasks with a tool call, at once`,
    value: median(of("ours", "perSecond")),
    unit: "/s",
    peer: { name, value: median(of("theirs", "perSecond")) },
    ratio: medianRatio(of("theirs", "perSecond"), of("ours", "perSecond")),
  });
  // It stays the same when others use the machine as well.
  bench.report({
    metric: "the host's processor time for one of them",
    value: median(of("ours", "cpuUs")),
    unit: "µs",
    peer: { name, value: median(of("theirs", "cpuUs")) },
    ratio: medianRatio(of("ours", "cpuUs"), of("theirs", "cpuUs")),
  });
}

/** What the host needs more while all of them speak, for each. */
async function memory(bench: Bench, world: World): Promise<void> {
  const each = (work: (agents: readonly Agent[]) => Promise<unknown>) => async () => {
    const agents = await world.agents("slow", AGENTS);
    const before = memoryNow();
    const done = work(agents);
    await world.untilOpen(TASKS);
    await delay(SPEAKING_MS);
    const { rss, heap } = memoryNow();
    await done;
    return { rss: (rss - before.rss) / TASKS, heap: (heap - before.heap) / TASKS };
  };
  const ours = each((agents) => world.runTasks(agents));
  const theirs = each((agents) => world.runDirectly(agents));
  // What the process has got once it keeps: later rounds need no more of it.
  bench.report({ metric: "memory of one of them (RSS, first time)", value: (await ours()).rss, unit: "MB" });
  const rounds = await interleave<{ heap: number }>(bench.quick ? 2 : 3, { ours, theirs });
  const heaps = (who: string) => rounds[who]!.map(({ heap }) => heap);
  bench.report({
    metric: "memory of one of them (heap, collected)",
    value: median(heaps("ours")),
    unit: "MB",
    peer: { name: "a run that is no task", value: median(heaps("theirs")) },
    ratio: medianRatio(heaps("ours"), heaps("theirs")),
  });
}

/** Calls of a tool of another plugin, one after the other, while they all speak. */
async function neighbour(bench: Bench, world: World): Promise<void> {
  const beside = (work: (agents: readonly Agent[]) => Promise<unknown>) => async () => {
    const done = work(await world.agents("slow", AGENTS));
    await world.untilOpen(TASKS);
    const spread = await world.otherCalls(MEASURE_MS);
    await done;
    return spread;
  };
  for (let i = 0; i < WARM_UP_CALLS; i++) await world.otherCall();
  const rounds = await interleave<Spread>(bench.quick ? 1 : 3, {
    alone: () => world.otherCalls(MEASURE_MS),
    tasks: beside((agents) => world.runTasks(agents)),
    runs: beside((agents) => world.runDirectly(agents)),
  });
  const of = (name: string) => medianSpread(rounds[name]!);
  for (const part of ["p50", "p99"] as const) {
    const value = of("tasks")[part];
    const report = (metric: string, name: string, peer: number) =>
      bench.report({ metric, value, unit: "µs", peer: { name, value: peer }, ratio: value / peer });
    report(`another plugin's call beside them, ${part}`, "alone", of("alone")[part]);
    report(`the same, ${part}`, "beside runs that are no tasks", of("runs")[part]);
  }
}

interface Took {
  /** Microseconds. */
  readonly returned: number;
  readonly started: number;
}

function noted(list: Took[], took: Took): Took {
  list.push(took);
  return took;
}

interface World {
  readonly host: Host;
  /** New ones, whose model follows the script. */
  agents(script: Script, count: number): Promise<readonly Agent[]>;
  timedDispatch(agent: Agent): Promise<Took>;
  /** Ten for each agent. */
  runTasks(agents: readonly Agent[]): Promise<void>;
  runDirectly(agents: readonly Agent[]): Promise<void>;
  /** Resolves when so many runs are open. */
  untilOpen(count: number): Promise<void>;
  ownCalls(): Promise<Spread>;
  otherCall(): Promise<void>;
  otherCalls(ms: number): Promise<Spread>;
}

async function openWorld(home: string): Promise<World> {
  const env = { OSAURUS_HOME: home, HOME: home, OSAURUS_KEY_PROTECTION: "key-file" };
  const paths = resolvePaths({ env, platform: process.platform });
  const taskLimits = { runningMax: TASKS, runningPerAgentMax: TASK_DISPATCHES_MAX };
  const host = createHost({ paths, env, cwd: home, taskLimits });
  await install(host, home, PLUGIN, BUILT.tasksPlugin);
  await install(host, home, OTHER_PLUGIN, BUILT.plugin);
  const models = await host.models();
  for (const [name, script] of Object.entries(SCRIPTS)) {
    const path = join(home, `${name}.json`);
    writeFileSync(path, JSON.stringify(script));
    await models.addProvider({ name, script: path }, new AbortController().signal);
  }
  const native = await host.native();
  const [plugin, other] = [await native.plugin(PLUGIN), await native.plugin(OTHER_PLUGIN)];
  const [agentsHost, inference, service] = [await host.agents(), await host.inference(), await host.tasks()];
  let directly = 0;
  let named = 0;
  const call = async (tool: string, input: string, agentId: string = DEFAULT_AGENT_ID) => {
    const answer = await plugin.call("invoke", ["tool", tool, input], {
      agentId,
      deadlineMs: 60_000,
      what: "a benchmark's call",
    });
    if (answer === null) throw new Error(`${tool} went wrong`);
    return answer;
  };
  const otherCall = async () => {
    const { envelope } = await native.callTool(other, { tool: "echo", input: ECHOED, agentId: DEFAULT_AGENT_ID });
    if (!envelope.ok) throw new Error(envelope.message);
  };
  return {
    host,
    async agents(script, count) {
      const made: Agent[] = [];
      for (let i = 0; i < count; i++)
        made.push(await agentsHost.create({ name: `${script} ${named++}`, model: script }));
      return made;
    },
    async timedDispatch({ id }) {
      const [returned = 0, started = 0] = (await call("timed", PROMPT, id)).split(" ").map((ns) => Number(ns) / 1000);
      return { returned, started };
    },
    async runTasks(agents) {
      const over = call("over", String(agents.length * TASK_DISPATCHES_MAX));
      const request = JSON.stringify({ times: TASK_DISPATCHES_MAX, prompt: "Go." });
      await Promise.all(agents.map(({ id }) => call("many", request, id)));
      await over;
    },
    async runDirectly(agents) {
      const runs = agents.flatMap((agent) => Array.from({ length: TASK_DISPATCHES_MAX }, () => agent));
      await Promise.all(
        runs.map(async (agent) => {
          directly++;
          await runOnce(inference, agent);
          directly--;
        }),
      );
    },
    async untilOpen(count) {
      while (directly + service.running < count) await delay(1);
    },
    ownCalls: async () => await spreadOfCalls(WARM_UP_CALLS, async () => void (await call("note", "{}"))),
    otherCall,
    otherCalls: async (ms) => await spreadOfCalls(ms, otherCall, "ms"),
  };
}

const PROMPT = JSON.stringify({ prompt: "Go." });

async function install(host: Host, home: string, pluginId: string, library: string): Promise<void> {
  const folder = join(home, `package-${pluginId}`);
  mkdirSync(folder);
  cpSync(library, join(folder, `plugin.${process.platform === "darwin" ? "dylib" : "so"}`));
  writeFileSync(join(folder, "osaurus-plugin.json"), JSON.stringify({ plugin_id: pluginId, version: "1.0.0" }));
  await (await host.installs()).install({ spec: folder, allowUnsigned: true, consentGiven: true });
}

async function runOnce(inference: AgentRunner, agent: Agent): Promise<void> {
  const { finish, error } = await inference.run({
    agent,
    messages: [{ role: "user", content: "Go." }],
    tools: { kind: "agent" },
    sampling: {},
    session: { kind: "new", pluginId: PLUGIN, title: "Chat" },
    traceId: crypto.randomUUID(),
    consent: "refused",
    signal: new AbortController().signal,
    onEvent() {},
  });
  if (finish !== "stop") throw new Error(`a run ended with ${finish}: ${error?.message}`);
}

/** So many calls, or calls for so long, one after the other: microseconds for each. */
async function spreadOfCalls(
  bound: number,
  call: () => Promise<void>,
  unit: "calls" | "ms" = "calls",
): Promise<Spread> {
  const took: number[] = [];
  const begin = performance.now();
  while (unit === "calls" ? took.length < bound : performance.now() - begin < bound) {
    const start = performance.now();
    await call();
    took.push((performance.now() - start) * 1000);
  }
  return spreadOf(took);
}

/** The same rows with the same care for the disk, and then an event, with nothing around it. */
function openBare(path: string): { once(): Promise<Took>; close(): void } {
  const sqlite = new Driver(path);
  sqlite.pragma("journal_mode = WAL");
  sqlite.pragma("synchronous = FULL");
  sqlite.exec("CREATE TABLE tasks (id TEXT PRIMARY KEY, session TEXT, prompt TEXT) STRICT");
  sqlite.exec("CREATE TABLE sessions (id TEXT PRIMARY KEY, title TEXT) STRICT");
  sqlite.exec("CREATE TABLE events (task TEXT, seq INTEGER, payload TEXT, told TEXT, PRIMARY KEY (task, seq)) STRICT");
  const emitter = new EventEmitter();
  const session = sqlite.prepare("INSERT INTO sessions VALUES (?, 'Chat')");
  const task = sqlite.prepare("INSERT INTO tasks VALUES (?, ?, 'Go.')");
  const event = sqlite.prepare(`INSERT INTO events VALUES (?, 1, '{"status":"running","title":"Chat"}', NULL)`);
  const told = sqlite.prepare("UPDATE events SET told = ? WHERE task = ? AND seq = 1");
  return {
    async once() {
      const start = performance.now();
      const id = crypto.randomUUID();
      const add = () => {
        session.run(id);
        task.run(id, id);
        event.run(id);
      };
      sqlite.transaction(add).immediate();
      const returned = performance.now();
      const heard = once(emitter, "started");
      sqlite.transaction(() => told.run(new Date().toISOString(), id)).immediate();
      emitter.emit("started", id);
      await heard;
      return { returned: (returned - start) * 1000, started: (performance.now() - start) * 1000 };
    },
    close: () => void sqlite.close(),
  };
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const BYTES_PER_MB = 1024 * 1024;

function memoryNow(): { readonly rss: number; readonly heap: number } {
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss: rss / BYTES_PER_MB, heap: (heapUsed + external) / BYTES_PER_MB };
}
