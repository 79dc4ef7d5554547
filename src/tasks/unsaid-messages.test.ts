// Messages that interrupt a task faster than they can be said.

import { expect, test } from "vitest";
import { hangs } from "../../test/helpers/told-runs.ts";
import { openToldTasks, PLUGIN } from "../../test/helpers/told-tasks-host.ts";
import { HostError } from "../protocol/errors.ts";
import {
  TASK_MESSAGE_CHARS_MAX,
  TASK_MESSAGES_UNSAID_CHARS_MAX,
  TASK_MESSAGES_UNSAID_MAX,
} from "../protocol/limits.ts";
import type { ControlDb } from "../store/control-db.ts";

/** A task that waits for its turn in a session until the one before it is ended. */
async function setUp(told: Parameters<typeof openToldTasks>[0] = {}) {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("Hm", signal)], ...told });
  const first = await it.dispatch({ sessionKey: "s", prompt: "first" });
  await it.untilTold("started");
  const { id } = await it.dispatch({ sessionKey: "s", prompt: "second" });
  const interrupt = async (message: string | null) => await it.host.interruptOwn(PLUGIN, id, message);
  /** What stands in the transcript behind the second prompt. */
  const said = async () => {
    await it.host.cancel(first.id);
    await it.host.idle();
    const turns = await it.transcript(id);
    return turns.slice(turns.indexOf("user: second") + 1);
  };
  return { it, id, interrupt, said };
}

test("of messages that wait until they are said, TASK_MESSAGES_UNSAID_CHARS_MAX characters are taken", async () => {
  const { it, id, interrupt, said } = await setUp();
  const long = "m".repeat(TASK_MESSAGE_CHARS_MAX);
  const fit = TASK_MESSAGES_UNSAID_CHARS_MAX / TASK_MESSAGE_CHARS_MAX;
  for (let at = 1; at < fit; at++) expect(await interrupt(long)).toBe(true);
  expect(await interrupt("x".repeat(TASK_MESSAGE_CHARS_MAX - 1))).toBe(true);
  expect(await interrupt("yz")).toBe(false);
  expect(await interrupt("y")).toBe(true);
  expect(await interrupt("z")).toBe(false);
  await expect(it.host.interrupt(id, "z")).rejects.toMatchObject({ code: "task_limit_reached" });
  // Nothing is to be said: it counts all the same.
  expect(await interrupt(null)).toBe(true);
  expect((await said()).map((turn) => turn.length)).toEqual([
    ...new Array(fit - 1).fill("user: ".length + TASK_MESSAGE_CHARS_MAX),
    "user: ".length + TASK_MESSAGE_CHARS_MAX - 1,
    "user: y".length,
  ]);
});

test("of short messages TASK_MESSAGES_UNSAID_MAX are taken", async () => {
  const { interrupt, said } = await setUp();
  const taken: boolean[] = [];
  for (let at = 0; at <= TASK_MESSAGES_UNSAID_MAX; at++) taken.push(await interrupt(`${at}`));
  expect(taken.indexOf(false)).toBe(TASK_MESSAGES_UNSAID_MAX);
  expect(await said()).toHaveLength(TASK_MESSAGES_UNSAID_MAX);
});

/** Takes back the first transaction that adds a turn with the text. */
function failsOnceAt(text: string) {
  let failures = 0;
  const db = (real: ControlDb): ControlDb => ({
    ...real,
    get opened() {
      return real.opened;
    },
    get ownWrites() {
      return real.ownWrites;
    },
    together: async (work) =>
      await real.together((sqlite) => {
        const done = work(sqlite);
        const added = sqlite.prepare("SELECT 1 FROM turns WHERE message LIKE ?").get(`%${text}%`);
        if (added === undefined || failures++ > 0) return done;
        throw new HostError("store_broken", "the disk is full");
      }),
  });
  return { db, failures: () => failures };
}

test("messages that could not be kept at first are not lost", async () => {
  const { db, failures } = failsOnceAt("Stop");
  const { interrupt, said } = await setUp({ db });
  for (const message of ["Stop", "Really"]) expect(await interrupt(message)).toBe(true);
  expect(await said()).toEqual(["user: Stop", "user: Really"]);
  expect(failures()).toBeGreaterThan(1);
});
