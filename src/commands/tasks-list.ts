// osaurus tasks list, osaurus tasks show: runs of agents that plugins began, and what happened in one.

import type { OrderedJson } from "../base/ordered-json.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import {
  TASK_EVENTS_PAGE_MAX,
  TASK_EVENTS_SHOWN_MAX,
  TASKS_LISTED_DEFAULT,
  TASKS_LISTED_MAX,
} from "../protocol/limits.ts";
import type { TaskEvent } from "../protocol/task.ts";
import type { TaskFacts } from "../protocol/task-document.ts";
import { lookOf } from "../terminal/look.ts";
import type { Row } from "../terminal/rows.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import { agentOptionIfGiven } from "./agent-option.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import type { Settings } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { keptEventRow, listedTask, shownTask, statusNamed, statusText, type Tasks, wholeTask } from "./task-rows.ts";
import { withHost } from "./with-host.ts";

const COLUMNS = ["id", "title", "status", "plugin_id", "current_step", "updated_at"];

export const tasksList: Command = {
  usage: "[--status S]... [--agent AGENT] [--plugin PLUGIN] [--limit N]",
  about: "Lists runs of agents that plugins began and that go on by themselves, newest first.",
  positionals: { min: 0, max: 0 },
  options: {
    status: {
      type: "string",
      value: "S",
      multiple: true,
      about: "only those that are running, awaitingClarification, completed, failed or cancelled; repeatable",
    },
    agent: { type: "string", value: "AGENT", about: "only those of this agent" },
    plugin: { type: "string", value: "PLUGIN", about: "only those of this plugin" },
    limit: { type: "string", short: "n", value: "N", about: `the newest N (${TASKS_LISTED_DEFAULT})` },
  },
  // What a task is at just now, only the host that runs it knows.
  isResident: () => true,
  async run(input) {
    const statuses = ((input.options["status"] ?? []) as readonly string[]).map(statusNamed);
    const limit = limitOf(textOption(input, "limit"));
    const settings = await input.settings();
    const agentId = await agentOptionIfGiven(input);
    const filter = { agentId, pluginId: textOption(input, "plugin"), limit };
    const tasks = await withHost(input.io, input.flags, async (host) =>
      (await host.tasks()).list(statuses.length === 0 ? filter : { ...filter, statuses }),
    );
    const rows = tasks.map(settings.json ? listedTask : shownTask);
    await showRows(input, settings, rows, { columns: COLUMNS, empty: "there are no tasks" });
    return EXIT.done;
  },
};

export const tasksShow: Command = {
  usage: "ID",
  about: "Shows a task: how it stands, what it asks, what came of it, and what happened in it.",
  positionals: { min: 1, max: 1 },
  isResident: () => true,
  async run(input) {
    const [id] = input.positionals as [string];
    const settings = await input.settings();
    const { task, events } = await withHost(input.io, input.flags, async (host) => {
      const tasks = await host.tasks();
      const task = await tasks.show(id);
      return { task, events: await newestEvents(tasks, task.id) };
    });
    if (settings.json) {
      const row = wholeTask(task).set("events", events.map(keptEventRow) as OrderedJson[]);
      await showRows(input, settings, [row], { single: true });
    } else await showTask(input, settings, task, events);
    return EXIT.done;
  },
};

/** A page at a time: all of them may be more than anybody wants in memory. */
async function newestEvents(tasks: Tasks, id: string): Promise<readonly TaskEvent[]> {
  let newest: TaskEvent[] = [];
  for (let after = 0; ; ) {
    const page = await tasks.events(id, after, Math.min(TASK_EVENTS_SHOWN_MAX, TASK_EVENTS_PAGE_MAX));
    if (page.length === 0) return newest;
    newest = [...newest, ...page].slice(-TASK_EVENTS_SHOWN_MAX);
    after = page.at(-1)!.seq;
  }
}

/** A block with what there is to know, and below it, for people, what happened. */
async function showTask(
  input: CommandInput,
  settings: Settings,
  task: TaskFacts,
  events: readonly TaskEvent[],
): Promise<void> {
  await showRows(input, settings, [taskBlock(task)], { single: true });
  if (settings.format !== "auto" || events.length === 0) return;
  const { io } = input;
  const { TaskLines } = await import("./task-lines.ts");
  const lines = new TaskLines((text) => io.stdout.write(text), lookOf(io.stdout, io.env, settings.wish));
  io.stdout.write("\n");
  for (const event of events) lines.print(event, { withOutput: false });
  lines.end();
}

/** What is not there, or does not matter yet, is left out. */
function taskBlock(task: TaskFacts): Row {
  const { question, artifacts, sessionKey } = task;
  const given = (text: string | null) => (text === null || text === "" ? undefined : showHidden(text));
  return rowOf({
    id: task.id,
    title: showHidden(task.title),
    status: statusText(task),
    plugin_id: task.pluginId,
    agent_id: task.agentId,
    session_id: task.sessionId,
    session_key: given(sessionKey),
    round: task.round > 1 ? String(task.round) : undefined,
    resumes: task.resumes > 0 ? String(task.resumes) : undefined,
    current_step: given(task.currentStep),
    question: question === null ? undefined : showHidden(question.question),
    options: question?.options?.map(showHidden),
    summary: given(task.summary),
    error_code: task.errorCode ?? undefined,
    artifacts: artifacts.length === 0 ? undefined : artifacts.map(({ host_path }) => showHidden(host_path)),
    created_at: task.createdAt,
    ended_at: task.endedAt ?? undefined,
    output: given(task.output),
  });
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return TASKS_LISTED_DEFAULT;
  const limit = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= TASKS_LISTED_MAX) return limit;
  throw new HostError("usage_invalid", `--limit takes a whole number from 1 to ${TASKS_LISTED_MAX}, not "${text}"`);
}
