// What a native plugin does with tasks, through everything that lies between it and the agent that works: the runner, the host
// functions, the control database, a model's server.

import { afterAll, expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost, type HostOptions } from "../../src/host/create-host.ts";
import type { TasksHost } from "../../src/host/tasks-host.ts";
import { sendTaskEvent } from "../../src/plugins/native/plugin-entries.ts";
import { TASK_DISPATCHES_MAX, TASKS_RUNNING_DEFAULT } from "../../src/protocol/limits.ts";
import { TASK_EVENT } from "../../src/protocol/task.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import {
  callsTools,
  delta,
  event,
  hangingStream,
  type ModelAnswer,
  says,
  startModelServer,
} from "../helpers/model-server.ts";
import { FAR, openPlugin } from "../helpers/native-plugins.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const PLUGIN = "test.dispatches";
/** A time that nothing is meant to take. */
const FAR_MS = 10_000;
/** Says something, and never ends. */
const SPEAKS_ON = hangingStream(event(delta({ content: "Well, " })));

interface SetUp extends Pick<HostOptions, "taskLimits"> {
  readonly answers: readonly ModelAnswer[];
}

interface ToldEvent {
  readonly task: string;
  readonly type: number;
  readonly agent: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
  readonly payload: any;
  /** The plugin was in `dispatch` meanwhile. */
  readonly isEarly: boolean;
}

/** A host with the plugin `dispatches`, and a model that gives these answers. */
async function openTasksHost({ answers, ...options }: SetUp) {
  const env = { ...home.env, OSAURUS_HOME: tempDir() };
  const paths = resolvePaths({ env, platform: process.platform });
  installFixture(paths.data, "dispatches");
  const server = await startModelServer({ answers, models: ["m"] });
  const host = createHost({ paths, env, cwd: paths.data, recordsInsights: false, ...options });
  onTestFinished(() => host.stop());
  const { signal } = new AbortController();
  await (await host.models()).addProvider({ name: "test", baseUrl: server.url, model: "m" }, signal);
  const agents = await host.agents();
  const { id: agentId } = await agents.find(undefined);
  const native = await host.native();
  const plugin = await native.plugin(PLUGIN);
  /** Calls one of its tools; gives the result. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
  const call = async (tool: string, given: object = {}, agent = agentId): Promise<any> => {
    const { envelope } = await native.callTool(plugin, { tool, input: JSON.stringify(given), agentId: agent });
    if (!envelope.ok) throw new Error(JSON.stringify(envelope));
    return envelope.result;
  };
  const told = async (): Promise<ToldEvent[]> => {
    const { rows } = await call("events");
    return rows.map(([, task, type, agent, json, early]: [number, string, number, string, string, number]) => {
      return { task, type, agent, payload: JSON.parse(json), isEarly: early === 1 };
    });
  };
  const tasks = (await host.tasks()) as TasksHost;
  return {
    ...{ host, server, agents, agentId, call, told, tasks },
    dispatch: async (request: object) => (await call("dispatch", { request: { prompt: "Do it", ...request } })).id,
    /** Waits until the plugin was told of an event of that kind so often. */
    untilTold: async (kind: keyof typeof TASK_EVENT, times = 1) => {
      const count = async () => (await told()).filter(({ type }) => type === TASK_EVENT[kind]).length;
      await expect.poll(count, { timeout: FAR_MS }).toBe(times);
    },
    /** What was said in the task's conversation. */
    turns: async (id: string) => await agents.sessions.turns((await tasks.show(id)).sessionId),
  };
}

/** Those that are told however fast it goes. */
const kept = (events: readonly ToldEvent[]) =>
  events.filter(({ type }) => type !== TASK_EVENT.progress && type !== TASK_EVENT.output);

test("however often it dispatches, a plugin is told of nothing before dispatch has returned", async () => {
  const agentsCount = 3;
  const rounds = TASK_DISPATCHES_MAX;
  const { agents, call, told, tasks } = await openTasksHost({ answers: [says("Done.")] });
  for (let i = 0; i < agentsCount; i++) {
    const { id } = await agents.create({ name: `agent ${i}` });
    for (let round = 0; round < rounds; round++) {
      const request = { prompt: `round ${round}`, session_id: "one" };
      expect(await call("dispatch", { request }, id)).toMatchObject({ status: "running" });
      await tasks.idle();
    }
  }
  const events = kept(await told());
  expect(events.map(({ type }) => type)).toEqual(
    Array.from({ length: agentsCount * rounds }, () => [TASK_EVENT.started, TASK_EVENT.completed]).flat(),
  );
  expect(events.filter(({ isEarly }) => isEarly)).toEqual([]);
  expect(new Set(events.map(({ task }) => task)).size).toBe(agentsCount);
});

test("that it is told too early would be seen: it is, where a host tells it before it answers", async () => {
  const told: string[] = [];
  const { plugin } = openPlugin("dispatches", {
    onHostCall: ({ name, args }) => {
      if (name === "db_exec" && args[0]!.startsWith("INSERT")) told.push(args[1]!);
      if (name !== "dispatch") return '{"changes":1}';
      const started = { agentId: "a", taskId: "t", kind: "started", json: "{}" } as const;
      return sendTaskEvent(plugin, started).then(() => '{"id":"t","status":"running"}');
    },
  });
  await plugin.load();
  await plugin.call("invoke", ["tool", "dispatch", '{"request":{}}'], FAR);
  expect(told).toEqual(['["t",0,"a",{},1]']);
});

test("events come with the task's agent, and what the plugin asks while it is told is for that agent", async () => {
  const { agents, call, told, tasks } = await openTasksHost({ answers: [says("Done.")] });
  const { id: other } = await agents.create({ name: "other" });
  await call("dispatch", { request: { prompt: "Do it" } }, other);
  await tasks.idle();
  expect(new Set((await told()).map(({ agent }) => agent))).toEqual(new Set([other]));
});

test("a task has the plugin's tools that it asked for, its instructions, and no tool that its agent may not have", async () => {
  const { agents, call, tasks, server, told } = await openTasksHost({
    answers: [callsTools({ name: "reply", arguments: { text: "Good morning" } }), says("I did.")],
  });
  const { id } = await agents.create({ name: "bare", tools: { mode: "only", names: [] } });
  await call("dispatch", { request: { prompt: "Greet", tools: ["reply", "shell"] } }, id);
  await tasks.idle();
  const { messages, tools } = server.completions[0]!.body;
  const names = tools.map((tool: { function: { name: string } }) => tool.function.name);
  expect(names).toContain("reply");
  expect(names).not.toContain("slow-reply");
  expect(names).not.toContain("shell");
  expect(messages[0]).toMatchObject({ role: "system", content: expect.stringContaining("with the tool reply") });
  expect((await call("replies")).rows).toEqual([[1, id, "Good morning"]]);
  expect(kept(await told()).map(({ type, payload }) => [type, payload.detail ?? payload.output])).toEqual([
    [TASK_EVENT.started, undefined],
    [TASK_EVENT.activity, "reply"],
    [TASK_EVENT.completed, "I did."],
  ]);
});

test("a task that runs, one that waits and one that is over are told as they are", async () => {
  const ASKS = callsTools({ name: "clarify", arguments: { question: "Which?" } });
  const { call, dispatch, untilTold, tasks } = await openTasksHost({ answers: [SPEAKS_ON, ASKS, says("Done.")] });
  const running = await dispatch({ title: "Speak" });
  await expect.poll(async () => (await call("status", { task: running })).output, { timeout: FAR_MS }).toBe("Well, ");
  expect(await call("status", { task: running })).toEqual({
    activity: [],
    current_step: "Writing",
    id: running,
    output: "Well, ",
    status: "running",
    title: "Speak",
  });
  const waiting = await dispatch({ session_id: "asks" });
  await untilTold("clarification");
  const waits = { id: waiting, status: "awaitingClarification", title: "Chat" };
  expect(await call("status", { task: waiting.toLowerCase() })).toEqual(waits);
  expect((await call("list")).tasks).toEqual([expect.objectContaining({ id: running }), waits]);
  expect(await dispatch({ session_id: "asks", prompt: "That one" })).toBe(waiting);
  await untilTold("completed");
  expect(await call("status", { task: waiting })).toEqual({
    id: waiting,
    output: "Done.",
    session_id: "asks",
    status: "completed",
    success: true,
    summary: "Chat completed",
    title: "Chat",
  });
  expect((await call("list")).tasks).toEqual([expect.objectContaining({ id: running })]);
  expect(tasks.running).toBe(1);
});

test("another plugin's task is not there: it cannot be read, listed, ended, interrupted or given a draft", async () => {
  const { agents, agentId, call, tasks, turns } = await openTasksHost({ answers: [SPEAKS_ON] });
  const agent = await agents.find(agentId);
  const { id, release } = await tasks.dispatch({
    ...{ pluginId: "test.another", agent, prompt: "Do it", title: undefined, id: undefined },
    ...{ sessionKey: undefined, tools: [], instructions: undefined },
  });
  release();
  const before = await tasks.events(id, 0, 10);
  expect(await call("status", { task: id })).toMatchObject({ error: "not_found" });
  expect(await call("list")).toEqual({ tasks: [] });
  await call("cancel", { task: id });
  await call("interrupt", { task: id, message: "Stop" });
  await call("draft", { task: id, draft: { text: "x" } });
  expect(await tasks.show(id)).toMatchObject({ status: "running", draft: null });
  expect(await tasks.events(id, 0, 10)).toEqual(before);
  expect((await turns(id)).filter(({ content }) => content === "Stop")).toEqual([]);
  // The same calls are heard of by the task's own plugin.
  expect(await tasks.cancelOwn("test.another", id)).toBe(true);
  await tasks.idle();
  expect(await tasks.show(id)).toMatchObject({ status: "cancelled" });
});

test("a task that is over stays as it is, whatever is done to it", async () => {
  const { call, dispatch, told, tasks, turns } = await openTasksHost({ answers: [says("Done.")] });
  const id = await dispatch({});
  await tasks.idle();
  const before = [await tasks.show(id), await told(), await turns(id)];
  await call("cancel", { task: id });
  await call("interrupt", { task: id, message: "Stop" });
  await call("draft", { task: id, draft: { text: "x" } });
  await call("dispatch-clarify", { task: id, response: "x" });
  expect(await call("issue", { task: id, issue: {} })).toMatchObject({ error: "not_supported" });
  await tasks.idle();
  expect([await tasks.show(id), await told(), await turns(id)]).toEqual(before);
});

test("a task that is cancelled is told so, and nothing behind it", async () => {
  const { call, dispatch, told, tasks, untilTold } = await openTasksHost({ answers: [SPEAKS_ON] });
  const id = await dispatch({ title: "Speak" });
  await untilTold("output");
  await call("cancel", { task: id });
  await tasks.idle();
  expect((await told()).at(-1)).toMatchObject({ task: id, type: TASK_EVENT.cancelled, payload: { title: "Speak" } });
  expect(await call("status", { task: id })).toEqual(
    expect.not.objectContaining({ success: expect.anything(), activity: expect.anything() }),
  );
});

test.each([
  [
    " Stop \n",
    [
      ["user", "Do it"],
      ["assistant", "Well, "],
      ["user", "Stop"],
    ],
  ],
  [
    " \n",
    [
      ["user", "Do it"],
      ["assistant", "Well, "],
    ],
  ],
  [
    undefined,
    [
      ["user", "Do it"],
      ["assistant", "Well, "],
    ],
  ],
])("interrupted with %j, a task is completed, and the conversation says what it came to", async (message, said) => {
  const { call, dispatch, told, tasks, turns, untilTold } = await openTasksHost({ answers: [SPEAKS_ON] });
  const id = await dispatch({});
  await untilTold("output");
  await call("interrupt", { task: id, ...(message === undefined ? {} : { message }) });
  await tasks.idle();
  expect((await told()).at(-1)).toMatchObject({
    type: TASK_EVENT.completed,
    payload: { success: true, summary: "Chat completed" },
  });
  expect((await turns(id)).map(({ role, content }) => [role, content])).toEqual(said);
});

test("an interrupt and a dispatch right behind it go on with the same task", async () => {
  const { call, dispatch, told, tasks, untilTold } = await openTasksHost({ answers: [SPEAKS_ON, says("Done.")] });
  const id = await dispatch({ session_id: "one" });
  await untilTold("output");
  await call("interrupt", { task: id, message: "No, the other" });
  expect(await dispatch({ session_id: "one", prompt: "And quickly" })).toBe(id);
  await tasks.idle();
  expect(await tasks.show(id)).toMatchObject({ round: 2, status: "completed", output: "Done." });
  const { started, completed } = TASK_EVENT;
  expect(kept(await told()).map(({ type }) => type)).toEqual([started, completed, started, completed]);
});

test("drafts are told in their order: one without a text as it is, one that is no object without", async () => {
  const { call, dispatch, told, untilTold } = await openTasksHost({ answers: [SPEAKS_ON] });
  const id = await dispatch({ title: "Speak" });
  for (const draft of [{ text: "Dear" }, { subject: "no text" }, [1], "no JSON"])
    await call("draft", { task: id, draft });
  await untilTold("draft", 4);
  const drafts = (await told()).filter(({ type }) => type === TASK_EVENT.draft).map(({ payload }) => payload);
  expect(drafts).toEqual([
    { draft: { text: "Dear" }, title: "Speak" },
    { draft: { subject: "no text" }, title: "Speak" },
    { title: "Speak" },
    { title: "Speak" },
  ]);
  expect(await call("status", { task: id })).toMatchObject({ draft: { subject: "no text" } });
});

test("of 1000 dispatches at once as many run as may, some more are refused for that, and the rest as too many", async () => {
  const { call, tasks } = await openTasksHost({ answers: [SPEAKS_ON] });
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => call("many", { request: { prompt: "Do it" }, times: 250 })),
  );
  const kinds = new Map<string, number>();
  for (const { status, error } of answers.flat()) kinds.set(status ?? error, (kinds.get(status ?? error) ?? 0) + 1);
  expect(Object.fromEntries(kinds)).toEqual({
    running: TASKS_RUNNING_DEFAULT,
    task_limit_reached: TASK_DISPATCHES_MAX - TASKS_RUNNING_DEFAULT,
    rate_limit_exceeded: 1000 - TASK_DISPATCHES_MAX,
  });
  const refused = answers.flat().find(({ error }) => error === "rate_limit_exceeded");
  expect(refused.message).toBe("Dispatch rate limit (10/min) exceeded");
  expect(refused.retry_after_ms).toBeGreaterThan(0);
  expect(tasks.running).toBe(TASKS_RUNNING_DEFAULT);
  expect(await tasks.list({ limit: 1000 })).toHaveLength(TASKS_RUNNING_DEFAULT);
});
