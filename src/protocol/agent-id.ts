// Agents are named by UUID or by name. Every data folder has a default agent; it has the same id and name everywhere, so
// that it is there before anybody made an agent.

import { HostError } from "./errors.ts";
import { AGENT_NAME_CHARS_MAX } from "./limits.ts";

export const DEFAULT_AGENT_ID = "00000000-0000-0000-0000-000000000001";
export const DEFAULT_AGENT_NAME = "default";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The id that follows from the text alone, upper case, as plugins see it: of the default agent, and of whoever is named by
 * a UUID. Nothing for a name, which has to be looked up.
 */
export function evidentAgentId(named: string | undefined): string | undefined {
  if (named === undefined || named.toLowerCase() === DEFAULT_AGENT_NAME) return DEFAULT_AGENT_ID;
  return isUuid(named) ? named.toUpperCase() : undefined;
}

/** As `evidentAgentId`; throws `agent_unknown` for a name. */
export function agentIdOf(named: string | undefined): string {
  const id = evidentAgentId(named);
  if (id === undefined) throw unknownAgent(named!);
  return id;
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** What to say of an agent that is not there. */
export function unknownAgent(named: string): HostError {
  const shown = named.length > AGENT_NAME_CHARS_MAX ? `${named.slice(0, AGENT_NAME_CHARS_MAX)}…` : named;
  return new HostError("agent_unknown", `there is no agent "${shown.toWellFormed()}"`, {
    hint: '"osaurus agents list" lists those that there are',
  });
}
