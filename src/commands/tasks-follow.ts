// osaurus tasks follow: what happens in a task, as it happens. At a terminal, what its agent asks is asked right there.

import type { Host } from "../host/create-host.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { PASSING_EVENTS, type TaskEvent, type TaskEventKind } from "../protocol/task.ts";
import type { TaskFacts } from "../protocol/task-document.ts";
import { jsonLine } from "../terminal/json-text.ts";
import { lookOf } from "../terminal/look.ts";
import { chatConsent } from "./chat-consent.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { lentHost, lentHostStopping } from "./lent-host.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";
import { TaskLines } from "./task-lines.ts";
import { TaskQuestions } from "./task-questions.ts";
import { eventRow } from "./task-rows.ts";
import { withHost } from "./with-host.ts";

export const tasksFollow: Command = {
  usage: "ID [--after N]",
  about:
    "Prints what happens in a task until it is over, and asks you what its agent asks. Where no host runs it, this " +
    "command does. Ctrl-C leaves it as it is.",
  positionals: { min: 1, max: 1 },
  options: {
    after: { type: "string", value: "N", about: "only events with a higher number (0)" },
  },
  isResident: () => true,
  runsOn: () => true,
  async run(input) {
    const afterSeq = numberOf(textOption(input, "after"));
    const settings = await input.settings();
    const consent = chatConsent(input.io, settings).options;
    const use = (host: Host) => follow(host, input, settings, afterSeq);
    return await withHost(input.io, input.flags, use, { consent, config: settings.config, endsItself: true });
  },
};

/** These may come while the agent waits for an answer: a question stays a question. */
const BESIDE_QUESTIONS: ReadonlySet<TaskEventKind> = new Set([...PASSING_EVENTS, "draft"]);

async function follow(host: Host, input: CommandInput, settings: Settings, afterSeq: number): Promise<number> {
  const { io } = input;
  const tasks = await host.tasks();
  const task = await tasks.show(input.positionals[0]!);
  const printer = printerOf(input, settings);
  const leaves = new AbortController();
  const questions = new TaskQuestions({ io, settings, tasks, onFailure: (error) => leaves.abort(error) });
  const stopping = lentHostStopping(io) ?? new AbortController().signal;
  const signal = AbortSignal.any([io.signal, leaves.signal, stopping]);
  let isOver = false;
  try {
    for await (const event of tasks.follow(task.id, afterSeq, signal)) {
      if (io.stdout.isClosed) return EXIT.done;
      printer.print(event);
      if (!BESIDE_QUESTIONS.has(event.kind)) questions.takeBack();
      if (event.kind === "clarification") await questions.ask(event);
    }
    isOver = true;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    questions.takeBack();
    printer.end();
  }
  if (isOver) return exitOf(await tasks.show(task.id));
  if (leaves.signal.aborted) throw leaves.signal.reason;
  if (!io.signal.aborted) throw hostStopped(task);
  noteLeft(input, settings, task);
  return EXIT.interrupted;
}

function printerOf(
  { io }: CommandInput,
  settings: Settings,
): Pick<TaskLines, "end"> & { print(event: TaskEvent): void } {
  if (settings.json) return { print: (event) => io.stdout.write(jsonLine(eventRow(event))), end() {} };
  const { color, theme } = lookOf(io.stdout, io.env, settings.wish);
  return new TaskLines((text) => io.stdout.write(text), { color, theme, streams: io.stdout.isTerminal });
}

function exitOf({ status }: TaskFacts): number {
  return status === "failed" || status === "cancelled" ? EXIT.reportedFailure : EXIT.done;
}

function hostStopped({ id }: TaskFacts): HostError {
  return new HostError("plugin_stopped", "the host that runs the task was stopped", {
    hint: `the task is left as it is; "osaurus serve" or "osaurus tasks follow ${id}" goes on with it`,
  });
}

/** What becomes of the task, now that nobody looks at it here any more. */
function noteLeft({ io }: CommandInput, settings: Settings, task: TaskFacts): void {
  const goesOn = lentHost(io) !== undefined || task.isServed;
  const rest = goesOn
    ? `the task goes on; "osaurus tasks cancel ${task.id}" ends it`
    : `the task is left as it is; "osaurus serve" or "osaurus tasks follow ${task.id}" goes on with it`;
  notify(io, settings, "info", rest);
}

function numberOf(text: string | undefined): number {
  const number = /^\d{1,15}$/.test(text ?? "0") ? Number(text ?? 0) : -1;
  if (number >= 0) return number;
  throw new HostError("usage_invalid", `--after takes the number of an event, not "${text}"`);
}
