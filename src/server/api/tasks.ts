// /api/v1/tasks: which tasks there are, how one stands, ending it, and answering what its agent asks.

import type { FastifyRequest } from "fastify";
import { TASKS_API } from "../../protocol/api/tasks.ts";
import { TASKS_LISTED_DEFAULT, TASKS_LISTED_MAX } from "../../protocol/limits.ts";
import { TASK_STATUSES, type TaskStatus } from "../../protocol/task.ts";
import { taskDocument, taskRow } from "../../protocol/task-document.ts";
import { agentOf } from "../authenticate.ts";
import { HttpError } from "../http-error.ts";
import type { ServerHost } from "../server-host.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";
import { ownTask } from "./own-task.ts";
import { wholeNumber } from "./query.ts";

export const TASK_ROUTES: readonly ApiRoute[] = [
  apiRoute(TASKS_API.list_tasks, async ({ host, request, query: { status, agent, plugin, limit } }) => {
    const filter = {
      statuses: status === undefined ? undefined : statusesOf(status),
      agentId: await agentIdOf(host, request, agent),
      pluginId: plugin,
      limit: limit === undefined ? TASKS_LISTED_DEFAULT : wholeNumber("limit", limit, 1, TASKS_LISTED_MAX),
    };
    return { tasks: (await (await host.tasks()).list(filter)).map(taskRow) };
  }),
  apiRoute(TASKS_API.show_task, async ({ host, request, params }) =>
    taskDocument(await ownTask(host, request, params.id)),
  ),
  apiRoute(TASKS_API.cancel_task, async ({ host, request, params }) => {
    const { id } = await ownTask(host, request, params.id);
    return taskDocument(await (await host.tasks()).cancel(id));
  }),
  apiRoute(TASKS_API.interrupt_task, async ({ host, request, params, body }) => {
    const { id } = await ownTask(host, request, params.id);
    return taskDocument(await (await host.tasks()).interrupt(id, body.message));
  }),
  apiRoute(TASKS_API.answer_task, async ({ host, request, params, body }) => {
    const { id } = await ownTask(host, request, params.id);
    return taskDocument(await (await host.tasks()).answer(id, body.text));
  }),
];

/** The agent whose tasks are listed; undefined for all, which a key for one agent does not see. */
async function agentIdOf(
  host: ServerHost,
  request: FastifyRequest,
  named: string | undefined,
): Promise<string | undefined> {
  const scope = request.accessKey?.agentId ?? undefined;
  return named === undefined ? scope : (await agentOf(host, request, named)).id;
}

/** One status, or several with commas between them. */
function statusesOf(text: string): TaskStatus[] {
  return text.split(",").map((name) => {
    const status = TASK_STATUSES.find((one) => one === name.trim());
    if (status !== undefined) return status;
    throw new HttpError("request_invalid", `status has to be of ${TASK_STATUSES.join(", ")}`, { param: "status" });
  });
}
