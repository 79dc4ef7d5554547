// The messaging bridge of examples/chat-bridge, as people would use it: a chat service on one side, an agent with a model's
// server on the other, and the real plugin in a real host between them.

import { beforeAll, expect, test } from "vitest";
import type { Host } from "../../src/host/create-host.ts";
import { TASK_DISPATCHES_MAX, TASKS_RUNNING_DEFAULT } from "../../src/protocol/limits.ts";
import { BRIDGE, type Bridge, makeChatBridge, newestToken, openBridge, replies } from "../helpers/chat-bridge.ts";
import { callsTools, delta, event, hangingStream, type ModelAnswer, responds, says } from "../helpers/model-server.ts";

const BUILD_MS_MAX = 300_000;
beforeAll(async () => void (await makeChatBridge()), BUILD_MS_MAX);

const APOLOGY = "Sorry, something went wrong, and I could not answer.";
const TOO_MANY = "There is too much to do at the moment. Please send that again in a minute.";

/** Says a little and is then at work until it is cut off. */
const thinks = hangingStream(event(delta({ content: "Let me see" })));

/** Asks the person. */
function asks(question: object): ModelAnswer {
  return callsTools({ name: "clarify", arguments: question });
}

/** All tasks are over or wait, and the plugin knows. */
async function idle(host: Host): Promise<void> {
  await (await host.tasks()).idle();
}

/** The only task, and the kinds of its events, without those of each tool. */
async function onlyTask(host: Host) {
  const tasks = await host.tasks();
  const found = await tasks.list({ limit: 10 });
  expect(found).toHaveLength(1);
  const events = await tasks.events(found[0]!.id, 0, 1_000);
  return { ...found[0]!, events: events.map(({ kind }) => kind).filter((kind) => kind !== "activity") };
}

/** What stands in the only conversation, as `role: text`. */
async function transcript(host: Host): Promise<string[]> {
  const agents = await host.agents();
  const [session] = await agents.sessionsOf({});
  return (await agents.sessions.turns(session!.id)).map(({ role, content }) => `${role}: ${content}`);
}

async function untilAsked({ model }: Bridge, count: number): Promise<void> {
  await expect.poll(() => model.completions.length, { interval: 5, timeout: 10_000 }).toBeGreaterThanOrEqual(count);
}

/** What the model was told of its calls, in its last request. */
function resultsIn({ model }: Bridge): string[] {
  const { messages } = model.completions.at(-1)!.body;
  return messages
    .filter(({ role }: { role: string }) => role === "tool")
    .map(({ content }: { content: string }) => content);
}

test(
  "its own unit tests pass",
  async () => {
    expect(await makeChatBridge("test")).toMatch(/test result: ok\. [1-9]\d* passed; 0 failed/);
  },
  BUILD_MS_MAX,
);

test("only the chat service itself gets in, and without a secret in the settings nobody does", async () => {
  const { chat, model } = await openBridge();
  const event = { event_id: "e", type: "message", conversation_id: "c", from: "Eve", text: "Hello" };
  for (const secret of ["", "wrong", `${chat.secret}x`, chat.secret.slice(0, -1), chat.secret.toUpperCase()]) {
    expect(await chat.tells(event, secret)).toMatchObject({ status: 401 });
  }
  const open = await openBridge({ settings: { webhook_secret: undefined } });
  for (const secret of ["", "undefined"]) expect(await open.chat.tells(event, secret)).toMatchObject({ status: 401 });
  expect(model.completions).toEqual([]);
});

test("what is no message is taken and left alone; what is not understood is refused", async () => {
  const { chat, model, lines } = await openBridge();
  expect(await chat.tells({ event_id: "e", type: "picture", conversation_id: "c" })).toMatchObject({ status: 200 });
  expect(await chat.writes(" \n ")).toMatchObject({ status: 200 });
  const broken = ["", "[]", "{", '{"type":"message","text":"a"}', '{"type":"message","type":"x"}', "[".repeat(10_000)];
  for (const body of broken) expect(await chat.tells(body)).toMatchObject({ status: 400 });
  expect(model.completions).toEqual([]);
  expect(chat.received).toEqual([]);
  expect(lines.join("\n")).not.toContain("error");
});

test("a message is answered by the agent, which never sees where the answer goes", async () => {
  const { chat, model, host, lines } = await openBridge({ answers: [replies("Hello Ada."), says("done")] });
  expect(await chat.writes("Hello?")).toMatchObject({ status: 200 });
  expect(await chat.until(1)).toEqual(["Hello Ada."]);
  await idle(host);
  expect(chat.received).toEqual([{ conversation: "c-4711", text: "Hello Ada." }]);
  expect(await onlyTask(host)).toMatchObject({ status: "completed", events: ["started", "completed"] });
  const asked = JSON.stringify(model.completions.map(({ body }) => body));
  expect(asked).toContain("Hello?");
  expect(asked).not.toContain("c-4711");
  // Neither the token nor what people write is logged.
  expect(lines.join("\n")).not.toMatch(/rk_|Hello/);
});

test("the next message goes on with the conversation, and a token of before is good for nothing", async () => {
  let first = "";
  const usesTheFirst: ModelAnswer = (response, request) =>
    callsTools({ name: "reply", arguments: { reply_token: first, text: "Psst." } })(response, request);
  const bridge = await openBridge({
    answers: [replies("Hello Ada."), says("done"), usesTheFirst, replies("Yes?"), says("")],
  });
  const { chat, model, host } = bridge;
  await chat.writes("Hello?");
  await chat.until(1);
  await idle(host);
  first = newestToken(model.completions[0]!.body.messages);
  await chat.writes("Are you there?");
  expect(await chat.until(2)).toEqual(["Hello Ada.", "Yes?"]);
  await idle(host);
  expect(JSON.stringify(model.completions.at(-1)!.body.messages)).toContain("stale_token");
  expect(newestToken(model.completions.at(-1)!.body.messages)).not.toBe(first);
  expect(await onlyTask(host)).toMatchObject({ round: 2, events: ["started", "completed", "started", "completed"] });
});

test("a token is good for the agent that it was given to, and for no other", async () => {
  const { chat, model, host } = await openBridge({ answers: [thinks] });
  await chat.writes("Hello?");
  await expect.poll(() => model.completions.length).toBe(1);
  const reply_token = newestToken(model.completions[0]!.body.messages);
  const native = await host.native();
  const plugin = await native.plugin(BRIDGE);
  const { id: other } = await (await host.agents()).create({ name: "other" });
  const { id: own } = await (await host.agents()).find("default");
  const reply = async (agentId: string, token: string) => {
    const input = JSON.stringify({ reply_token: token, text: "Hi." });
    return (await native.callTool(plugin, { tool: "reply", input, agentId })).envelope;
  };
  expect(await reply(other, reply_token)).toMatchObject({ ok: false, code: "stale_token" });
  expect(await reply(own, `${reply_token}x`)).toMatchObject({ ok: false, code: "stale_token" });
  expect(chat.received).toEqual([]);
  expect(await reply(own, reply_token)).toMatchObject({ ok: true });
  expect(chat.received).toHaveLength(1);
});

test("a message that comes while the agent thinks interrupts it, and one answer is about both", async () => {
  const bridge = await openBridge({ answers: [thinks, replies("Both, then."), says("done")] });
  const { chat, model, host } = bridge;
  await chat.writes("A tea, please.");
  await untilAsked(bridge, 1);
  await chat.writes("And a cake.");
  expect(await chat.until(1)).toEqual(["Both, then."]);
  await idle(host);
  expect(chat.received, chat.log.join("\n")).toHaveLength(1);
  expect(model.completions[0]).toMatchObject({ isCancelled: true });
  const [before, after] = model.completions.map(({ body }) => newestToken(body.messages));
  expect(after).not.toBe(before);
  const said = await transcript(host);
  expect(said[0]).toMatch(/^user: \[reply_token \S+ from Ada\]\nA tea, please\.$/);
  expect(said.slice(1, 4).join("\n")).toContain("user: And a cake.");
  expect(await onlyTask(host)).toMatchObject({
    status: "completed",
    round: 2,
    events: ["started", "completed", "started", "completed"],
  });
});

test("of messages in quick succession each interrupts the one before, and only the last is answered", async () => {
  const texts = ["One.", "Two.", "Three.", "Four.", "Five."];
  const thinksUntilAllAreThere: ModelAnswer = (response, request) => {
    const asked = JSON.stringify(request.body.messages);
    return (texts.every((text) => asked.includes(text)) ? says("Five it is.") : thinks)(response, request);
  };
  const bridge = await openBridge({ answers: [thinksUntilAllAreThere] });
  const { chat, host } = bridge;
  for (const [index, text] of texts.slice(0, 3).entries()) {
    await chat.writes(text);
    await untilAsked(bridge, index + 1);
  }
  await Promise.all(texts.slice(3).map((text) => chat.writes(text)));
  expect(await chat.until(1)).toEqual(["Five it is."]);
  await idle(host);
  expect(chat.received).toHaveLength(1);
  expect(await onlyTask(host)).toMatchObject({ status: "completed", round: 5 });
});

test("a question of the agent's is put to the person, whose next message is the answer", async () => {
  const question = { question: "Which colour?", options: ["Blue", "Red"] };
  const bridge = await openBridge({ answers: [asks(question), replies("It is red now."), says("done")] });
  const { chat, host } = bridge;
  await chat.writes("Paint the fence.");
  const [put] = await chat.until(1);
  expect(put).toBe("Which colour?\n1. Blue\n2. Red\n(Answer with a number, or in your own words.)");
  await idle(host);
  expect(await onlyTask(host)).toMatchObject({ status: "awaitingClarification", events: ["started", "clarification"] });
  await chat.writes("2");
  expect(await chat.until(2)).toEqual([put, "It is red now."]);
  await idle(host);
  expect(chat.received).toHaveLength(2);
  expect(await onlyTask(host)).toMatchObject({
    status: "completed",
    round: 1,
    events: ["started", "clarification", "completed"],
  });
  expect((await transcript(host)).join("\n")).toMatch(/user: \[reply_token \S+ from Ada\]\nRed\n/);
});

test("an event that comes twice is taken once", async () => {
  const { chat, model, host } = await openBridge({ answers: [replies("Hello."), says("done")] });
  const answers = await Promise.all([1, 2, 3].map(() => chat.writes("Hello?", { eventId: "same" })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  await chat.until(1);
  await idle(host);
  expect(await chat.writes("Hello?", { eventId: "same" })).toMatchObject({ status: 200 });
  await idle(host);
  expect(model.completions).toHaveLength(2);
  expect(chat.received).toHaveLength(1);
  expect(await onlyTask(host)).toMatchObject({ round: 1 });
});

test("a person who blocked the bot hears nothing more, and nobody works for them, until they let it", async () => {
  const bridge = await openBridge({ answers: [replies("Hello."), replies("Welcome back."), says("done")] });
  const { chat, host } = bridge;
  chat.refuses({ status: 403, error: "blocked" });
  await chat.writes("Hello?");
  await expect.poll(async () => (await onlyTask(host)).status).toBe("cancelled");
  await idle(host);
  expect(await chat.writes("Hello?")).toMatchObject({ status: 200 });
  await idle(host);
  expect(await onlyTask(host)).toMatchObject({ round: 1, events: ["started", "cancelled"] });
  expect(chat.received).toEqual([]);
  await chat.tells({ event_id: "u", type: "unblocked", conversation_id: "c-4711" });
  await chat.writes("Here I am.");
  expect(await chat.until(1)).toEqual(["Welcome back."]);
});

test.each([
  [429, "limit"],
  [403, "token"],
  [500, undefined],
])("the agent is told that a message was refused with %i, and can try again", async (status, error) => {
  const bridge = await openBridge({ answers: [replies("Hello."), replies("Hello again."), says("done")] });
  const { chat, host } = bridge;
  chat.refuses({ status, ...(error === undefined ? {} : { error }) });
  await chat.writes("Hello?");
  expect(await chat.until(1)).toEqual(["Hello again."]);
  await idle(host);
  expect(resultsIn(bridge)).toEqual([expect.stringContaining("send_failed"), expect.stringContaining("Sent.")]);
  expect(chat.received).toHaveLength(1);
});

test("a model that fails ends in an apology, one that forgets to reply in what it wrote", async () => {
  const { chat, host, model } = await openBridge({ answers: [responds(400, { error: { message: "no" } })] });
  await chat.writes("Hello?");
  expect(await chat.until(1)).toEqual([APOLOGY]);
  await idle(host);
  model.answers(says("The answer", " is 42."));
  await chat.writes("What is it?");
  expect(await chat.until(2)).toEqual([APOLOGY, "The answer is 42."]);
  await idle(host);
  expect(chat.received).toHaveLength(2);
});

test("a long answer arrives as several messages, in order", async () => {
  const words = Array.from({ length: 2_000 }, (_, index) => `w${index}`).join(" ");
  const { chat } = await openBridge({ answers: [says(words)] });
  await chat.writes("Tell me everything.");
  expect((await chat.until(3)).join(" ")).toBe(words);
});

test("ten replies arrive in order, however long the first takes", async () => {
  const texts = Array.from({ length: 10 }, (_, index) => `Part ${index + 1}`);
  const bridge = await openBridge({ answers: [...texts.map((text) => replies(text)), says("done")] });
  const { promise: later, resolve } = Promise.withResolvers<void>();
  bridge.chat.refuses({ status: 200, after: later });
  await bridge.chat.writes("Tell me a story.");
  await untilAsked(bridge, 1);
  resolve();
  expect(await bridge.chat.until(10)).toEqual(texts);
  await idle(bridge.host);
  expect(bridge.chat.received).toHaveLength(10);
});

test("what belongs to one reply stays together when several are asked for at once", async () => {
  const long = (letter: string) => Array.from({ length: 3_000 }, () => `${letter}${letter}`).join(" ");
  const { chat, host } = await openBridge({ answers: [replies(long("a"), long("b"), long("c")), says("done")] });
  await chat.writes("Tell me three stories.");
  const letters = (await chat.until(9)).map((text) => text[0]).join("");
  expect(letters).toMatch(/^(?:aaa|bbb|ccc){3}$/);
  await idle(host);
  expect(chat.received).toHaveLength(9);
});

test("the agent can show that it is at work", async () => {
  const shows: ModelAnswer = (response, request) => {
    const reply_token = newestToken(request.body.messages);
    return callsTools({ name: "reply_typing", arguments: { reply_token } })(response, request);
  };
  const { chat } = await openBridge({ answers: [shows, replies("Here."), says("done")] });
  await chat.writes("Hello?");
  await chat.until(1);
  expect(chat.typing).toEqual(["c-4711"]);
});

test("/reset ends what is at work and begins a conversation without the old one", async () => {
  const bridge = await openBridge({ answers: [thinks, replies("Who are you?"), says("done")] });
  const { chat, host, model } = bridge;
  await chat.writes("My name is Ada.");
  await untilAsked(bridge, 1);
  await chat.writes("/reset");
  expect(await chat.until(1)).toEqual(["Done. We start afresh."]);
  await chat.writes("Who am I?");
  await chat.until(2);
  await idle(host);
  expect(chat.received).toHaveLength(2);
  expect(JSON.stringify(model.completions.at(-1)!.body)).not.toContain("My name is Ada");
  const statuses = (await (await host.tasks()).list({ limit: 10 })).map(({ status }) => status);
  expect(statuses).toEqual(["completed", "cancelled"]);
});

test("more than may be dispatched in a minute is apologised for", async () => {
  const { chat, host } = await openBridge({ answers: [says("Yes.")] });
  for (let count = 0; count < TASK_DISPATCHES_MAX; count++) {
    await chat.writes("Hello?", { conversation: `c-${count % 2}` });
    await idle(host);
  }
  expect(chat.received.map(({ text }) => text)).toEqual(Array(TASK_DISPATCHES_MAX).fill("Yes."));
  expect(await chat.writes("Hello?", { conversation: "c-0" })).toMatchObject({ status: 200 });
  expect((await chat.until(TASK_DISPATCHES_MAX + 1)).at(-1)).toBe(TOO_MANY);
});

test("more people than agents may work for at once are asked to come back", async () => {
  const { chat } = await openBridge({ answers: [thinks] });
  for (let count = 0; count <= TASKS_RUNNING_DEFAULT; count++) {
    await chat.writes("Hello?", { conversation: `c-${count}` });
  }
  expect(await chat.until(1)).toEqual([TOO_MANY]);
  expect(chat.received).toEqual([{ conversation: `c-${TASKS_RUNNING_DEFAULT}`, text: TOO_MANY }]);
});

test("people do not see each other's conversations", async () => {
  const echoes: ModelAnswer = (response, request) => {
    const said = String(request.body.messages.findLast(({ role }: { role: string }) => role === "user").content);
    const isAnswered = request.body.messages.at(-1).role === "tool";
    return (isAnswered ? says("done") : replies(`You said ${said.split("\n").at(-1)}`))(response, request);
  };
  const { chat, host } = await openBridge({ answers: [echoes] });
  const names = ["Ada", "Bob", "Cyd"];
  await Promise.all(names.map((name) => chat.writes(`I am ${name}`, { conversation: name, from: name })));
  await chat.until(3);
  await idle(host);
  for (const name of names) {
    expect(chat.received).toContainEqual({ conversation: name, text: `You said I am ${name}` });
  }
  expect(chat.received).toHaveLength(3);
});

test("a plugin that is killed while the agent thinks takes the reply all the same when it is back", async () => {
  const { promise: isKilled, resolve } = Promise.withResolvers<void>();
  const late: ModelAnswer = async (response, request) => {
    await isKilled;
    await replies("I am back.")(response, request);
  };
  const bridge = await openBridge({ answers: [late, says("done")] });
  const { chat, host } = bridge;
  await chat.writes("Hello?");
  await untilAsked(bridge, 1);
  const plugin = await (await host.native()).plugin(BRIDGE);
  const { pid } = plugin;
  process.kill(pid!, "SIGKILL");
  await expect.poll(() => plugin.pid).not.toBe(pid);
  resolve();
  expect(await chat.until(1)).toEqual(["I am back."]);
  await idle(host);
  expect(await onlyTask(host)).toMatchObject({ status: "completed" });
  expect(chat.received).toHaveLength(1);
});

test("a host that is stopped while the agent thinks leaves the conversation to the next one", async () => {
  const bridge = await openBridge({ answers: [thinks] });
  const { chat, model } = bridge;
  await chat.writes("Hello?");
  await untilAsked(bridge, 1);
  model.answers(replies("Here I am again."), says("done"));
  const next = await bridge.restart();
  await next.tasks();
  expect(await chat.until(1)).toEqual(["Here I am again."]);
  await idle(next);
  expect(chat.received).toHaveLength(1);
  expect(await onlyTask(next)).toMatchObject({ status: "completed", events: ["started", "completed"], resumes: 0 });
});

test("an agent that was stopped from outside is said to be", async () => {
  const bridge = await openBridge({ answers: [thinks] });
  await bridge.chat.writes("Hello?");
  await untilAsked(bridge, 1);
  const { id } = await onlyTask(bridge.host);
  await (await bridge.host.tasks()).cancel(id);
  expect(await bridge.chat.until(1)).toEqual(["This was stopped before I could answer."]);
});

test.each([
  ["does not let the bot in", { bot_token: "an old token" }],
  ["may not be reached", { base_url: "http://127.0.0.1:9" }],
  ["is not set", { base_url: undefined }],
])("a chat service that %s is the agent's to know, which learns no token", async (_what, settings) => {
  const { chat, host, model } = await openBridge({ answers: [replies("Hello."), says("done")], settings });
  await chat.writes("Hello?");
  await expect.poll(async () => (await onlyTask(host)).status).toBe("completed");
  await idle(host);
  const told = JSON.stringify(model.completions.at(-1)!.body.messages);
  expect(told).toContain("send_failed");
  expect(told).not.toMatch(/an old token|bot-token/);
  expect(chat.received).toEqual([]);
});
