// /api/v1/tasks/ID/artifacts: files that a task shared. A model wrote them and named them: no browser shows them as a page, and
// nothing but the task's own files is sent.

import { safeFileName } from "../../base/safe-file-name.ts";
import { TASK_ARTIFACTS_API } from "../../protocol/api/task-artifacts.ts";
import { HostError } from "../../protocol/errors.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";
import { ownTask } from "./own-task.ts";

export const TASK_ARTIFACT_ROUTES: readonly ApiRoute[] = [
  apiRoute(TASK_ARTIFACTS_API.download_task_artifact, async ({ host, request, reply, params }) => {
    const task = await ownTask(host, request, params.id);
    const artifact = task.artifacts.findLast(({ filename }) => filename === params.name);
    if (artifact === undefined) throw unknownFile(task.id);
    const bytes = await (await host.artifacts()).bytesOf(artifact);
    reply.headers({
      "content-type": "application/octet-stream",
      "content-disposition": attachment(artifact.filename),
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
    });
    return await reply.send(bytes);
  }),
];

/** As RFC 6266 has it: a plain name for old programs, and the whole one. */
function attachment(filename: string): string {
  const name = safeFileName(filename);
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, "_");
  const whole = encodeURIComponent(name).replaceAll(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}

function unknownFile(taskId: string): HostError {
  return new HostError("file_unknown", `the task "${taskId}" shared no file of this name`, {
    hint: `"osaurus tasks show ${taskId}" lists its files`,
  });
}
