// A host as it is after it was killed, without a process that has to be killed for it: it does nothing any more, and its
// tasks have the name of a host on them that is gone.

import { isOver } from "../../src/protocol/task.ts";
import { controlDb } from "../../src/store/control-db.ts";
import { newOwner } from "../../src/tasks/task-owner.ts";
import type { ToldTasksHost } from "./told-tasks-host.ts";

/** Of this computer, and of a process that cannot be: its number is too big. */
export const GONE = newOwner().replace(/^\d+/, "99999999");

export async function kill(it: ToldTasksHost): Promise<void> {
  const db = controlDb(it.folder);
  const open = (await it.host.list({ limit: 100 })).filter((task) => !isOver(task));
  await it.stop();
  await db.together((sqlite) => {
    for (const { id } of open)
      sqlite.prepare("UPDATE tasks SET owner = ? WHERE id = ? AND owner IS NULL").run(GONE, id);
  });
  db.close();
}
