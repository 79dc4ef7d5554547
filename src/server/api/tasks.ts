// /api/v1/tasks: which tasks there are, how one stands, ending it, and answering what its agent asks.

import type { FastifyRequest } from "fastify";
import * as z from "zod/mini";
import { TASK_MESSAGE_CHARS_MAX, TASKS_LISTED_DEFAULT, TASKS_LISTED_MAX } from "../../protocol/limits.ts";
import { TASK_STATUSES, type TaskStatus } from "../../protocol/task.ts";
import { taskDocument, taskRow } from "../../protocol/task-document.ts";
import { agentOf } from "../authenticate.ts";
import { HttpError } from "../http-error.ts";
import type { ServerHost } from "../server-host.ts";
import { type ApiRoute, apiRoute, apiRouteWithBody } from "./api-route.ts";
import { TaskDocument, TaskRowDocument } from "./documents.ts";
import { ownTask } from "./own-task.ts";
import { wholeNumber } from "./query.ts";

const TASK_PARAM = { id: "a task's id" };

const Answer = z.object({
  text: z.string().check(z.maxLength(TASK_MESSAGE_CHARS_MAX), z.regex(/\S/)),
});

export const TASK_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: "GET",
    path: "/tasks",
    name: "list_tasks",
    summary: "lists tasks, newest first",
    query: {
      status: { about: `one of ${TASK_STATUSES.join(", ")}, or several with commas between them`, schema: z.string() },
      agent: { about: "an agent's id or name", schema: z.string() },
      plugin: { about: "a plugin's id", schema: z.string() },
      limit: {
        about: `how many at most; ${TASKS_LISTED_DEFAULT} without it`,
        schema: z.int().check(z.minimum(1), z.maximum(TASKS_LISTED_MAX)),
      },
    },
    answer: z.object({ tasks: z.array(TaskRowDocument) }),
    async handle({ host, request, query: { status, agent, plugin, limit } }) {
      const filter = {
        statuses: status === undefined ? undefined : statusesOf(status),
        agentId: await agentIdOf(host, request, agent),
        pluginId: plugin,
        limit: limit === undefined ? TASKS_LISTED_DEFAULT : wholeNumber("limit", limit, 1, TASKS_LISTED_MAX),
      };
      return { tasks: (await (await host.tasks()).list(filter)).map(taskRow) };
    },
  }),
  apiRoute({
    method: "GET",
    path: "/tasks/{id}",
    name: "show_task",
    summary: "shows a task with what it came to",
    params: TASK_PARAM,
    answer: TaskDocument,
    handle: async ({ host, request, params }) => taskDocument(await ownTask(host, request, params["id"]!)),
  }),
  apiRoute({
    method: "POST",
    path: "/tasks/{id}/cancel",
    name: "cancel_task",
    summary: "ends a task",
    params: TASK_PARAM,
    answer: TaskDocument,
    async handle({ host, request, params }) {
      const { id } = await ownTask(host, request, params["id"]!);
      return taskDocument(await (await host.tasks()).cancel(id));
    },
  }),
  apiRouteWithBody({
    method: "POST",
    path: "/tasks/{id}/answer",
    name: "answer_task",
    summary: "answers what a task's agent asked; the answer is not blank",
    params: TASK_PARAM,
    body: Answer,
    answer: TaskDocument,
    async handle({ host, request, params, body }) {
      const { id } = await ownTask(host, request, params["id"]!);
      return taskDocument(await (await host.tasks()).answer(id, body.text));
    },
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
