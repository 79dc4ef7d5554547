// Several hosts that want the same tasks at the same time.

import { join } from "node:path";
import { expect, test } from "vitest";
import type { Fought } from "../helpers/fights-for-tasks.ts";
import { startReady } from "../helpers/start-together.ts";
import { openTasksAt, wishOf } from "../helpers/task-store.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const PROGRAM = join(import.meta.dirname, "../helpers/fights-for-tasks.ts");
const HOSTS = ["a", "b", "c"];
const ORPHANS = 40;
const EVENTS = 60;

test("of several hosts one gets each task, dispatches meet in one session, each event is told by one, and nothing is lost", async () => {
  const folder = join(tempDir(), "data");
  const { tasks, sessions } = await openTasksAt(folder);
  const { orphans, over, waits, shared } = await prepare();
  const programs = HOSTS.map((owner) => start([folder, owner, shared, ...orphans]));
  for (const { isReady } of programs) await isReady;
  for (const { go } of programs) go();
  const fought = await Promise.all(programs.map(({ printed }) => printed));

  // Dispatches: one goes on with what is there, the others wait their turn beside it.
  const into = (key: string) => fought.map(({ dispatched }) => dispatched[key]!);
  expect(into("fresh").map(({ how }) => how)).toEqual(["new", "new", "new"]);
  expect(new Set(into("fresh").map(({ id }) => id)).size).toBe(HOSTS.length);
  expect(
    into("over")
      .map(({ how }) => how)
      .toSorted(),
  ).toEqual(["again", "new", "new"]);
  expect(
    into("waits")
      .map(({ how }) => how)
      .toSorted(),
  ).toEqual(["answer", "new", "new"]);
  expect(into("over").find(({ how }) => how === "again")!.id).toBe(over);
  expect(into("waits").find(({ how }) => how === "answer")!.id).toBe(waits);
  for (const key of ["fresh", "over", "waits"]) {
    const found = await sessions.byKey("test.a", key, wishOf({}).agentId);
    expect(new Set(into(key).map(({ sessionId }) => sessionId))).toEqual(new Set([found!.id]));
    const open = await Promise.all(into(key).map(({ id }) => tasks.byId(id)));
    expect(new Set(open.map((task) => task!.prompt))).toEqual(new Set(HOSTS.map((owner) => `from ${owner}`)));
  }

  // Claims: each task was given once, and only whoever got it changed it.
  expect(fought.flatMap(({ claimed }) => claimed).toSorted()).toEqual(orphans.toSorted());
  for (const [at, { claimed, changed }] of fought.entries()) {
    expect(changed.toSorted()).toEqual(claimed.toSorted());
    for (const id of claimed) {
      expect(await tasks.byId(id)).toMatchObject({ owner: HOSTS[at], output: HOSTS[at] });
      expect((await tasks.events(id, 0, 10)).map(({ seq }) => seq)).toEqual([1, 2]);
    }
  }

  // Events.
  const told = fought.flatMap((one) => one.told).toSorted((a, b) => a - b);
  expect(told).toEqual(Array.from({ length: EVENTS + 1 }, (_, at) => at + 1));

  async function prepare() {
    const made = (sessionKey: string, owner: string) =>
      tasks.dispatch(wishOf({ sessionKey, owner, pluginId: "test.a" }));
    const lost = await Promise.all(Array.from({ length: ORPHANS }, (_, at) => made(`orphan ${at}`, "gone")));
    const [{ task: overTask }, { task: waitsTask }, { task: sharedTask }] = await Promise.all([
      made("over", "before"),
      made("waits", "before"),
      made("shared", "all of them"),
    ]);
    await tasks.change(overTask.id, "before", { status: "completed" });
    await tasks.change(waitsTask.id, "before", { status: "awaitingClarification" });
    await tasks.release("before");
    const entry = { kind: "activity" as const, payload: { kind: "info", title: "x", timestamp: "t" } };
    await tasks.change(sharedTask.id, "all of them", {}, new Array(EVENTS).fill(entry));
    return {
      orphans: lost.map(({ task }) => task.id),
      over: overTask.id,
      waits: waitsTask.id,
      shared: sharedTask.id,
    };
  }
});

function start(words: readonly string[]) {
  const { lastLine, ...program } = startReady(PROGRAM, words);
  return { ...program, printed: lastLine.then((line) => JSON.parse(line) as Fought) };
}
