// What plugins ask of models, with a real plugin in a real runner: chunks on the thread that waits for them, host calls
// inside, cancels from everywhere, and runs that end when nobody is left who waits for them.

import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { createHostApi } from "../../src/host-api/create-host-api.ts";
import type { PluginRun } from "../../src/host-api/plugin-inference.ts";
import type { Runner } from "../../src/plugins/native/runner.ts";
import type { RunOutcome } from "../../src/protocol/inference.ts";
import { STREAM_CHUNKS_IN_FLIGHT_MAX } from "../../src/protocol/limits.ts";
import { AGENT, OTHER_AGENT, openHostApi } from "../helpers/host-api.ts";
import { FAR, startRunner } from "../helpers/native-plugins.ts";
import { toldInference, untilEnded } from "../helpers/told-inference.ts";

const HELLO = { messages: [{ role: "user", content: "Hello" }] };

/** A plugin whose host has inference that does as told. */
async function openPlugin(run: (run: PluginRun, invoke: Invoke) => Promise<Partial<RunOutcome>>) {
  const inference = toldInference({ run: (asked) => run(asked, invoke) });
  const api = openHostApi({ inference });
  const runner = startRunner("asks-models", { onHostCall: createHostApi(api.deps) });
  await runner.ready;
  const invoke: Invoke = async (tool, request = {}, agentId = AGENT) =>
    (await callTool(runner, tool, request, agentId)).split("\n");
  return { ...api, inference, runner, invoke };
}

type Invoke = (tool: string, request?: object, agentId?: string) => Promise<string[]>;

async function callTool(runner: Runner, tool: string, request: object, agentId: string): Promise<string> {
  const payload = JSON.stringify({ request: { ...HELLO, ...request } });
  return (await runner.call("invoke", ["tool", tool, payload], { ...FAR, agentId }))!;
}

const says =
  (...texts: string[]) =>
  async (run: PluginRun) => {
    for (const text of texts) await run.onEvent?.({ type: "text", text });
    return { content: texts.join("") };
  };

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line));

test("a plugin gets its chunks one by one on the thread that asked, and then the answer", async () => {
  const { invoke } = await openPlugin(says("Hel", "lo"));
  const lines = parsed(await invoke("stream"));
  expect(lines.slice(0, -1).map(({ choices }) => choices[0])).toEqual([
    { index: 0, delta: { content: "Hel" } },
    { index: 0, delta: { content: "lo" } },
    { index: 0, delta: {}, finish_reason: "stop" },
  ]);
  expect(lines.at(-1)).toMatchObject({ choices: [{ message: { content: "Hello" } }] });
  expect(new Set(lines.map(({ id }) => id)).size).toBe(1);
});

test("many more chunks than may be on their way all arrive, in their order", async () => {
  const count = STREAM_CHUNKS_IN_FLIGHT_MAX * 4 + 1;
  const { invoke } = await openPlugin(says(...Array.from({ length: count }, (_, i) => `${i} `)));
  const chunks = parsed(await invoke("stream")).slice(0, -2);
  expect(chunks.map(({ choices }) => choices[0].delta.content)).toEqual(
    Array.from({ length: count }, (_, i) => `${i} `),
  );
});

test("inside a chunk the plugin asks its host for the same agent", async () => {
  const { invoke, call } = await openPlugin(says("a", "b"));
  await call("config_set", ["key", "mine"]);
  const answered = await invoke("ask-inside");
  expect(answered.slice(0, -1)).toEqual([AGENT, "mine", AGENT, "mine", AGENT, "mine"]);
  expect((await invoke("ask-inside", {}, OTHER_AGENT)).slice(0, 2)).toEqual([OTHER_AGENT, "null"]);
});

test("NULL for on_chunk is heard of across the line, once, and the answer is whole", async () => {
  const { invoke, inference, warnings } = await openPlugin(says("Hello"));
  for (let i = 0; i < 2; i++)
    expect(parsed(await invoke("deaf"))).toMatchObject([{ choices: [{ finish_reason: "stop" }] }]);
  expect(inference.runs[0]?.onEvent).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining("NULL for on_chunk")]);
});

const saysForEver = async (run: PluginRun): Promise<Partial<RunOutcome>> => {
  while (!run.signal.aborted) {
    await run.onEvent?.({ type: "text", text: "on and " });
    await delay(1);
  }
  return { finish: "cancelled", content: "on and on" };
};

test.each(["cancel-inside", "cancel-beside"])(
  "%s: the stream ends, its last chunk says so, and the answer has what there was",
  async (tool) => {
    const { invoke } = await openPlugin(saysForEver);
    const lines = parsed(await invoke(tool, { stream_id: "s" }));
    expect(lines.at(-2)).toMatchObject({ choices: [{ delta: {}, finish_reason: "cancelled" }] });
    expect(lines.at(-1)).toMatchObject({ error: "cancelled", stream_id: "s", partial_content: "on and on" });
  },
);

test("a plugin that asks three times at once is refused once, and its other two are answered", async () => {
  const refused = Promise.withResolvers<void>();
  const { invoke, rows } = await openPlugin(async () => {
    await refused.promise;
    return { content: "yes" };
  });
  const answers = invoke("three");
  while (!rows.some(({ errorCode }) => errorCode === "plugin_busy")) await delay(1);
  refused.resolve();
  const told = parsed(await answers).map(({ error, choices }) => error ?? choices[0].message.content);
  expect(told.sort()).toEqual(["plugin_busy", "yes", "yes"]);
});

test("a completion calls a tool of the plugin that waits for it, and that tool asks for a completion again", async () => {
  const depths: string[] = [];
  const { invoke } = await openPlugin(async ({ messages }, again) => {
    const said = messages[0]?.content as string;
    depths.push(said);
    if (said === "Hello")
      return { content: (await again("complete", { messages: [{ role: "user", content: "inner" }] }))[0]! };
    return { content: (await again("echo"))[0]! };
  });
  const [outer] = parsed(await invoke("complete"));
  const inner = JSON.parse(outer.choices[0].message.content);
  expect(JSON.parse(inner.choices[0].message.content)).toMatchObject({ request: HELLO });
  expect(depths).toEqual(["Hello", "inner"]);
});

test("completions within completions come to an end: the third is refused, and the plugin is not stuck", async () => {
  const { invoke } = await openPlugin(async (_run, again) => ({ content: (await again("complete"))[0]! }));
  const [outer] = parsed(await invoke("complete"));
  const inner = JSON.parse(outer.choices[0].message.content);
  expect(JSON.parse(inner.choices[0].message.content)).toMatchObject({ error: "plugin_busy", max_inflight: 2 });
  expect(parsed(await invoke("models"))).toEqual([{ models: [] }]);
});

test("a plugin that crashes in the middle of a stream ends its run", async () => {
  const { invoke, inference, rows } = await openPlugin(saysForEver);
  await expect(invoke("crash-inside")).rejects.toMatchObject({ code: "plugin_crashed" });
  await untilEnded(inference.runs[0]!);
  while (!rows.some(({ path }) => path === "/host-api/chat/completions")) await delay(1);
  expect(rows.find(({ errorCode }) => errorCode === "cancelled")).toMatchObject({ status: 500 });
});

test("a runner that is stopped in the middle of a stream ends its run", async () => {
  const silent = Promise.withResolvers<PluginRun>();
  const { runner, inference } = await openPlugin(async (run) => {
    silent.resolve(run);
    return await untilEnded(run);
  });
  const calling = callTool(runner, "stream", {}, AGENT).catch((error: unknown) => error);
  await silent.promise;
  await runner.kill();
  expect(inference.runs[0]?.signal.aborted).toBe(true);
  expect(await calling).toMatchObject({ code: "plugin_stopped" });
});

test("the other functions answer across the line as well", async () => {
  const { invoke } = await openPlugin(says("Hello"));
  expect(parsed(await invoke("embed", { input: ["a", "bc"] }))).toMatchObject([{ data: [{ index: 0 }, { index: 1 }] }]);
  expect(parsed(await invoke("complete", { max_tokens: 0 }))).toEqual([
    { error: "invalid_request", message: "max_tokens is less than 1" },
  ]);
});
