// /api/v1/tasks/ID/events: what happened in a task, page by page; or, as a stream, what happens in it.

import type { FastifyReply } from "fastify";
import { TASK_EVENTS_API } from "../../protocol/api/task-events.ts";
import { TASK_EVENTS_PAGE_MAX, TASK_EVENTS_SHOWN_MAX } from "../../protocol/limits.ts";
import { isOver } from "../../protocol/task.ts";
import { keptEventDocument, taskEventDocument } from "../../protocol/task-document.ts";
import type { TaskService, TaskView } from "../../tasks/task-service.ts";
import { headerText } from "../authenticate.ts";
import { clientSignal } from "../client-signal.ts";
import { requestError } from "../error-answer.ts";
import { PacedEvents } from "../paced-events.ts";
import { type ApiCall, type ApiRoute, apiRoute } from "./api-route.ts";
import { ownTask } from "./own-task.ts";
import { wholeNumber } from "./query.ts";
import { wantsEvents } from "./wants-events.ts";

export const TASK_EVENT_ROUTES: readonly ApiRoute[] = [
  apiRoute(TASK_EVENTS_API.list_task_events, async (call) => {
    const { host, request, params, query } = call;
    const after = numberOf("after", query.after);
    const limit = wholeNumber("limit", query.limit ?? String(TASK_EVENTS_SHOWN_MAX), 1, TASK_EVENTS_PAGE_MAX);
    const wantsStream = wantsEvents(request);
    // Whoever comes again has seen more than the address says.
    const seen = wantsStream ? Math.max(after, numberOf("Last-Event-ID", headerText(request, "last-event-id"))) : after;
    const task = await ownTask(host, request, params.id);
    const tasks = await host.tasks();
    if (wantsStream) return await stream(tasks, task, seen, call);
    const events = await tasks.events(task.id, after, limit);
    const last = events.at(-1)?.seq;
    const next = last !== undefined && (await tasks.hasEvents(task.id, last)) ? last : null;
    return { events: events.map(keptEventDocument), next };
  }),
];

/** Follows the task until its round is over. */
async function stream(
  tasks: TaskService,
  task: TaskView,
  after: number,
  { request, reply, streams, draining, note }: ApiCall,
): Promise<FastifyReply> {
  // Browsers come again after each end of a stream, but for this answer.
  if (isOver(task) && !(await tasks.hasEvents(task.id, after))) return await reply.code(204).send();
  const close = streams.open(request.accessKey);
  // Not before the reader has taken the last of it.
  if (reply.raw.destroyed) close();
  else reply.raw.once("close", close);
  const signal = clientSignal(request, reply, draining);
  const events = new PacedEvents(reply);
  events.begin();
  try {
    for await (const event of tasks.follow(task.id, after, signal)) {
      await events.send(taskEventDocument(event), event.kind, event.seq);
    }
  } catch (thrown) {
    // The answer has begun: that it breaks off without a terminal event says that something is wrong.
    if (!signal.aborted) await events.send(requestError(thrown, note(request)).toBody(), "error");
  } finally {
    await events.end();
  }
  return reply;
}

function numberOf(name: string, text: string | undefined): number {
  return wholeNumber(name, text ?? "0", 0, Number.MAX_SAFE_INTEGER);
}
