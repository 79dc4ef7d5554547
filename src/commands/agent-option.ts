// The option `--agent` of commands: an agent's id or its name.

import { evidentAgentId } from "../protocol/agent-id.ts";
import { type CommandInput, textOption } from "./command.ts";
import { withHost } from "./with-host.ts";

/**
 * The id of the agent that `--agent` names, or of the default agent. An id counts whether or not there is such an agent, and
 * only a name is looked up. Throws `agent_unknown`.
 */
export async function agentOption(input: CommandInput): Promise<string> {
  const named = textOption(input, "agent");
  const id = evidentAgentId(named);
  if (id !== undefined) return id;
  return await withHost(input.io, input.flags, async (host) => (await (await host.agents()).find(named)).id);
}

/** The same where no agent means all of them, or nobody: then nothing is given. */
export async function agentOptionIfGiven(input: CommandInput): Promise<string | undefined> {
  return textOption(input, "agent") === undefined ? undefined : await agentOption(input);
}
