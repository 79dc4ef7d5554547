// Tasks in memory that go on as a test tells them, in place of those that agents run.

import { once, setMaxListeners } from "node:events";
import { HostError } from "../../src/protocol/errors.ts";
import { isOver, PASSING_EVENTS, type Task, type TaskEvent, type TaskEventKind } from "../../src/protocol/task.ts";
import type { TaskService, TaskView } from "../../src/tasks/task-service.ts";
import { RUNNING } from "./told-tasks.ts";

export interface ToldTaskService extends TaskService {
  /** Adds one; members that are left out are those of a task that runs. */
  add(task?: Partial<TaskView>): TaskView;
  change(id: string, change: Partial<Task>): void;
  /** Something happens in it. */
  tell(id: string, kind: TaskEventKind, payload?: Readonly<Record<string, unknown>>): TaskEvent;
  readonly answers: { readonly id: string; readonly text: string }[];
  readonly interrupts: { readonly id: string; readonly message: string | undefined }[];
  /** How many follow now. */
  readonly followers: number;
  /** Resolves when so many follow. */
  followedBy(count: number): Promise<void>;
}

export function toldTaskService(): ToldTaskService {
  const tasks = new Map<string, TaskView>();
  const events: TaskEvent[] = [];
  const answers: { id: string; text: string }[] = [];
  const interrupts: ToldTaskService["interrupts"] = [];
  const news = new EventTarget();
  setMaxListeners(0, news);
  let followers = 0;
  const happened = () => void news.dispatchEvent(new Event("news"));
  const countFollowers = (by: number) => {
    followers += by;
    happened();
  };
  const show = async (id: string) =>
    tasks.get(id.toUpperCase()) ?? raise(new HostError("task_unknown", `none has the id ${id}`));
  const change = (id: string, members: Partial<TaskView>) => {
    tasks.set(id, { ...tasks.get(id)!, ...members });
    happened();
  };
  const kept = (id: string) => events.filter(({ taskId, kind }) => taskId === id && !PASSING_EVENTS.has(kind));
  const tell = (taskId: string, kind: TaskEventKind, payload = {}) => {
    const seq = kept(taskId).length + (PASSING_EVENTS.has(kind) ? 0 : 1);
    const event: TaskEvent = { taskId, seq, kind, payload, at: "2026-11-21T08:15:02.000Z", toldAt: null };
    events.push(event);
    happened();
    return event;
  };
  return {
    answers,
    interrupts,
    running: 0,
    idle: async () => {},
    get followers() {
      return followers;
    },
    async followedBy(count) {
      while (followers !== count) await once(news, "news");
    },
    add(task = {}) {
      const id = crypto.randomUUID().toUpperCase();
      tasks.set(id, { ...PLAIN, id, sessionId: crypto.randomUUID().toUpperCase(), ...task });
      return tasks.get(id)!;
    },
    change,
    tell,
    async list({ agentId, pluginId, statuses, limit }) {
      return [...tasks.values()]
        .reverse()
        .filter((task) => agentId === undefined || task.agentId === agentId)
        .filter((task) => pluginId === undefined || task.pluginId === pluginId)
        .filter((task) => statuses?.includes(task.status) ?? true)
        .slice(0, limit);
    },
    show,
    events: async (id, after, limit) =>
      kept(id)
        .filter(({ seq }) => seq > after)
        .slice(0, limit),
    hasEvents: async (id, after) => kept(id).some(({ seq }) => seq > after),
    async *follow(id, after, signal) {
      countFollowers(1);
      try {
        for (let at = 0; ; ) {
          for (; at < events.length; at++) {
            const event = events[at]!;
            if (event.taskId === id && event.seq > after) yield event;
          }
          signal.throwIfAborted();
          if (isOver(tasks.get(id)!)) return;
          await once(news, "news", { signal });
        }
      } finally {
        countFollowers(-1);
      }
    },
    async cancel(id) {
      const task = await show(id);
      if (isOver(task)) throw new HostError("task_over", "the task is over");
      change(task.id, { status: "cancelled" });
      tell(task.id, "cancelled", { title: task.title });
      return await show(id);
    },
    async interrupt(id, message) {
      const task = await show(id);
      if (isOver(task)) throw new HostError("task_over", "the task is over");
      interrupts.push({ id: task.id, message });
      change(task.id, { status: "completed" });
      tell(task.id, "completed", { title: task.title });
      return await show(id);
    },
    async answer(id, text) {
      const task = await show(id);
      if (isOver(task)) throw new HostError("task_over", "the task is over");
      if (task.status !== "awaitingClarification") throw new HostError("task_not_waiting", "the task asks nothing");
      answers.push({ id: task.id, text });
      change(task.id, { status: "running", question: null });
      tell(task.id, "activity", { kind: "info", title: "Resumed", timestamp: "2026-11-21T08:15:02Z" });
      return await show(id);
    },
  };
}

const PLAIN: TaskView = {
  ...RUNNING,
  id: "",
  pluginId: "org.example.bot",
  agentId: "11111111-1111-1111-1111-111111111111",
  sessionId: "",
  createdAt: "2026-11-21T08:15:00.000Z",
  updatedAt: "2026-11-21T08:15:02.000Z",
  owner: "1",
  currentStep: null,
  isServed: true,
};

function raise(error: Error): never {
  throw error;
}
