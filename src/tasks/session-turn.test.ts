// Tasks of one session in several hosts: one after the other, whichever host has them.

import { expect, test } from "vitest";
import { kill } from "../../test/helpers/killed-host.ts";
import { hangs, says, type Turn, wants } from "../../test/helpers/told-runs.ts";
import { openToldTasks, type ToldTasksHost } from "../../test/helpers/told-tasks-host.ts";

const never: Turn = (_, signal) => hangs("One", signal);

/** Says `text` when `go` is called. */
function whenTold(text: string): { turn: Turn; go: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const turn: Turn = async function* () {
    yield { type: "text", text: "" };
    await promise;
    yield* says(text);
  };
  return { turn, go: resolve };
}

/** A tool that is called and never answers; `called` resolves at its first call. */
function stuck() {
  const { promise: called, resolve } = Promise.withResolvers<void>();
  const state = { calls: 0 };
  const tool = () => {
    state.calls++;
    resolve();
    return new Promise(() => {});
  };
  return { called, state, tool };
}

/** Resolves when that host has had time for a whole task of another session: what it could begin before, it has begun. */
async function untilIdleButForWaiting(it: ToldTasksHost): Promise<void> {
  const { id } = await it.dispatch({ prompt: "Another session" });
  while ((await it.host.show(id)).status !== "completed") await new Promise((resolve) => setImmediate(resolve));
}

test("a task waits while another host runs one in its session, and sees what that one said", async () => {
  const { turn, go } = whenTold("First.");
  const one = await openToldTasks({ turns: [turn] });
  const two = await openToldTasks({ folder: one.folder, turns: [says("Other."), says("Second.")] });
  const first = await one.dispatch({ sessionKey: "s", prompt: "1" });
  while (one.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const second = await two.dispatch({ sessionKey: "s", prompt: "2" });
  expect(second.id).not.toBe(first.id);
  await untilIdleButForWaiting(two);
  expect(two.asked).toHaveLength(1);
  expect((await two.host.show(second.id)).prompt).toBe("2");
  go();
  await two.host.idle();
  const said = ["user: 1", "assistant: First.", "user: 2", "assistant: Second."];
  expect(await two.transcript(second.id)).toEqual(said);
  expect(two.asked[1]!.messages.at(-2)).toMatchObject({ role: "assistant", content: "First." });
});

test("no model is told that a call is not known which another host is still making", async () => {
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
  const { promise: isCalled, resolve: called } = Promise.withResolvers<void>();
  const look = async () => {
    called();
    await mayAnswer;
    return "seen";
  };
  const one = await openToldTasks({ turns: [wants(["look"]), says("Looked.")], tools: { look } });
  const two = await openToldTasks({ folder: one.folder, turns: [says("Other."), says("Second.")] });
  await one.dispatch({ sessionKey: "s", prompt: "1" });
  await isCalled;
  await two.dispatch({ sessionKey: "s", prompt: "2" });
  await untilIdleButForWaiting(two);
  answer();
  await two.host.idle();
  const results = two.asked[1]!.messages.filter(({ role }) => role === "tool");
  expect(results).toHaveLength(1);
  expect(results[0]!.content).toContain("seen");
});

test("a dispatch into the session of a task whose host was killed goes on with that one first", async () => {
  const pay = stuck();
  const first = await openToldTasks({ turns: [wants(["pay"])], tools: { pay: pay.tool } });
  const lost = await first.dispatch({ sessionKey: "s", prompt: "1" });
  await pay.called;
  await kill(first);
  // It does not follow: nothing but the dispatch leads it there. There is one place for both.
  const tools = { pay: pay.tool };
  const turns = [says("It is not known."), says("Second.")];
  const second = await openToldTasks({ folder: first.folder, turns, tools, limits: { runningMax: 1 } });
  const { id } = await second.dispatch({ sessionKey: "s", prompt: "2" });
  expect(id).not.toBe(lost.id);
  await second.host.idle();
  expect(pay.state.calls).toBe(1);
  expect(await second.host.show(lost.id)).toMatchObject({
    status: "completed",
    output: "It is not known.",
    resumes: 1,
  });
  expect(await second.host.show(id)).toMatchObject({ status: "completed", output: "Second." });
  const roles = (await second.transcript(id)).map((text) => text.split(":")[0]);
  expect(roles).toEqual(["user", "assistant", "tool", "assistant", "user", "assistant"]);
});

test("following a task that waited when its host was killed goes on with those before it", async () => {
  const first = await openToldTasks({ turns: [never] });
  const prompts = ["1", "2", "3"];
  const ids: string[] = [];
  for (const prompt of prompts) ids.push((await first.dispatch({ sessionKey: "s", prompt })).id);
  await first.untilTold("output");
  await kill(first);
  const turns = [says("A."), says("B."), says("C.")];
  const second = await openToldTasks({ folder: first.folder, turns, limits: { runningMax: 1 } });
  for await (const _ of second.host.follow(ids[2]!, 0, new AbortController().signal));
  expect(await second.transcript(ids[2]!)).toEqual([
    ...["user: 1", "assistant: A.", "user: 2", "assistant: B.", "user: 3", "assistant: C."],
  ]);
  for (const id of ids) expect(await second.host.show(id)).toMatchObject({ status: "completed" });
});

test("a task that waits for another host's goes on with it when that host is killed", async () => {
  const one = await openToldTasks({ turns: [never] });
  const two = await openToldTasks({ folder: one.folder, turns: [says("Other."), says("First."), says("Second.")] });
  const first = await one.dispatch({ sessionKey: "s", prompt: "1" });
  await one.untilTold("output");
  const second = await two.dispatch({ sessionKey: "s", prompt: "2" });
  await untilIdleButForWaiting(two);
  await kill(one);
  await two.host.idle();
  expect(await two.host.show(first.id)).toMatchObject({ status: "completed", output: "First." });
  expect(await two.host.show(second.id)).toMatchObject({ status: "completed", output: "Second." });
});

test("a task that waits for another host's can be cancelled, and its host can stop", async () => {
  const one = await openToldTasks({ turns: [never] });
  const two = await openToldTasks({ folder: one.folder, turns: [says("Other.")] });
  await one.dispatch({ sessionKey: "s", prompt: "1" });
  await one.untilTold("output");
  const second = await two.dispatch({ sessionKey: "s", prompt: "2" });
  const third = await two.dispatch({ sessionKey: "s", prompt: "3" });
  await untilIdleButForWaiting(two);
  expect(await two.host.cancel(second.id)).toMatchObject({ status: "cancelled", prompt: null });
  await two.stop();
  expect(await one.host.show(third.id)).toMatchObject({ status: "running", owner: null, prompt: "3", resumes: 0 });
});

test("sessions do not wait for one another", async () => {
  const one = await openToldTasks({ turns: [never] });
  const two = await openToldTasks({ folder: one.folder, turns: [says("Hi.")] });
  await one.dispatch({ sessionKey: "a" });
  await one.untilTold("output");
  const { id } = await two.dispatch({ sessionKey: "b" });
  await two.host.idle();
  expect(await two.host.show(id)).toMatchObject({ status: "completed" });
});
