// Tasks as everybody but plugins knows them; see `task-service.ts`.

import { HostError } from "../protocol/errors.ts";
import { TASK_EVENTS_PAGE_MAX, TASK_MESSAGE_CHARS_MAX, TASKS_LISTED_MAX } from "../protocol/limits.ts";
import { isOver, type Task } from "../protocol/task.ts";
import { unknownTask } from "../protocol/unknown-task.ts";
import type { TaskStore } from "../store/tasks.ts";
import { askOwner, untilDone } from "./ask-owner.ts";
import { followTask } from "./follow-task.ts";
import type { TaskDeliveries } from "./task-deliveries.ts";
import type { TaskDesk } from "./task-desk.ts";
import { overTask, tooManyMessages, unkeptEnd } from "./task-errors.ts";
import type { TaskService, TaskView } from "./task-service.ts";

export interface TaskServiceOptions {
  readonly store: TaskStore;
  readonly desk: TaskDesk;
  readonly deliveries: TaskDeliveries;
  readonly owner: string;
  /** Whether the host of that name has ended. */
  isGone(owner: string): boolean;
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
    refuseUnkept(task.id);
    if (isOver(task)) throw overTask(task.id);
    return task;
  }

  /** What would be undone when the host is killed now is not said to be done. */
  function refuseUnkept(taskId: string): void {
    const ended = desk.book.unkeptEnd(taskId);
    if (ended !== undefined) throw unkeptEnd(ended);
  }

  const view = (task: Task) => viewOf(options, task);

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
    hasEvents: async (taskId, afterSeq) => await store.hasEvents(taskId, afterSeq),
    async *follow(taskId, afterSeq, ownSignal) {
      const { id } = await find(taskId);
      const either = AbortSignal.any([signal, ownSignal]);
      yield* followTask({ store, desk, taskId: id, afterSeq, signal: either });
    },
    async cancel(taskId) {
      const { id, pluginId } = await findOpen(taskId);
      const tryHere = async () => (await desk.cancel(id, pluginId)) !== "elsewhere";
      if (!(await tryHere())) await askOwner({ store, taskId: id, wish: { kind: "cancel" }, isDone: tryHere, signal });
      refuseUnkept(id);
      return view(await find(id));
    },
    async interrupt(taskId, message) {
      const text = message?.trim() || undefined;
      if (text !== undefined) refuseText(text, "a message");
      const { id, pluginId } = await findOpen(taskId);
      const outcome = await desk.interrupt(id, pluginId, text);
      const isFull =
        outcome === "elsewhere" ? !(await desk.passOn(id, { kind: "interrupt", message: text })) : outcome === "full";
      if (isFull) throw tooManyMessages(id);
      return view(await find(id));
    },
    async answer(taskId, text) {
      if (text.trim() === "") throw new HostError("request_invalid", "the answer is empty");
      refuseText(text, "an answer");
      const { id, pluginId } = await findOpen(taskId);
      if ((await desk.answer(id, pluginId, text)) === "elsewhere") {
        await goneOn(options, id);
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

function viewOf({ desk, owner, isGone }: TaskServiceOptions, task: Task): TaskView {
  const round = desk.book.round(task.id);
  const isServed = !isOver(task) && task.owner !== null && (task.owner === owner || !isGone(task.owner));
  const newest = desk.book.newest(task);
  // What the agent is writing, as far as this host knows.
  const output = isOver(newest) ? newest.output : (round?.facts.output ?? newest.output);
  return { ...newest, output, currentStep: round?.facts.currentStep ?? null, isServed };
}

function refuseText(text: string, what: string): void {
  if (text.length <= TASK_MESSAGE_CHARS_MAX) return;
  throw new HostError("input_too_large", `${what} has at most ${TASK_MESSAGE_CHARS_MAX} characters`, {
    details: { chars: text.length, chars_max: TASK_MESSAGE_CHARS_MAX },
  });
}

/** The answer is kept. Resolves when somebody goes on with it: the host that owns the task, or this one when that is gone. */
async function goneOn({ store, desk, signal }: TaskServiceOptions, taskId: string): Promise<void> {
  const isDone = async () => {
    await desk.adopt(taskId);
    return desk.book.round(taskId) !== undefined || !(await store.isWished(taskId));
  };
  await untilDone({ isDone, signal });
}
