// The agent that a request to a plugin is for. A program names it in a header; a browser that goes to a page names it in the
// query, and what the page loads then is for the agent that the page was opened for.

import type { IncomingMessage } from "node:http";
import { isUuid } from "../../protocol/agent-id.ts";
import { isOwnPage } from "./browser-rule.ts";
import { AGENT_COOKIE, cookieValues } from "./cookies.ts";
import type { Door } from "./door.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
import { type PluginPath, queryValue } from "./plugin-path.ts";
import type { WebSession } from "./web-sessions.ts";

export interface RequestAgent {
  readonly kind: "agent";
  /** A UUID in capital letters; there may be no such agent. */
  readonly agentId: string;
  /** It was named in the query alone: a page that is answered has to remember it. */
  readonly isFromQuery: boolean;
}

/** Undefined: nobody named one. */
export function requestAgent(
  request: IncomingMessage,
  asked: PluginPath,
  door: Door,
  session: Pick<WebSession, "agentId"> | undefined,
): RequestAgent | HostAnswer | undefined {
  const given = request.headers["x-osaurus-agent-id"];
  if (door.tunnelAgentId !== undefined) return named(door.tunnelAgentId);
  // Two headers arrive as one text with a comma, which is no UUID.
  if (typeof given === "string" && given !== "") return named(given);
  const inQuery = queryValue(asked.search, "osr_agent");
  if (inQuery !== undefined) return named(inQuery, true);
  if (session !== undefined) return named(session.agentId);
  const [cookie] = cookieValues(request.headers.cookie, AGENT_COOKIE);
  return cookie !== undefined && isOwnPage(request) ? named(cookie) : undefined;
}

export function agentNeeded(): HostAnswer {
  return refusal(401, "Plugin routes require an agent context (X-Osaurus-Agent-Id header)");
}

function named(agentId: string, isFromQuery = false): RequestAgent | HostAnswer {
  if (isUuid(agentId)) return { kind: "agent", agentId: agentId.toUpperCase(), isFromQuery };
  return agentNeeded();
}
