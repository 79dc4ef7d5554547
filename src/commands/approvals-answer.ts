// osaurus approvals allow, deny: answers a call that waits for consent, in whichever process it waits, and says whether a
// tool whose definition changed is still wanted.

import { EXIT, HostError } from "../protocol/errors.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import type { Command, CommandInput, CommandOption } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

type Remember = "once" | "session" | "always";

const OPTIONS: Readonly<Record<Remember, CommandOption>> = {
  always: { type: "boolean", about: "remember the answer for this tool and agent; the default" },
  session: { type: "boolean", about: "the answer holds in the conversation that asked, else until that program ends" },
  once: { type: "boolean", about: "the answer holds for this call only" },
};

export const approvalsAllow: Command = {
  usage: "ID [--once | --session | --always] [--args JSON]",
  about:
    'Lets a waiting call run, and later ones of the same tool and agent too: "permissions reset" undoes that. Approves a changed definition.',
  positionals: { min: 1, max: 1 },
  options: {
    ...OPTIONS,
    args: { type: "string", value: "JSON", about: 'other arguments, for this call only; "-" reads them from stdin' },
  },
  async run(input) {
    if (input.options["args"] === undefined) return await answer(input, true);
    const { argumentsText } = await import("./tools-call.ts");
    return await answer(input, true, await argumentsText(input));
  },
};

export const approvalsDeny: Command = {
  usage: "ID [--once | --session | --always]",
  about:
    'Refuses a waiting call, and later ones of the same tool and agent too: "permissions reset" undoes that. Keeps a tool blocked whose definition changed.',
  positionals: { min: 1, max: 1 },
  options: OPTIONS,
  run: (input) => answer(input, false),
};

async function answer(input: CommandInput, allow: boolean, edited?: string): Promise<number> {
  const { io, flags } = input;
  const id = input.positionals[0]!;
  const remember = rememberOf(input);
  const settings = await input.settings();
  const { pluginId, toolId, agentId, kind, conversation, ...approval } = await withHost(io, flags, async (host) =>
    (await host.permissions()).answer(id, { allow, remember, edited }),
  );
  if (settings.json) {
    const status = allow ? "allowed" : "denied";
    const tool = { plugin_id: pluginId, tool: toolId, agent_id: agentId };
    const row = rowOf({ id: approval.id, kind, ...tool, status, remember });
    await showRows(input, settings, [row], { single: true });
  } else if (kind === "definition") {
    const what = `"${showHidden(`${pluginId}/${toolId}`)}"`;
    const change = allow ? "is approved as it is now" : "stays blocked as it is now";
    notify(io, settings, "success", `${what} ${change}`);
  } else {
    const what = `"${showHidden(`${pluginId}/${toolId}`)}" is ${allow ? "allowed" : "denied"}`;
    const changed = edited === undefined ? "" : ", and this call is made with the other arguments";
    const span = remember === "session" && conversation !== undefined ? "in this conversation" : REMEMBERED[remember];
    notify(io, settings, "success", `${what} ${span}${changed}`);
  }
  return EXIT.done;
}

const REMEMBERED: Readonly<Record<Remember, string>> = {
  once: "this once",
  session: "until the program that asked ends",
  always: 'from now on; "osaurus permissions reset" undoes that',
};

function rememberOf({ options }: CommandInput): Remember {
  const given = (Object.keys(OPTIONS) as Remember[]).filter((one) => options[one] === true);
  if (given.length <= 1) return given[0] ?? "always";
  throw new HostError("usage_invalid", `only one of ${given.map((one) => `--${one}`).join(" and ")} can hold`);
}
