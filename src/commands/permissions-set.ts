// osaurus permissions set: whether a tool runs always, when somebody says so, or never.

import { EXIT, HostError } from "../protocol/errors.ts";
import type { PermissionPolicy } from "../protocol/manifest.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { agentOptionIfGiven } from "./agent-option.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

const POLICIES: readonly string[] = ["auto", "ask", "deny"] satisfies PermissionPolicy[];

export const permissionsSet: Command = {
  usage: "TOOL auto|ask|deny [--agent AGENT]",
  about:
    "Decides about a tool of an installed plugin. Where several plugins have it, name it PLUGIN/TOOL; one of a library, library:PLUGIN/TOOL.",
  positionals: { min: 2, max: 2 },
  options: {
    agent: { type: "string", value: "AGENT", about: "for this agent only; counts more than what holds for all" },
  },
  // A host that runs on may have plugins that this program knows nothing of.
  isResident: () => true,
  async run(input) {
    const { io, flags } = input;
    const [name, typed] = input.positionals as [string, string];
    const policy = policyOf(typed);
    const agentId = (await agentOptionIfGiven(input)) ?? null;
    const settings = await input.settings();
    const { config } = settings;
    const { tool, others } = await withHost(
      io,
      flags,
      async (host) => (await host.permissions()).set(name, policy, agentId),
      { config },
    );
    const { pluginId, toolId } = tool;
    if (settings.json) {
      const row = rowOf({ plugin_id: pluginId, tool: toolId, agent_id: agentId, policy });
      await showRows(input, settings, [row], { single: true });
    } else {
      const whom = agentId === null ? "for all agents" : `for agent ${agentId}`;
      notify(io, settings, "success", neutralise(`"${pluginId}/${toolId}" is ${policy} ${whom}`));
    }
    for (const { agentId: other, policy: theirs } of others) {
      notify(io, settings, "warning", neutralise(`for agent ${other} it is still ${theirs}: --agent changes that`));
    }
    return EXIT.done;
  },
};

function policyOf(typed: string): PermissionPolicy {
  const policy = typed.toLowerCase();
  if (POLICIES.includes(policy)) return policy as PermissionPolicy;
  throw new HostError("usage_invalid", `"${typed}" is none of auto, ask, deny`, {
    hint: "auto: it always runs; ask: when somebody says so; deny: never",
  });
}
