// /api/v1/tasks/ID/artifacts: files that a task shared.

import * as z from "zod/mini";
import { endpoint } from "./endpoint.ts";

export const TASK_ARTIFACTS_API = {
  download_task_artifact: endpoint({
    method: "GET",
    path: "/tasks/{id}/artifacts/{name}",
    name: "download_task_artifact",
    summary: "sends a file that the task shared; of several of one name, the last",
    params: { id: "a task's id", name: "the file's name, as the task has it" },
    answer: z.never(),
    file: "application/octet-stream",
  }),
} as const;
