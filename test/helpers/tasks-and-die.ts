// A program for tests: a host in which a task goes through all that can happen to one (task-journey.ts), and which is killed
// right before or after a commit of its control database: the n-th one that changes a certain thing. Prints the runner's
// number, and a line for each commit: what it changes. Ends by itself when the journey is over and there was no such commit.
// Arguments: folder, name of the journey, what is changed (`partsOf` has the words), n, "before" or "after".

import { writeSync } from "node:fs";
import Database from "better-sqlite3-multiple-ciphers";
import type { Sqlite } from "../../src/store/control-db.ts";
import { driveJourney, JOURNEY_PLUGIN, journeyHost } from "./task-journey.ts";

const [home = "", name = "", part = "", nth = "0", side = "before"] = process.argv.slice(2);
/** How many commits changed that. */
let count = 0;
let isDue = false;
let before: Seen | undefined;

type Work = (...args: unknown[]) => unknown;
type Transaction = Work & { immediate: Work };

const prototype = Database.prototype as unknown as { transaction(this: Sqlite, work: Work): Transaction };
const original = prototype.transaction;
prototype.transaction = function transaction(work) {
  let isOutermost = false;
  const made = original.call(this, (...args) => {
    const value = work(...args);
    if (isOutermost) beforeCommit(this);
    return value;
  });
  const immediate: Work = (...args) => {
    isOutermost = true;
    const value = made.immediate(...args);
    isOutermost = false;
    if (isDue) die();
    return value;
  };
  return Object.assign((...args: unknown[]) => made(...args), { immediate });
};

const host = journeyHost(home);
const { pid } = await (await host.native()).plugin(JOURNEY_PLUGIN);
writeSync(1, `runner ${pid}\n`);
await driveJourney(host, name, new AbortController().signal);
await (await host.tasks()).idle();
await host.stop();

/** Still within the transaction, with all that it changes. */
function beforeCommit(sqlite: Sqlite): void {
  const now = look(sqlite);
  const parts = partsOf(before, now);
  writeSync(1, `commit ${parts.join("; ") || "something else"}\n`);
  before = now;
  if (!parts.map((one) => one.replaceAll(/\b\d+ (?=[a-z])/g, "")).includes(part)) return;
  count += 1;
  isDue = count === Number(nth);
  if (isDue && side === "before") die();
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  // The signal may reach another thread first: this one does nothing any more.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error("still alive");
}

interface Seen {
  readonly task: string;
  readonly turns: readonly string[];
  readonly events: readonly string[];
  readonly told: readonly string[];
}

function look(sqlite: Sqlite): Seen {
  const texts = (sql: string) => sqlite.prepare(sql).pluck().all() as string[];
  const call = "json_array_length(message, '$.toolCalls')";
  return {
    task:
      texts(
        `SELECT status || (CASE WHEN prompt IS NULL THEN '' ELSE ', prompt waits' END) || ', round ' || round FROM tasks`,
      ).join() || "no task",
    turns: texts(`SELECT message ->> 'role' || ifnull(' with ' || ${call} || ' calls', '') FROM turns ORDER BY seq`),
    events: texts("SELECT seq || ' ' || kind FROM task_events ORDER BY seq"),
    told: texts("SELECT seq || ' ' || kind FROM task_events WHERE told_at IS NOT NULL ORDER BY seq"),
  };
}

function partsOf(old: Seen = { task: "no task", turns: [], events: [], told: [] }, now: Seen): string[] {
  const added = (of: "turns" | "events" | "told") => now[of].slice(old[of].length);
  return [
    ...(now.task === old.task ? [] : [`task: ${now.task}`]),
    ...added("turns").map((turn) => `turn: ${turn}`),
    ...added("events").map((event) => `event: ${event}`),
    ...added("told").map((event) => `told: ${event}`),
  ];
}
