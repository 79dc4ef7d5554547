// /api/v1/tasks/ID/events: what happened in a task, page by page; or, as a stream, what happens in it.

import * as z from "zod/mini";
import { TASK_EVENTS_PAGE_MAX, TASK_EVENTS_SHOWN_MAX } from "../limits.ts";
import { TaskEventDocument } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

export const TASK_EVENTS_API = {
  list_task_events: endpoint({
    method: "GET",
    path: "/tasks/{id}/events",
    name: "list_task_events",
    summary: "lists what happened in a task, or, as a stream, what happens in it",
    params: { id: "a task's id" },
    query: {
      after: { about: "events with higher numbers", schema: z.int().check(z.minimum(0)) },
      limit: {
        about: `how many at most; ${TASK_EVENTS_SHOWN_MAX} without it`,
        schema: z.int().check(z.minimum(1), z.maximum(TASK_EVENTS_PAGE_MAX)),
      },
    },
    answer: z.object({ events: z.array(TaskEventDocument), next: z.nullable(z.number()) }),
    hasEvents: true,
  }),
} as const;
