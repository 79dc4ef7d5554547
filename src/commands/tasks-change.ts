// osaurus tasks cancel, osaurus tasks interrupt, osaurus tasks answer: ends a task, at once or softly, and answers what its
// agent asked; whichever host runs it.

import type { Host } from "../host/create-host.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import type { TaskFacts } from "../protocol/task-document.ts";
import { chatConsent } from "./chat-consent.ts";
import type { Command, CommandInput } from "./command.ts";
import type { Settings } from "./settings.ts";
import { showRows } from "./show-rows.ts";
import { listedTask, shownTask } from "./task-rows.ts";
import { withHost } from "./with-host.ts";

export const tasksCancel: Command = {
  usage: "ID",
  about: "Ends a task; its plugin is told. What its agent did so far stays done.",
  positionals: { min: 1, max: 1 },
  isResident: () => true,
  async run(input) {
    const [id] = input.positionals as [string];
    const settings = await input.settings();
    const use = async (host: Host) => await showEnded(input, settings, host, await (await host.tasks()).cancel(id));
    await withHost(input.io, input.flags, use, { config: settings.config });
    return EXIT.done;
  },
};

export const tasksInterrupt: Command = {
  usage: "ID [MESSAGE]",
  about:
    "Ends a task softly: it keeps what it came to, and MESSAGE is your last word in its conversation. With -, the message is " +
    "read from stdin.",
  positionals: { min: 1, max: 2 },
  isResident: () => true,
  async run(input) {
    const [id, given] = input.positionals as [string, string?];
    const settings = await input.settings();
    const message = given === undefined ? undefined : await textOf(input, given, "the message");
    const use = async (host: Host) =>
      await showEnded(input, settings, host, await (await host.tasks()).interrupt(id, message));
    await withHost(input.io, input.flags, use, { config: settings.config });
    return EXIT.done;
  },
};

export const tasksAnswer: Command = {
  usage: "ID TEXT",
  about: "Answers what a task's agent asked, which then goes on. With - as TEXT, the answer is read from stdin.",
  positionals: { min: 2, max: 2 },
  isResident: () => true,
  async run(input) {
    const { io } = input;
    const [id, given] = input.positionals as [string, string];
    const settings = await input.settings();
    const text = await textOf(input, given, "the answer");
    const use = async (host: Host) => await printTask(input, settings, await (await host.tasks()).answer(id, text));
    await withHost(io, input.flags, use, { consent: chatConsent(io, settings).options, config: settings.config });
    return EXIT.done;
  },
};

async function showEnded(input: CommandInput, settings: Settings, host: Host, task: TaskFacts): Promise<void> {
  await printTask(input, settings, task);
  // Nobody else may ever load its plugin; one that does not load is told when it does.
  const loading = host.native().then((native) => native.plugin(task.pluginId));
  await loading.catch(() => undefined);
}

async function textOf({ io }: CommandInput, given: string, what: string): Promise<string> {
  // What is piped in ends with a line break that nobody meant to say.
  const text = given === "-" ? (await io.readStdin()).replace(/\r?\n$/, "") : given;
  if (text.trim() === "") throw new HostError("usage_invalid", `${what} is empty`);
  return text;
}

async function printTask(input: CommandInput, settings: Settings, task: TaskFacts): Promise<void> {
  await showRows(input, settings, [settings.json ? listedTask(task) : shownTask(task)], { single: true });
}
