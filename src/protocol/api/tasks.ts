// /api/v1/tasks: which tasks there are, how one stands, ending it, and answering what its agent asks.

import * as z from "zod/mini";
import { TASK_MESSAGE_CHARS_MAX, TASKS_LISTED_DEFAULT, TASKS_LISTED_MAX } from "../limits.ts";
import { TASK_STATUSES } from "../task.ts";
import { TaskDocument, TaskRowDocument } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

const TASK_PARAM = { id: "a task's id" };

const Answer = z.object({
  text: z.string().check(z.maxLength(TASK_MESSAGE_CHARS_MAX), z.regex(/\S/)),
});

const Interrupt = z.strictObject({
  message: z.optional(z.string().check(z.maxLength(TASK_MESSAGE_CHARS_MAX))),
});

export const TASKS_API = {
  list_tasks: endpoint({
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
  }),
  show_task: endpoint({
    method: "GET",
    path: "/tasks/{id}",
    name: "show_task",
    summary: "shows a task with what it came to",
    params: TASK_PARAM,
    answer: TaskDocument,
  }),
  cancel_task: endpoint({
    method: "POST",
    path: "/tasks/{id}/cancel",
    name: "cancel_task",
    summary: "ends a task",
    params: TASK_PARAM,
    answer: TaskDocument,
  }),
  interrupt_task: endpoint({
    method: "POST",
    path: "/tasks/{id}/interrupt",
    name: "interrupt_task",
    summary: "ends a task softly: what it came to is kept, and the message is the user's last word in its transcript",
    params: TASK_PARAM,
    body: Interrupt,
    answer: TaskDocument,
  }),
  answer_task: endpoint({
    method: "POST",
    path: "/tasks/{id}/answer",
    name: "answer_task",
    summary: "answers what a task's agent asked; the answer is not blank",
    params: TASK_PARAM,
    body: Answer,
    answer: TaskDocument,
  }),
} as const;
