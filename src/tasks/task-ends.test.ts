// Ends that must not be lost, and what a host leaves to others: when the database fails, when the host ends, when the session
// or the plugin goes.

import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { breakableDb } from "../../test/helpers/breakable-db.ts";
import { hangs, says, type Turn, wants } from "../../test/helpers/told-runs.ts";
import { openToldTasks, PLUGIN, type ToldTasksHost } from "../../test/helpers/told-tasks-host.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import type { ControlDb } from "../store/control-db.ts";
import { TaskStore } from "../store/tasks.ts";
import { newOwner } from "./task-owner.ts";

const asksColour = wants(["clarify", '{"question":"Which colour?"}']);
const never: Turn = (_, signal) => hangs("One", signal);
const kinds = ({ told }: ToldTasksHost) => told.map(({ kind }) => kind);
const GONE = `999999999 1 ${newOwner().split(" ")[2]} gone`;

test("a cancel that the database does not take is not said to be done", async () => {
  const { state, db } = breakableDb();
  const it = await openToldTasks({ turns: [never], db });
  const { id } = await it.dispatch();
  await it.untilTold("output");
  state.isBroken = true;
  await expect(it.host.cancel(id)).rejects.toMatchObject({ code: "store_broken" });
  await expect(it.host.cancel(id)).rejects.toMatchObject({ code: "store_broken" });
  expect(await it.host.show(id)).toMatchObject({ status: "cancelled" });
  state.isBroken = false;
  await it.untilTold("cancelled");
  await expect(it.host.cancel(id)).rejects.toMatchObject({ code: "task_over" });
});

test("a host that ends writes what was decided while the database failed, and the next one leaves it so", async () => {
  const { state, db } = breakableDb();
  const it = await openToldTasks({ turns: [never], db, endRetriesMs: [5, 3_600_000] });
  const { id } = await it.dispatch();
  await it.untilTold("output");
  state.isBroken = true;
  const cancelled = it.host.cancel(id);
  cancelled.catch(() => {});
  // The second try has failed by then, and the next is hours away.
  await expect.poll(() => state.refused).toBe(2);
  state.isBroken = false;
  await it.stop();
  const next = await openToldTasks({ folder: it.folder, turns: [never] });
  await next.host.takeUp();
  next.host.pluginLoaded(PLUGIN);
  await next.untilTold("cancelled");
  await next.host.idle();
  expect(await next.host.show(id)).toMatchObject({ status: "cancelled", resumes: 0 });
  expect(next.asked).toEqual([]);
});

test("a host whose database fails when it ends ends all the same, and says so", async () => {
  const { state, db } = breakableDb();
  const it = await openToldTasks({ turns: [never], db });
  await it.dispatch();
  await it.untilTold("output");
  state.isBroken = true;
  await it.stop();
  expect(it.notes.at(-1)).toContain("the disk is full");
});

/** A task of a host that was killed, with something that its plugin was not told of. */
async function orphan(it: ToldTasksHost, status: "running" | "awaitingClarification" = "running") {
  const store = new TaskStore(it.db);
  const wish = { id: undefined, pluginId: PLUGIN, agentId: DEFAULT_AGENT_ID, sessionKey: null, title: undefined };
  const { task } = await store.dispatch({ ...wish, prompt: "Hello", tools: [], owner: GONE });
  if (status !== "running") await store.change(task.id, GONE, { status });
  return { id: task.id, ownerNow: async () => (await store.byId(task.id))?.owner };
}

test.each(["running", "awaitingClarification"] as const)(
  "a command that only tells of a task that is %s keeps it from nobody",
  async (status) => {
    const command = await openToldTasks();
    const { id, ownerNow } = await orphan(command, status);
    command.host.pluginLoaded(PLUGIN);
    await command.untilTold("started");
    await expect.poll(ownerNow).toBeNull();
    expect(command.asked).toEqual([]);
    const serves = await openToldTasks({ folder: command.folder, turns: [says("Hi.")] });
    await serves.host.takeUp();
    serves.host.pluginLoaded(PLUGIN);
    if (status !== "running") await serves.host.answer(id, "red");
    await serves.untilTold("completed");
    expect(command.asked).toEqual([]);
  },
);

test("a command that is asked for a task of which it tells goes on with it", async () => {
  const command = await openToldTasks({ turns: [says("Hi.")] });
  const { id } = await orphan(command);
  command.host.pluginLoaded(PLUGIN);
  const seen: string[] = [];
  for await (const { kind } of command.host.follow(id, 0, new AbortController().signal)) seen.push(kind);
  expect(seen.at(-1)).toBe("completed");
});

test("what nobody who is installed has to be told leaves no mark", async () => {
  const first = await openToldTasks({ turns: [never] });
  const marks = join(first.folder, "run", "tasks");
  await first.dispatch();
  await first.untilTold("output");
  await orphan(first);
  await first.stop();
  expect(readdirSync(marks)).toEqual([]);
  mkdirSync(join(first.folder, "Tools", PLUGIN), { recursive: true });
  const second = await openToldTasks({ folder: first.folder });
  await second.dispatch().catch(() => {});
  await second.stop();
  expect(readdirSync(marks)).toEqual(["left"]);
});

test("tasks of a session that is deleted are cancelled, those that run and those that wait", async () => {
  const it = await openToldTasks({ turns: [asksColour, never] });
  const waits = await it.dispatch({ sessionKey: "a" });
  await it.untilTold("clarification");
  const runs = await it.dispatch({ sessionKey: "b" });
  const behind = await it.dispatch({ sessionKey: "b" });
  await it.untilTold("output");
  for (const { id } of [waits, runs]) await it.agents.sessions.delete((await it.host.show(id)).sessionId);
  await it.untilTold("cancelled", 3);
  await it.host.idle();
  for (const { id } of [waits, runs, behind]) {
    expect(await it.host.show(id)).toMatchObject({ status: "cancelled", summary: "The session was deleted" });
  }
  expect(it.asked).toHaveLength(2);
});

test("sessions that are deleted since they are old take their tasks along, and others' stay", async () => {
  const it = await openToldTasks({ turns: [asksColour] });
  const old = await it.dispatch();
  await it.untilTold("clarification");
  const between = new Date(Date.now() + 1);
  await expect.poll(() => Date.now()).toBeGreaterThan(between.getTime());
  const young = await it.dispatch();
  await it.untilTold("clarification", 2);
  expect(await it.agents.sessions.deleteOlder(between, undefined)).toBe(1);
  await it.untilTold("cancelled");
  expect(await it.host.show(old.id)).toMatchObject({ status: "cancelled" });
  expect(await it.host.show(young.id)).toMatchObject({ status: "awaitingClarification" });
});

test("a plugin that is removed is told that its tasks are cancelled, before they are forgotten", async () => {
  const it = await openToldTasks({ turns: [asksColour, never] });
  await it.dispatch({ sessionKey: "a" });
  await it.untilTold("clarification");
  const { id } = await it.dispatch({ sessionKey: "b" });
  await it.untilTold("output");
  await it.host.forgetPlugin(PLUGIN);
  expect(kinds(it).filter((kind) => kind === "cancelled")).toHaveLength(2);
  expect(it.host.running).toBe(0);
  expect(await it.host.report(PLUGIN, id)).toBeUndefined();
});

test("a plugin that runs in another host than the one that removes it is told there", async () => {
  const serves = await openToldTasks({ turns: [asksColour, never] });
  await serves.dispatch({ sessionKey: "a" });
  await serves.untilTold("clarification");
  const { id } = await serves.dispatch({ sessionKey: "b" });
  await serves.untilTold("output");
  const removes = await openToldTasks({ folder: serves.folder });
  await removes.host.forgetPlugin(PLUGIN);
  expect(kinds(serves).filter((kind) => kind === "cancelled")).toHaveLength(2);
  await expect(removes.host.show(id)).rejects.toMatchObject({ code: "task_unknown" });
  await serves.host.idle();
});

test("a question that could be written only later is answered from another host all the same", async () => {
  const { state, db } = breakableDb();
  let hasBroken = false;
  const it = await openToldTasks({
    turns: [asksColour, says("Red.")],
    endRetriesMs: [5, 20],
    db(real) {
      const breakable = db(real);
      const turns = () =>
        real.opened?.read((sqlite) => sqlite.prepare("SELECT count(*) FROM turns").pluck().get() as number) ?? 0;
      const together: ControlDb["together"] = (work) => {
        // The question stands in the transcript: what comes next is that the task waits.
        if (!hasBroken && turns() >= 3) hasBroken = state.isBroken = true;
        return breakable.together(work);
      };
      return Object.assign(Object.create(breakable) as ControlDb, { together });
    },
  });
  const { id } = await it.dispatch();
  await expect.poll(() => it.notes.join(), { timeout: 10_000 }).toContain("is not kept");
  state.isBroken = false;
  await it.untilTold("clarification");
  const other = await openToldTasks({ folder: it.folder });
  await other.host.answer(id, "red");
  await it.untilTold("completed");
  expect(await it.host.show(id)).toMatchObject({ status: "completed", output: "Red." });
});
