// /api/v1/tasks/ID/artifacts: files that a task shared. A model wrote them and named them: no browser shows them as a page, and
// nothing but the task's own files is sent.

import { TASK_ARTIFACTS_API } from "../../protocol/api/task-artifacts.ts";
import { HostError } from "../../protocol/errors.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";
import { ownTask } from "./own-task.ts";
import { sendAttachment } from "./send-attachment.ts";

export const TASK_ARTIFACT_ROUTES: readonly ApiRoute[] = [
  apiRoute(TASK_ARTIFACTS_API.download_task_artifact, async ({ host, request, reply, params }) => {
    const task = await ownTask(host, request, params.id);
    const artifact = task.artifacts.findLast(({ filename }) => filename === params.name);
    if (artifact === undefined) throw unknownFile(task.id);
    return await sendAttachment(reply, artifact.filename, await (await host.artifacts()).bytesOf(artifact));
  }),
];

function unknownFile(taskId: string): HostError {
  return new HostError("file_unknown", `the task "${taskId}" shared no file of this name`, {
    hint: `"osaurus tasks show ${taskId}" lists its files`,
  });
}
