// What becomes of an agent's tasks when it is deleted.

import type { Sqlite } from "./control-db.ts";
import { addEvents } from "./task-event-rows.ts";
import { IS_OPEN, wishText } from "./task-rows.ts";

/** Those that are not over are cancelled. A host that runs one gets a wish to cancel it, so that it notices. */
export function endAgentTasks(sqlite: Sqlite, agentId: string): void {
  const now = new Date().toISOString();
  const open = sqlite.prepare(`SELECT id, title FROM tasks WHERE agent_id = ? AND ${IS_OPEN} ORDER BY rowid`);
  const end = sqlite.prepare(
    `UPDATE tasks SET status = 'cancelled', summary = 'The agent was deleted', question = NULL, ended_at = ?,
       updated_at = ?, wish = iif(owner IS NULL, NULL, ?) WHERE id = ?`,
  );
  for (const { id, title } of open.all(agentId) as { id: string; title: string }[]) {
    end.run(now, now, wishText({ kind: "cancel" }), id);
    addEvents(sqlite, id, [{ kind: "cancelled", payload: { title } }], now);
  }
}
