// What becomes of tasks when what they need is deleted: their agent, or their session.

import type { Sqlite } from "./control-db.ts";
import { addEvents } from "./task-event-rows.ts";
import { IS_OPEN } from "./task-rows.ts";
import { addWish } from "./task-wishes.ts";

export function endAgentTasks(sqlite: Sqlite, agentId: string): void {
  endTasks(sqlite, { where: "agent_id = ?", values: [agentId], summary: "The agent was deleted" });
}

/** @param sessions chooses sessions, as SQL. */
export function endSessionTasks(sqlite: Sqlite, sessions: string, ...values: readonly unknown[]): void {
  const where = `session_id IN (SELECT id FROM sessions WHERE ${sessions})`;
  endTasks(sqlite, { where, values, summary: "The session was deleted" });
}

interface Ending {
  /** Which tasks, as SQL. */
  readonly where: string;
  readonly values: readonly unknown[];
  readonly summary: string;
}

/** Those that are not over are cancelled. A host that runs one gets a wish to cancel it, so that it notices. */
function endTasks(sqlite: Sqlite, { where, values, summary }: Ending): void {
  const now = new Date().toISOString();
  const open = sqlite.prepare(`SELECT id, title, owner FROM tasks WHERE ${where} AND ${IS_OPEN} ORDER BY rowid`);
  const end = sqlite.prepare(
    `UPDATE tasks SET status = 'cancelled', summary = ?, question = NULL, ended_at = ?, updated_at = ? WHERE id = ?`,
  );
  for (const { id, title, owner } of open.all(...values) as { id: string; title: string; owner: string | null }[]) {
    end.run(summary, now, now, id);
    if (owner !== null) addWish(sqlite, id, { kind: "cancel" });
    addEvents(sqlite, id, [{ kind: "cancelled", payload: { title } }], now);
  }
}
