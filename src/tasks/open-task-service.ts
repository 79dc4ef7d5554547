// Tasks as everybody but plugins knows them; see `task-service.ts`.

import { HostError } from "../protocol/errors.ts";
import { TASK_EVENTS_PAGE_MAX, TASK_MESSAGE_CHARS_MAX, TASKS_LISTED_MAX } from "../protocol/limits.ts";
import { isOver, type Task } from "../protocol/task.ts";
import type { TaskStore } from "../store/tasks.ts";
import { askOwner } from "./ask-owner.ts";
import { followTask } from "./follow-task.ts";
import type { TaskDeliveries } from "./task-deliveries.ts";
import type { TaskDesk } from "./task-desk.ts";
import { overTask, unknownTask } from "./task-errors.ts";
import { isGone } from "./task-owner.ts";
import type { TaskService, TaskView } from "./task-service.ts";

export interface TaskServiceOptions {
  readonly store: TaskStore;
  readonly desk: TaskDesk;
  readonly deliveries: TaskDeliveries;
  readonly owner: string;
  readonly signal: AbortSignal;
}

export function openTaskService(options: TaskServiceOptions): TaskService {
  const { store, desk, deliveries, signal } = options;

  async function find(taskId: string): Promise<Task> {
    const task = await store.byId(taskId);
    if (task === undefined) throw unknownTask(taskId);
    return desk.book.newest(task);
  }

  async function findOpen(taskId: string): Promise<Task> {
    const task = await find(taskId);
    if (isOver(task)) throw overTask(task.id);
    return task;
  }

  const view = (task: Task) => viewOf(desk, options.owner, task);

  return {
    async list({ agentId, pluginId, statuses, limit }) {
      const bounded = Math.min(limit, TASKS_LISTED_MAX);
      return (await store.list({ agentId, pluginId, statuses, limit: bounded })).map(view);
    },
    show: async (taskId) => view(await find(taskId)),
    async events(taskId, afterSeq, limit) {
      await find(taskId);
      return await store.events(taskId, afterSeq, Math.min(limit, TASK_EVENTS_PAGE_MAX));
    },
    async *follow(taskId, afterSeq, ownSignal) {
      const { id } = await find(taskId);
      const either = AbortSignal.any([signal, ownSignal]);
      yield* followTask({ store, desk, taskId: id, afterSeq, signal: either });
    },
    async cancel(taskId) {
      const { id, pluginId } = await findOpen(taskId);
      const tryHere = async () => (await desk.cancel(id, pluginId)) !== "elsewhere";
      if (!(await tryHere())) await askOwner({ store, taskId: id, wish: { kind: "cancel" }, isDone: tryHere, signal });
      return view(await find(id));
    },
    async answer(taskId, text) {
      refuseText(text);
      const { id, pluginId } = await findOpen(taskId);
      if ((await desk.answer(id, pluginId, text)) === "elsewhere") {
        const isDone = await answeredElsewhere(options, id, pluginId, text);
        await askOwner({ store, taskId: id, wish: { kind: "answer", text }, isDone, signal });
      }
      return view(await find(id));
    },
    get running() {
      return desk.book.running;
    },
    async idle() {
      do {
        await desk.settled();
        await deliveries.idle();
      } while (desk.book.running > 0);
    },
  };
}

function viewOf(desk: TaskDesk, owner: string, task: Task): TaskView {
  const round = desk.book.round(task.id);
  const isServed = task.owner !== null && (task.owner === owner || !isGone(task.owner));
  return { ...desk.book.newest(task), currentStep: round?.facts.currentStep ?? null, isServed };
}

function refuseText(text: string): void {
  if (text.trim() === "") throw new HostError("request_invalid", "the answer is empty");
  if (text.length <= TASK_MESSAGE_CHARS_MAX) return;
  throw new HostError("input_too_large", `an answer has at most ${TASK_MESSAGE_CHARS_MAX} characters`, {
    details: { chars: text.length, chars_max: TASK_MESSAGE_CHARS_MAX },
  });
}

/** Looks whether the task went on since, however it fared then. */
async function answeredElsewhere({ store, desk }: TaskServiceOptions, id: string, pluginId: string, text: string) {
  let seq = 0;
  const wentOn = async () => {
    for (;;) {
      const events = await store.events(id, seq, TASK_EVENTS_PAGE_MAX);
      seq = events.at(-1)?.seq ?? seq;
      const hasResumed = events.some(({ kind, payload }) => kind === "activity" && payload["title"] === "Resumed");
      if (events.length < TASK_EVENTS_PAGE_MAX || hasResumed) return hasResumed;
    }
  };
  while (await wentOn());
  return async () => (await wentOn()) || (await desk.answer(id, pluginId, text)) === "done";
}
