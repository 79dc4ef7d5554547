// Tasks in a control database, without any host.

import { onTestFinished } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { DEFAULT_AGENT, putAgent } from "../../src/store/agent-rows.ts";
import { type ControlDb, controlDb } from "../../src/store/control-db.ts";
import { Sessions } from "../../src/store/sessions.ts";
import type { NewTask } from "../../src/store/task-dispatch.ts";
import { TaskStore } from "../../src/store/tasks.ts";

export const OTHER_AGENT = "22222222-2222-2222-2222-222222222222";

/** Of one process; several on the same folder are like several processes. Two agents are there. */
export async function openTasksAt(folder: string): Promise<{ tasks: TaskStore; sessions: Sessions; db: ControlDb }> {
  const db = controlDb(folder);
  onTestFinished(() => db.close());
  const opened = await db.openForWrite();
  opened.write((sqlite) => putAgent(sqlite, { ...DEFAULT_AGENT, id: OTHER_AGENT, name: "other", isDefault: false }));
  return { tasks: new TaskStore(db), sessions: new Sessions(db), db };
}

/** A dispatch that says hello to the default agent. */
export function wishOf(wish: Partial<NewTask>): NewTask {
  return {
    id: undefined,
    pluginId: "test.a",
    agentId: DEFAULT_AGENT_ID,
    sessionKey: null,
    title: undefined,
    prompt: "hello",
    tools: [],
    owner: "host a",
    ...wish,
  };
}
