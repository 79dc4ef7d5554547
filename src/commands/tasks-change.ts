// osaurus tasks cancel, osaurus tasks answer: ends a task, and answers what its agent asked; whichever host runs it.

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
    const use = async (host: Host) => {
      const task = await (await host.tasks()).cancel(id);
      await printTask(input, settings, task);
      // Nobody else may ever load it; one that does not load is told when it does.
      const loading = host.native().then((native) => native.plugin(task.pluginId));
      await loading.catch(() => undefined);
    };
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
    // What is piped in ends with a line break that nobody meant to say.
    const text = given === "-" ? (await io.readStdin()).replace(/\r?\n$/, "") : given;
    if (text.trim() === "") throw new HostError("usage_invalid", "the answer is empty");
    const use = async (host: Host) => await printTask(input, settings, await (await host.tasks()).answer(id, text));
    await withHost(io, input.flags, use, { consent: chatConsent(io, settings).options, config: settings.config });
    return EXIT.done;
  },
};

async function printTask(input: CommandInput, settings: Settings, task: TaskFacts): Promise<void> {
  await showRows(input, settings, [settings.json ? listedTask(task) : shownTask(task)], { single: true });
}
