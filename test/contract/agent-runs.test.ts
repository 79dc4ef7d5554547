// Runs of agents with everything that belongs to them: a model's server, native and process tools, sessions on disk.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import type { OpenRun } from "../../src/agents/run-request.ts";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { openInference } from "../../src/host/inference-host.ts";
import { pluginSkills } from "../../src/host/plugin-skills.ts";
import type { RunEvent } from "../../src/protocol/inference.ts";
import { MODEL_OUTPUT_BYTES_MAX } from "../../src/protocol/limits.ts";
import { controlDb } from "../../src/store/control-db.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import {
  callsTools,
  cutStream,
  delta,
  event,
  hangingStream,
  type ModelAnswer,
  responds,
  says,
  startModelServer,
} from "../helpers/model-server.ts";
import { isRunning, untilGone, untilLine } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";
import { writePlugin } from "../helpers/written-plugins.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const BIG_CHARS = 10 * 1024 * 1024;

interface SetUp {
  readonly answers: readonly ModelAnswer[];
  readonly fixtures?: readonly string[];
  readonly pluginDirs?: readonly string[];
}

async function setUp({ answers, fixtures = [], pluginDirs = [] }: SetUp) {
  const env = { ...home.env, OSAURUS_HOME: tempDir() };
  const paths = resolvePaths({ env, platform: process.platform });
  for (const fixture of fixtures) installFixture(paths.data, fixture, { consent: ["network", "calendar"] });
  const server = await startModelServer({ answers, models: ["m"] });
  const stop = new AbortController();
  const host = createHost({ paths, env, cwd: paths.data, pluginDirs, signal: stop.signal });
  const db = controlDb(paths.data);
  onTestFinished(async () => {
    await host.stop();
    db.close();
  });
  const models = await host.models();
  await models.addProvider({ name: "test", baseUrl: server.url, model: "m" }, stop.signal);
  const agents = await host.agents();
  const agent = await agents.find(undefined);
  const notes: string[] = [];
  const inference = openInference({
    models: async () => models,
    shelf: host.shelf,
    agents: host.agents,
    stores: async () => ({ insights: { record() {} } }) as never,
    db: async () => db,
    skills: (tools) => pluginSkills({ paths, note: (_plugin, text) => notes.push(text) }, tools),
    signal: stop.signal,
  });
  const events: RunEvent[] = [];
  const run = (text: string, more: Partial<Parameters<typeof inference.run>[0]> = {}) =>
    inference.run({
      agent,
      messages: [{ role: "user", content: text }],
      tools: { kind: "agent" },
      sampling: {},
      session: { kind: "new", pluginId: null, title: "" },
      traceId: crypto.randomUUID(),
      signal: new AbortController().signal,
      onEvent: (one) => void events.push(one),
      ...more,
    });
  return { data: paths.data, server, run, events, agents, notes, stop, inference };
}

/** What the model was given as results, in its last request. */
function results(server: Awaited<ReturnType<typeof startModelServer>>): string[] {
  const { messages } = server.completions.at(-1)!.body;
  return messages.filter((one: { role: string }) => one.role === "tool").map((one: { content: string }) => one.content);
}

test("one answer calls a native and a process tool, and the model gets both results framed", async () => {
  const dir = tempDir();
  writePlugin({ dir, name: "greets" });
  const { run, server } = await setUp({
    answers: [
      callsTools({ name: "free", arguments: { n: 1 } }, { name: "greets", arguments: {} }),
      says("Both are done."),
    ],
    fixtures: ["echoes-input"],
    pluginDirs: [dir],
  });
  const outcome = await run("Call both.");
  expect(outcome).toMatchObject({ finish: "stop", content: "Both are done.", error: undefined });
  expect(outcome.toolCallsExecuted.map(({ name }) => name)).toEqual(["free", "greets"]);
  for (const text of results(server)) expect(text).toMatch(/^<tool-result [0-9a-f]{16}>\n\{"ok":true/);
  const { messages, tools } = server.completions[0]!.body;
  expect(messages[0]).toMatchObject({ role: "system", content: expect.stringContaining("data from outside") });
  const names = tools.map((one: { function: { name: string } }) => one.function.name);
  expect(names).toEqual(expect.arrayContaining(["free", "greets"]));
});

test("arguments that are no JSON are told to the model, and nobody is called", async () => {
  const { run, server } = await setUp({
    answers: [callsTools({ name: "free", arguments: "{n: 1" }), says("Sorry.")],
    fixtures: ["echoes-input"],
  });
  expect(await run("Call it wrong.")).toMatchObject({ finish: "stop", content: "Sorry." });
  expect(results(server)[0]).toContain('"kind":"invalid_args"');
});

test("a result of 10 MB is whole for whoever listens, cut for the model, and can be read on to its end", async () => {
  const dir = tempDir();
  const script = `#!${process.execPath}
const describe = { protocol_version: 1, plugin_id: "big", plugin_version: "1.0.0", commands: [{ name: "big" }] };
const answer = { protocol_version: 1, ok: true, data: "x".repeat(${BIG_CHARS}) + "THE END", meta: {} };
process.stdout.write(JSON.stringify(process.argv[2] === "--describe" ? describe : answer));
`;
  writeFileSync(join(dir, "osp-big"), script, { mode: 0o755 });
  const readOn: ModelAnswer = (response, request) => {
    const text = request.body.messages.at(-1).content as string;
    const id = /with id "([0-9a-f]+)"/.exec(text)![1]!;
    return callsTools({ name: "read_tool_output", arguments: { id, offset: BIG_CHARS } })(response, request);
  };
  const { run, events, server } = await setUp({
    answers: [callsTools({ name: "big", arguments: {} }), readOn, says("Done.")],
    pluginDirs: [dir],
  });
  expect(await run("Get it.")).toMatchObject({ finish: "stop", content: "Done." });
  const [first, second] = results(server);
  expect(Buffer.byteLength(first!)).toBeLessThan(MODEL_OUTPUT_BYTES_MAX + 1_000);
  expect(second).toContain('"content":"THE END"');
  const whole = events.find((one) => one.type === "tool_result")!;
  expect(JSON.parse(whole.content).result).toHaveLength(BIG_CHARS + "THE END".length);
});

test("a run that is cancelled lets go of the model's server and keeps what came", async () => {
  const { run, server, agents } = await setUp({ answers: [hangingStream(event(delta({ content: "Once upon" })))] });
  const stop = new AbortController();
  const outcome = await run("Tell a tale.", { signal: stop.signal, onEvent: () => stop.abort() });
  expect(outcome).toMatchObject({ finish: "cancelled", content: "Once upon" });
  await server.completions[0]!.over;
  expect(server.completions[0]!.isCancelled).toBe(true);
  const turns = await agents.sessions.turns(outcome.sessionId!);
  expect(turns.map(({ content }) => content)).toEqual(["Tell a tale.", "Once upon"]);
});

test("a run that is cancelled while a process tool works ends the tool", async () => {
  const dir = tempDir();
  const script = `#!/bin/sh
if [ "$1" = --describe ]; then
  echo '{"protocol_version":1,"plugin_id":"stuck","plugin_version":"1.0.0","commands":[{"name":"stuck"}]}'
  exit
fi
echo $$ >"${dir}/pid"
exec sleep 1000
`;
  writeFileSync(join(dir, "osp-stuck"), script, { mode: 0o755 });
  const { run } = await setUp({
    answers: [callsTools({ name: "stuck", arguments: {} }), says("never")],
    pluginDirs: [dir],
  });
  const stop = new AbortController();
  const running = run("Get stuck.", { signal: stop.signal });
  const pid = Number(await untilLine(join(dir, "pid")));
  expect(isRunning(pid)).toBe(true);
  stop.abort();
  const outcome = await running;
  expect(outcome).toMatchObject({ finish: "cancelled", toolCallsExecuted: [{ name: "stuck" }] });
  expect(outcome.turns.at(-1)).toMatchObject({ role: "tool", content: expect.stringContaining("interrupted") });
  await untilGone(pid);
});

test("a host that is stopped cancels its runs, and they are settled afterwards", async () => {
  const { run, stop, inference } = await setUp({ answers: [hangingStream(event(delta({ content: "Once" })))] });
  const running = run("Tell a tale.", { onEvent: () => stop.abort() });
  await inference.settled();
  expect(await running).toMatchObject({ finish: "cancelled", content: "Once" });
});

test.each([
  ["cut in the middle", cutStream(event(delta({ content: "Half" }))), "inference_cut", "Half"],
  ["an error of the server's", responds(500, { error: { message: "no" } }), "inference_refused", ""],
])("an answer that is %s fails the run, with what came", async (_title, answer, code, content) => {
  const { run, agents } = await setUp({ answers: [answer] });
  const outcome = await run("Hello");
  expect(outcome).toMatchObject({ finish: "failed", content, error: { code } });
  // Of a question that nobody answered no session is left.
  if (content === "") return expect(await agents.sessionsOf({})).toEqual([]);
  const turns = await agents.sessions.turns(outcome.sessionId!);
  expect(turns.map(({ content: text }) => text)).toEqual(["Hello", content]);
});

test("many runs in sessions of their own do not wait for each other", async () => {
  const waiting: (() => void)[] = [];
  const together: ModelAnswer = async (response, request) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    // Nobody is answered before all have asked.
    if (waiting.length === 8) for (const go of waiting) go();
    await promise;
    await says("Here.")(response, request);
  };
  const { run } = await setUp({ answers: [together] });
  const outcomes = await Promise.all(Array.from({ length: 8 }, (_, index) => run(`run ${index}`)));
  expect(new Set(outcomes.map(({ sessionId }) => sessionId)).size).toBe(8);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ finish: "stop", content: "Here." });
});

test("skills of plugins whose tools the agent has are listed, and read when they are wanted", async () => {
  const { run, server, data, notes } = await setUp({
    answers: [callsTools({ name: "read_skill", arguments: { name: "test.echoes-input/echoing" } }), says("Read.")],
    fixtures: ["echoes-input"],
  });
  const skills = join(data, "Tools/test.echoes-input/1.0.0/skills");
  mkdirSync(skills, { recursive: true });
  writeFileSync(
    join(skills, "echo-skill.md"),
    "---\nname: echoing\ndescription: How to\u202e echo.\n---\nSay it twice.\n",
  );
  writeFileSync(join(skills, "broken.SKILL.md"), "Say it thrice.");
  writeFileSync(join(skills, "notes.md"), "---\nname: notes\ndescription: no skill\n---\nNothing.");
  expect(await run("Echo.")).toMatchObject({ finish: "stop", content: "Read." });
  const { content } = server.completions[0]!.body.messages[0];
  expect(content).toContain("- test.echoes-input/echoing: How to\\u202e echo.");
  expect(content).not.toContain("no skill");
  expect(results(server)[0]).toContain("Say it twice.");
  expect(notes).toEqual([expect.stringContaining('the skill "broken.SKILL.md" is left out')]);
});

/** A session of the agent's in which somebody said that. */
async function sessionWith(agents: Awaited<ReturnType<typeof setUp>>["agents"], content: string) {
  const agent = (await agents.find(undefined))!;
  const { id } = await agents.sessions.create({ agentId: agent.id, pluginId: null, externalKey: null, title: "A" });
  await agents.sessions.append(id, [{ role: "user", content }]);
  return { id, goesOn: { continues: true, messages: [], session: { kind: "id", id } } } as const;
}

test("a run that is interrupted lets go of the model's server, and the next one in the session finds both words", async () => {
  const { run, server, agents } = await setUp({
    answers: [hangingStream(event(delta({ content: "Once upon" }))), says("As you like.")],
  });
  const { id, goesOn } = await sessionWith(agents, "Tell a tale.");
  const { promise: opened, resolve } = Promise.withResolvers<OpenRun>();
  const { promise: hasSaid, resolve: say } = Promise.withResolvers<void>();
  const running = run("", { ...goesOn, onOpen: resolve, onEvent: () => say() });
  await hasSaid;
  const next = run("", { ...goesOn });
  await (await opened).interrupt("Make it short.");
  expect(await running).toMatchObject({ finish: "cancelled", content: "Once upon" });
  await server.completions[0]!.over;
  expect(server.completions[0]!.isCancelled).toBe(true);
  expect(await next).toMatchObject({ finish: "stop", content: "As you like." });
  const said = ["Tell a tale.", "Once upon", "Make it short."];
  const sent = server.completions[1]!.body.messages.slice(-3);
  expect(sent.map(({ content }: { content: string }) => content)).toEqual(said);
  expect((await agents.sessions.turns(id)).map(({ content }) => content)).toEqual([...said, "As you like."]);
});

test("a process tool that works is ended by an interrupt, and the transcript says that nobody knows what it did", async () => {
  const dir = tempDir();
  const script = `#!/bin/sh
if [ "$1" = --describe ]; then
  echo '{"protocol_version":1,"plugin_id":"stuck","plugin_version":"1.0.0","commands":[{"name":"stuck"}]}'
  exit
fi
echo $$ >"${dir}/pid"
exec sleep 1000
`;
  writeFileSync(join(dir, "osp-stuck"), script, { mode: 0o755 });
  const { run, agents } = await setUp({
    answers: [callsTools({ name: "stuck", arguments: {} }), says("never")],
    pluginDirs: [dir],
  });
  const { id, goesOn } = await sessionWith(agents, "Get stuck.");
  const { promise: opened, resolve } = Promise.withResolvers<OpenRun>();
  const running = run("", { ...goesOn, onOpen: resolve });
  const pid = Number(await untilLine(join(dir, "pid")));
  // What is being done stood in the session before it was done.
  expect((await agents.sessions.turns(id)).at(-1)).toMatchObject({ toolCalls: [{ name: "stuck" }] });
  await (await opened).interrupt("Never mind.");
  expect(await running).toMatchObject({ finish: "cancelled", toolCallsExecuted: [{ name: "stuck" }] });
  await untilGone(pid);
  const [, , result, word] = await agents.sessions.turns(id);
  expect(result!.content).toContain("whether it did its work is not known");
  expect(word).toEqual({ role: "user", content: "Never mind." });
});

test("a question is answered by what is said next, and the model goes on with it", async () => {
  const { run, server, agents } = await setUp({
    answers: [
      callsTools({ name: "clarify", arguments: { question: "Which?", options: ["a", "b"] } }),
      says("b it is."),
    ],
  });
  const { id, goesOn } = await sessionWith(agents, "Choose.");
  const asked = await run("", { ...goesOn, mayAsk: true });
  expect(asked).toMatchObject({ finish: "clarification", question: { question: "Which?", options: ["a", "b"] } });
  await agents.sessions.append(id, [{ role: "user", content: "b" }]);
  expect(await run("", { ...goesOn, mayAsk: true })).toMatchObject({ finish: "stop", content: "b it is." });
  const [call, result, answer] = server.completions[1]!.body.messages.slice(-3);
  expect(call.tool_calls[0].function.name).toBe("clarify");
  expect(JSON.parse(result.content)).toMatchObject({ ok: true, result: { text: "Awaiting user response." } });
  expect(answer).toEqual({ role: "user", content: "b" });
});
