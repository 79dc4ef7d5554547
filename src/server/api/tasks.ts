// /api/v1/tasks: which tasks there are, how one stands, ending it, and answering what its agent asks.

import type { FastifyInstance, FastifyRequest } from "fastify";
import * as z from "zod/mini";
import { TASK_MESSAGE_CHARS_MAX, TASKS_LISTED_DEFAULT, TASKS_LISTED_MAX } from "../../protocol/limits.ts";
import { TASK_STATUSES, type TaskStatus } from "../../protocol/task.ts";
import { taskDocument, taskRow } from "../../protocol/task-document.ts";
import { agentOf } from "../authenticate.ts";
import { HttpError } from "../http-error.ts";
import type { ServerHost } from "../server-host.ts";
import { ownTask, type TaskRoute } from "./own-task.ts";
import { readQuery, wholeNumber } from "./query.ts";

export function registerTasks(scope: FastifyInstance, host: ServerHost): void {
  scope.get("/tasks", async (request) => {
    const { status, agent, plugin, limit } = readQuery(request, ["status", "agent", "plugin", "limit"]);
    const filter = {
      statuses: status === undefined ? undefined : statusesOf(status),
      agentId: await agentIdOf(host, request, agent),
      pluginId: plugin,
      limit: limit === undefined ? TASKS_LISTED_DEFAULT : wholeNumber("limit", limit, 1, TASKS_LISTED_MAX),
    };
    return { tasks: (await (await host.tasks()).list(filter)).map(taskRow) };
  });
  scope.get<TaskRoute>("/tasks/:id", async (request) => {
    readQuery(request, []);
    return taskDocument(await ownTask(host, request));
  });
  scope.post<TaskRoute>("/tasks/:id/cancel", async (request) => {
    const { id } = await ownTask(host, request);
    return taskDocument(await (await host.tasks()).cancel(id));
  });
  scope.post<TaskRoute>("/tasks/:id/answer", async (request) => {
    const text = answerIn(request.body);
    const { id } = await ownTask(host, request);
    return taskDocument(await (await host.tasks()).answer(id, text));
  });
}

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

const Answer = z.object({
  text: z.string().check(z.maxLength(TASK_MESSAGE_CHARS_MAX), z.regex(/\S/)),
});

function answerIn(body: unknown): string {
  const read = z.safeParse(Answer, body);
  if (read.success) return read.data.text;
  throw new HttpError("request_invalid", `the body has to be {"text": "..."}, with an answer that is not blank`, {
    hint: `an answer has ${TASK_MESSAGE_CHARS_MAX} characters at most`,
    param: "text",
  });
}
