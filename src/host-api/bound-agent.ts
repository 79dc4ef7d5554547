// For whom a plugin asks models: the agent of the call that it works in, and nobody else. What a request says of that is
// ignored, with a warning ("Osaurus: Host API", agent scoping).

import type { Agent } from "../protocol/agent.ts";
import type { HostCall } from "../protocol/host-slots.ts";
import type { InferenceServed } from "./create-host-api.ts";
import type { Members } from "./request-members.ts";

/** Members that name an agent. */
export function agentMembersOf(members: Members): string[] {
  return ["agent_id", "agent_address"].filter((name) => Object.hasOwn(members, name));
}

export function warnOfAgentMembers(
  { name }: Pick<HostCall, "name">,
  members: readonly string[],
  { warnOnce }: Pick<InferenceServed, "warnOnce">,
): void {
  if (members.length === 0) return;
  const given = members.join(" and ");
  warnOnce(`${name} agent`, `${name} was given ${given}; the agent is that of the call, whatever it says`);
}

export function warnOfNoAgent(
  { name, agentId }: Pick<HostCall, "name" | "agentId">,
  { warnOnce }: Pick<InferenceServed, "warnOnce">,
): void {
  if (agentId !== undefined) return;
  warnOnce(`${name} unbound`, `${name} was called where no agent is bound; it has no agent's prompt, tools or session`);
}

/** The agent that the call works for. Undefined without one, and when there is none of that id any more. */
export async function boundAgent(
  { name, agentId }: Pick<HostCall, "name" | "agentId">,
  { inference, warnOnce }: Pick<InferenceServed, "inference" | "warnOnce">,
): Promise<Agent | undefined> {
  if (agentId === undefined) return undefined;
  const agent = await inference.agent(agentId);
  if (agent === undefined) {
    warnOnce(
      `${name} no agent`,
      `${name} was called for an agent that is not there; it has no agent's prompt, tools or session`,
    );
  }
  return agent;
}
