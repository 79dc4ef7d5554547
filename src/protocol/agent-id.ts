// Agents are named by UUID. Every data folder has a default agent; it has the same id everywhere, so that a host that
// keeps no agents yet can bind it too.

import { HostError } from "./errors.ts";

export const DEFAULT_AGENT_ID = "00000000-0000-0000-0000-000000000001";
const DEFAULT_AGENT_NAME = "default";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id of the agent that somebody named by id or by name; upper case, as plugins see it. */
export function agentIdOf(named: string | undefined): string {
  if (named === undefined || named === DEFAULT_AGENT_NAME) return DEFAULT_AGENT_ID;
  if (UUID.test(named)) return named.toUpperCase();
  throw new HostError("agent_unknown", `there is no agent "${named}"`, {
    hint: `name it by its UUID, or use the agent "${DEFAULT_AGENT_NAME}"`,
  });
}
