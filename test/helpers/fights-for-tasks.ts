// A program of its own that is a host beside others: says "ready", waits for a line, and then does at the same time as they
// what hosts do to tasks that are there. Prints what came of it as JSON. Takes the folder and its name as an owner.

import { once } from "node:events";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { controlDb } from "../../src/store/control-db.ts";
import { TaskStore } from "../../src/store/tasks.ts";

/** What one of them did. */
export interface Fought {
  /** How the dispatch into the session of each key ended, and in which session. */
  readonly dispatched: Readonly<
    Record<string, { readonly how: string; readonly id: string; readonly sessionId: string }>
  >;
  readonly claimed: readonly string[];
  /** Of the tasks that it tried to change, those that it did. */
  readonly changed: readonly string[];
  /** Numbers of events of the shared task that it may tell. */
  readonly told: readonly number[];
}

const KEYS = ["fresh", "over", "waits"];

const [folder, owner, shared, ...orphans] = process.argv.slice(2) as [string, string, string, ...string[]];
const db = controlDb(folder);
const tasks = new TaskStore(db);
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdin.destroy();

const dispatched: Record<string, { how: string; id: string; sessionId: string }> = {};
for (const sessionKey of KEYS) {
  const request = { id: undefined, pluginId: "test.a", agentId: DEFAULT_AGENT_ID, title: undefined, tools: [] };
  const { how, task } = await tasks.dispatch({ ...request, sessionKey, prompt: `from ${owner}`, owner });
  dispatched[sessionKey] = { how, id: task.id, sessionId: task.sessionId };
}

const isGone = (one: string) => one === "gone";
const claimed: string[] = [];
for (const id of orphans.slice(0, orphans.length / 2)) {
  claimed.push(...(await tasks.claim(owner, isGone, { id })).map((task) => task.id));
}
claimed.push(...(await tasks.claim(owner, isGone, "open")).map((task) => task.id));

const entry = { kind: "activity" as const, payload: { kind: "info", title: owner, timestamp: "2026-03-01T12:00:00Z" } };
const changed: string[] = [];
for (const id of orphans) {
  const task = await tasks.change(id, owner, { output: owner }, [entry]);
  if (task !== undefined) changed.push(id);
}

// All of them are the owner of this one: two loads of a plugin in one host are not further apart.
const told: number[] = [];
for (let event = await tasks.nextUntold(shared); event !== undefined; event = await tasks.nextUntold(shared)) {
  if (await tasks.markTold(shared, event.seq, "all of them")) told.push(event.seq);
}

db.close();
process.stdout.write(JSON.stringify({ dispatched, claimed, changed, told } satisfies Fought));
