// Finds the task that a request names. A key that is for one agent sees the tasks of that agent; others are not there for it.

import type { FastifyRequest } from "fastify";
import { HostError } from "../../protocol/errors.ts";
import { unknownTask } from "../../protocol/unknown-task.ts";
import type { TaskView } from "../../tasks/task-service.ts";
import type { ServerHost } from "../server-host.ts";

/** Throws `task_unknown`, in the same words whether the task is not there at all or another agent's. */
export async function ownTask(host: Pick<ServerHost, "tasks">, request: FastifyRequest, id: string): Promise<TaskView> {
  const task = await (await host.tasks()).show(id).catch((error: unknown) => {
    if (error instanceof HostError && error.code === "task_unknown") return undefined;
    throw error;
  });
  const scope = request.accessKey?.agentId ?? undefined;
  const isHidden = scope !== undefined && scope.toUpperCase() !== task?.agentId.toUpperCase();
  if (task === undefined || isHidden) throw unknownTask(id);
  return task;
}
