// Tasks with everything that belongs to them: a native plugin that dispatches them, a model's server, sessions on disk.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { withCaller } from "../../src/host/caller-scope.ts";
import { createHost, type HostOptions } from "../../src/host/create-host.ts";
import { TASKS_RUNNING_MAX } from "../../src/protocol/limits.ts";
import { TASK_EVENT } from "../../src/protocol/task.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import {
  callsTools,
  delta,
  event,
  hangingStream,
  type ModelAnswer,
  type ModelServer,
  says,
  startModelServer,
} from "../helpers/model-server.ts";
import { recordConfig } from "../helpers/record-config.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const PLUGIN = "test.dispatches";
const { started, activity, clarification, completed, cancelled, progress, output } = TASK_EVENT;
const asksColour = callsTools({ name: "clarify", arguments: { question: "Which colour?" } });

interface SetUp extends Partial<HostOptions> {
  readonly answers?: readonly ModelAnswer[];
  /** Another host on the same folder, with the same model. */
  readonly like?: { readonly data: string; readonly server: ModelServer };
}

async function setUp({ answers = [], like, ...options }: SetUp) {
  const env = { ...home.env, OSAURUS_HOME: like?.data ?? tempDir() };
  const paths = resolvePaths({ env, platform: process.platform });
  const server = like?.server ?? (await startModelServer({ answers, models: ["m"] }));
  const host = createHost({ paths, env, cwd: paths.data, consent: { waitMs: 0 }, ...options });
  onTestFinished(() => host.stop());
  if (like === undefined) {
    installFixture(paths.data, "dispatches");
    const { signal } = new AbortController();
    await (await host.models()).addProvider({ name: "test", baseUrl: server.url, model: "m" }, signal);
  }
  const agents = await host.agents();
  const agentId = (await agents.find(undefined)).id;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
  async function call(tool: string, input: unknown = {}, as = agentId): Promise<any> {
    const native = await host.native();
    const { signal } = new AbortController();
    const asked = { tool, input: JSON.stringify(input), agentId: as, consent: "given", signal } as const;
    const { envelope } = await native.callTool(await native.plugin(PLUGIN), asked);
    return (envelope as { result?: unknown }).result;
  }
  /** What the plugin was told; without what passes. */
  async function told(): Promise<[kind: number, payload: Readonly<Record<string, unknown>>][]> {
    const rows: [number, string, number, string, string][] = (await call("events")).rows;
    return rows.flatMap(([, , kind, , json]) =>
      kind === progress || kind === output ? [] : [[kind, JSON.parse(json)]],
    );
  }
  const kinds = async () => (await told()).map(([kind]) => kind);
  const untilStatus = async (id: string, status: string) =>
    await vi.waitFor(async () => expect((await tasks.show(id)).status).toBe(status), { timeout: 5_000, interval: 5 });
  const tasks = await host.tasks();
  return { host, server, data: paths.data, agents, call, told, kinds, tasks, untilStatus };
}

test("a dispatched task runs to its end, and its plugin is told of it", async () => {
  const { call, told, tasks } = await setUp({ answers: [says("Hello!")] });
  const { id, status } = await call("dispatch", { request: { prompt: "Say hello", title: "Greeting" } });
  expect(status).toBe("running");
  await tasks.idle();
  expect(await tasks.show(id)).toMatchObject({
    status: "completed",
    output: "Hello!",
    title: "Greeting",
    prompt: null,
  });
  const end = { success: true, summary: "Chat completed", title: "Greeting", session_id: expect.any(String) };
  expect(await told()).toEqual([
    [started, { status: "running", title: "Greeting" }],
    [completed, { ...end, output: "Hello!" }],
  ]);
});

test("a task has the tools that its plugin named, although its agent has none", async () => {
  const replies = callsTools({ name: "reply", arguments: { text: "It is sunny." } });
  const { agents, call, kinds, tasks } = await setUp({ answers: [replies, says("Done.")] });
  const agent = await agents.create({ name: "bare", tools: { mode: "only", names: [] } });
  await call("dispatch", { request: { prompt: "Weather?", tools: ["reply"] } }, agent.id);
  await tasks.idle();
  expect((await call("replies")).rows).toEqual([[1, agent.id, "It is sunny."]]);
  expect(await kinds()).toEqual([started, activity, completed]);
});

test("a plugin's answer goes on with the task that asked, under the same id", async () => {
  const { call, kinds, tasks } = await setUp({ answers: [asksColour, says("Red it is.")] });
  const { id } = await call("dispatch", { request: { prompt: "Paint", session_id: "chat-1" } });
  await tasks.idle();
  expect(await call("status", { task: id })).toMatchObject({ id, status: "awaitingClarification" });
  expect((await call("dispatch", { request: { prompt: "red", session_id: "chat-1" } })).id).toBe(id);
  await tasks.idle();
  expect(await kinds()).toEqual([started, activity, clarification, activity, completed]);
});

test("an interrupt and a dispatch right behind it are one conversation of one task", async () => {
  const hanging = hangingStream(event(delta({ content: "Once upon" })));
  const { call, kinds, tasks, server } = await setUp({ answers: [hanging, says("Short, then.")] });
  const request = { prompt: "A story", session_id: "chat-1" };
  const { id } = await call("dispatch", { request });
  await vi.waitFor(async () => expect((await call("status", { task: id })).output).toBe("Once upon"), {
    interval: 5,
    timeout: 10_000,
  });
  await call("interrupt", { task: id, message: " Shorter! " });
  const again = await call("dispatch", { request: { ...request, prompt: "Go on" } });
  expect(again.id).toBe(id);
  await tasks.idle();
  expect(await kinds()).toEqual([started, completed, started, completed]);
  const said = server.completions[1]!.body.messages.slice(1).map(({ content }: { content: string }) => content);
  expect(said).toEqual(["A story", "Once upon", "Shorter!", "Go on"]);
});

test("a host that follows takes up what the one before it left, with the plugin's instructions and tools", async () => {
  const first = await setUp({ answers: [hangingStream(event(delta({ content: "Well" })))] });
  const { id } = await first.call("dispatch", { request: { prompt: "Weather?", tools: ["reply"] } });
  await first.untilStatus(id, "running");
  await vi.waitFor(() => expect(first.server.completions).toHaveLength(1), { interval: 5, timeout: 10_000 });
  await first.host.stop();
  first.server.answers(callsTools({ name: "reply", arguments: { text: "Sunny." } }), says("Sent."));
  const second = await setUp({ like: first, follow: true });
  await second.untilStatus(id, "completed");
  await second.tasks.idle();
  expect((await second.call("replies")).rows).toHaveLength(1);
  expect(await second.kinds()).toEqual([started, activity, activity, completed]);
  const prompts = first.server.completions[1]!.body.messages.filter(({ role }: { role: string }) => role === "user");
  expect(prompts).toHaveLength(1);
});

test("a host that does not follow tells what was left, and runs nothing", async () => {
  const first = await setUp({ answers: [hangingStream(event(delta({ content: "Well" })))] });
  const { id } = await first.call("dispatch", { request: { prompt: "Weather?" } });
  await vi.waitFor(() => expect(first.server.completions).toHaveLength(1), { interval: 5, timeout: 10_000 });
  await first.host.stop();
  const second = await setUp({ like: first });
  await second.tasks.cancel(id);
  await second.host.stop();
  const third = await setUp({ like: first });
  await third.call("list");
  await third.tasks.idle();
  expect(await third.kinds()).toEqual([started, cancelled]);
  expect(first.server.completions).toHaveLength(1);
});

test("a task works for the host, not for whoever was served when it was dispatched", async () => {
  const path = join(tempDir(), "go");
  const replies = callsTools({ name: "slow-reply", arguments: { text: "Later.", path } });
  const asked: string[] = [];
  const { call, tasks } = await setUp({ answers: [replies, says("Done.")] });
  const consent = { askDirectly: async () => asked.push("asked") as never };
  const request = { prompt: "Weather?", tools: ["slow-reply"] };
  await withCaller({ consent, place: { env: {}, cwd: "/" } }, () => call("dispatch", { request }));
  writeFileSync(path, "");
  await tasks.idle();
  expect(asked).toEqual([]);
});

test.each([
  [1, TASKS_RUNNING_MAX],
  [TASKS_RUNNING_MAX, 1],
  [TASKS_RUNNING_MAX, TASKS_RUNNING_MAX],
])("how many tasks run at once is configured: %i, and %i of an agent", async (max, each) => {
  const config = recordConfig({ "extensions.tasks.max_running": max, "extensions.tasks.max_running_per_agent": each });
  const { call } = await setUp({ answers: [hangingStream(event(delta({ content: "Well" })))], config });
  const answers: { error?: string }[] = await call("many", { request: { prompt: "Weather?" }, times: 3 });
  expect(answers.map(({ error }) => error)).toEqual(
    Math.min(max, each) === 1
      ? [undefined, "task_limit_reached", "task_limit_reached"]
      : [undefined, undefined, undefined],
  );
});
