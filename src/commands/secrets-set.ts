// osaurus secrets set: keeps a setting or a secret for a native plugin. The value is never on the command line, where
// other programs and the shell's history see it, and never printed.

import { nearest } from "../base/nearest.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { agentOption } from "./agent-option.ts";
import type { Command, CommandInput } from "./command.ts";
import { notify } from "./notify.ts";
import { agentText, noteUnknown, noteUntold, oneLine } from "./setting-notes.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const secretsSet: Command = {
  usage: "PLUGIN KEY [--agent AGENT]",
  about:
    "Keeps a setting or a secret for a native plugin. The value is read from standard input as it is, or asked for.",
  // One more than there are, for an answer that does not repeat what may be a secret.
  positionals: { min: 2, max: 3 },
  options: {
    agent: { type: "string", value: "AGENT", about: "for this agent; without it the default agent" },
  },
  async run(input) {
    const { io, flags } = input;
    const [pluginId, key, extra] = input.positionals as [string, string, string?];
    if (extra !== undefined) {
      throw new HostError("usage_invalid", "the value does not belong on the command line, where others see it", {
        hint: "give it on standard input, or leave it out and type it when you are asked",
      });
    }
    const agentId = await agentOption(input);
    const settings = await input.settings();
    const value = await readValue(input, pluginId, key);
    const name = { pluginId, agentId, key };
    const { declared, keys, unknownBecause, isTold } = await withHost(io, flags, async (host) =>
      (await host.settings()).set(name, value),
    );
    if (settings.json) {
      const row = rowOf({ plugin_id: pluginId, agent_id: agentId, key, kind: declared?.kind ?? "other", is_set: true });
      await showRows(input, settings, [row], { single: true });
    } else {
      notify(io, settings, "success", oneLine(`"${key}" of "${pluginId}" is set for ${agentText(agentId)}`));
    }
    if (unknownBecause !== undefined) noteUnknown(input, settings, unknownBecause.message);
    else if (declared === undefined && keys.length > 0) {
      const close = nearest(key, keys);
      const hint = close === undefined ? "" : `; did you mean "${close}"?`;
      notify(io, settings, "warning", oneLine(`the plugin declares no "${key}"${hint}`));
    }
    if (!isTold) noteUntold(input, settings);
    if (/[\r\n]$/.test(value)) {
      notify(io, settings, "warning", "the value ends in a line break, which was kept: printf '%s' prints none");
    }
    return EXIT.done;
  },
};

async function readValue({ io }: CommandInput, pluginId: string, key: string): Promise<string> {
  if (!io.stdinIsTerminal) return await io.readStdin();
  const value = await io.promptHidden?.(oneLine(`value of "${key}" for "${pluginId}" (not shown): `));
  if (value !== undefined) return value;
  throw new HostError("usage_invalid", "no value was given", { hint: "type one, or give it on standard input" });
}
