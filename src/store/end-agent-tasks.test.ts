import { expect, test } from "vitest";
import { OTHER_AGENT, openTasksAt, wishOf } from "../../test/helpers/task-store.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { removeAgent } from "./agent-rows.ts";

const A = "host a";

test("the tasks of an agent that is deleted are cancelled, told and noticed by their host; others go on", async () => {
  const { tasks, db } = await openTasksAt(tempDir());
  const of = async (agentId: string) => (await tasks.dispatch(wishOf({ agentId, title: "Sums" }))).task;
  const [runs, waits, over] = [await of(OTHER_AGENT), await of(OTHER_AGENT), await of(OTHER_AGENT)];
  const other = (await tasks.dispatch(wishOf({}))).task;
  const question = { question: "which?", allow_multiple: false };
  await tasks.change(waits.id, A, { status: "awaitingClarification", question });
  const done = await tasks.change(over.id, A, { status: "completed", summary: "done" });

  (await db.openForWrite()).write((sqlite) => removeAgent(sqlite, OTHER_AGENT));

  for (const { id } of [runs, waits]) {
    const cancelled = await tasks.byId(id);
    expect(cancelled).toMatchObject({ status: "cancelled", question: null, owner: A });
    expect(cancelled!.endedAt).toBe(cancelled!.updatedAt);
    expect(await tasks.events(id, 1, 10)).toMatchObject([
      { seq: 2, kind: "cancelled", payload: { title: "Sums" }, toldAt: null },
    ]);
    // The host that ran it cannot end it another time.
    expect(await tasks.change(id, A, { status: "completed" }, [{ kind: "completed", payload: {} }])).toBeUndefined();
  }
  expect(await tasks.byId(over.id)).toEqual(done);
  expect(await tasks.byId(other.id)).toEqual(other);
  expect(await tasks.takeWishes(A)).toMatchObject([
    { task: { id: runs.id, status: "cancelled" }, wish: { kind: "cancel" } },
    { task: { id: waits.id, status: "cancelled" }, wish: { kind: "cancel" } },
  ]);
});

test("nobody is asked to cancel what nobody runs", async () => {
  const { tasks, db } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ agentId: OTHER_AGENT }));
  await tasks.release(A);
  (await db.openForWrite()).write((sqlite) => removeAgent(sqlite, OTHER_AGENT));
  expect(await tasks.claim("host b", () => true, { id: task.id })).toMatchObject([{ status: "cancelled" }]);
  expect(await tasks.takeWishes("host b")).toEqual([]);
});

test("an agent stays, with its tasks, when its deletion fails", async () => {
  const { tasks, db } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ agentId: OTHER_AGENT }));
  const opened = await db.openForWrite();
  const failing = () =>
    opened.write((sqlite) => {
      removeAgent(sqlite, OTHER_AGENT);
      throw new Error("no");
    });
  expect(failing).toThrow("no");
  expect(await tasks.byId(task.id)).toEqual(task);
  expect(await tasks.events(task.id, 1, 10)).toEqual([]);
});
