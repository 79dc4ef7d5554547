// What one round of a task shows while it waits and works, and what it leaves however it ends.

import { expect, test } from "vitest";
import { hangs, says, type Turn, wants } from "../../test/helpers/told-runs.ts";
import { openToldTasks, PLUGIN } from "../../test/helpers/told-tasks-host.ts";
import type { Artifacts } from "../agents/share-artifact.ts";
import { HostError } from "../protocol/errors.ts";
import type { ControlDb } from "../store/control-db.ts";

const shares = (filename: string) => wants(["share_artifact", JSON.stringify({ filename, content: "x" })]);
const hangsWith =
  (text: string): Turn =>
  (_, signal) =>
    hangs(text, signal);

/** Files that are nowhere. */
function noFiles(onSave: () => void = () => {}): Artifacts {
  return {
    async save(folder, filename, { length: size }) {
      onSave();
      return { filename, mime_type: "text/plain", size, host_path: `/a/${folder}/${filename}` };
    },
    async find() {
      throw new HostError("artifact_invalid", "There is no such file.");
    },
    offer: async () => {},
  };
}

test("a task that is cancelled keeps what it said and shared, and its event says no more than that it is over", async () => {
  const it = await openToldTasks({ turns: [shares("a.txt"), hangsWith("Half of")], artifacts: noFiles() });
  const { id } = await it.dispatch({ title: "T" });
  await it.untilTold("output");
  await it.host.cancel(id);
  const artifacts = [expect.objectContaining({ filename: "a.txt" })];
  expect(await it.host.report(PLUGIN, id)).toMatchObject({
    task: { status: "cancelled", output: "Half of", artifacts },
  });
  expect(await it.host.show(id)).toMatchObject({ output: "Half of", artifacts });
  expect((await it.untilTold("cancelled")).payload).toEqual({ title: "T" });
});

test("a task that is cancelled while it waits for an answer keeps what it said and shared", async () => {
  const asks = [{ type: "text", text: "Well." } as const, ...wants(["clarify", '{"question":"Which?"}'])];
  const it = await openToldTasks({ turns: [shares("a.txt"), asks], artifacts: noFiles() });
  const { id } = await it.dispatch();
  await it.untilTold("clarification");
  await it.host.idle();
  await it.host.cancel(id);
  const artifacts = [expect.objectContaining({ filename: "a.txt" })];
  expect(await it.host.show(id)).toMatchObject({ status: "cancelled", output: "Well.", artifacts });
});

test("files that a round shares are told with its end, each once, in order", async () => {
  const turns = [shares("a.txt"), shares("b.txt"), says("Done.")];
  const it = await openToldTasks({ turns, artifacts: noFiles() });
  const { id } = await it.dispatch();
  const { payload } = await it.untilTold("completed");
  expect(payload.artifacts.map(({ filename }: { filename: string }) => filename)).toEqual(["a.txt", "b.txt"]);
  expect((await it.host.show(id)).artifacts).toEqual(payload.artifacts);
});

test("a round that waits for its place, or for its turn in its session, says so", async () => {
  const it = await openToldTasks({ turns: [hangsWith("One"), hangsWith("Two")] });
  const first = await it.dispatch({ sessionKey: "chat" });
  await it.untilTold("output");
  const second = await it.dispatch({ sessionKey: "chat" });
  expect(await it.host.show(first.id)).toMatchObject({ currentStep: "Writing" });
  expect(await it.host.report(PLUGIN, second.id)).toMatchObject({ currentStep: "Waiting" });
  await it.untilTold("progress", 3);
  expect(it.passed.filter(({ taskId }) => taskId === second.id).map(({ payload }) => payload.current_step)).toEqual([
    "Waiting",
  ]);
  await it.host.cancel(first.id);
  await expect.poll(async () => (await it.host.show(second.id)).currentStep).toBe("Writing");
});

test("an answer that waits for a place says so", async () => {
  const asks = wants(["clarify", '{"question":"Which?"}']);
  const it = await openToldTasks({ turns: [asks, hangsWith("One")], limits: { runningMax: 1 } });
  const waiting = await it.dispatch();
  await it.untilTold("clarification");
  await it.host.idle();
  await it.dispatch();
  await it.host.answer(waiting.id, "red");
  expect(await it.host.show(waiting.id)).toMatchObject({ status: "running", currentStep: "Waiting" });
});

test("a round of which something cannot be kept ends as failed with the reason, though it could go on", async () => {
  let failsOnce = false;
  const db = (real: ControlDb): ControlDb => ({
    ...real,
    get opened() {
      return real.opened;
    },
    get ownWrites() {
      return real.ownWrites;
    },
    together(work) {
      if (!failsOnce) return real.together(work);
      failsOnce = false;
      return Promise.reject(new HostError("store_broken", "the disk is full"));
    },
  });
  const artifacts = noFiles(() => {
    failsOnce = true;
  });
  const it = await openToldTasks({ turns: [shares("a.txt"), says("Done.")], artifacts, db });
  const { id } = await it.dispatch();
  expect((await it.untilTold("failed")).payload).toMatchObject({ success: false, summary: "the disk is full" });
  expect(await it.host.show(id)).toMatchObject({ status: "failed", errorCode: "store_broken" });
  expect((await it.host.show(id)).artifacts).toHaveLength(1);
});

test("a session without a key is found by its id in any case of letters, also right behind an interrupt", async () => {
  const it = await openToldTasks({ turns: [hangsWith("One"), says("Two.")] });
  const { id } = await it.dispatch();
  await it.untilTold("output");
  const { sessionId } = await it.host.show(id);
  await it.host.interruptOwn(PLUGIN, id, null);
  const again = await it.dispatch({ sessionKey: sessionId.toLowerCase(), prompt: "Go on" });
  expect(again.id).toBe(id);
  await it.untilTold("completed", 2);
  expect(await it.host.show(id)).toMatchObject({ round: 2, output: "Two." });
});
