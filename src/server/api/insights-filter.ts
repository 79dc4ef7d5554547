// What rows of Insights are chosen by, as it stands in the query of a request.

import { evidentAgentId } from "../../protocol/agent-id.ts";
import {
  ACTIVITY_KINDS,
  type InsightsFilter,
  parseDurationMs,
  parseField,
  parseSince,
  parseStatus,
} from "../../protocol/insights-query.ts";
import { INSIGHTS_DURATION_MS_MAX, INSIGHTS_FILTER_CHARS_MAX } from "../../protocol/limits.ts";
import { HttpError } from "../http-error.ts";
import type { ServerHost } from "../server-host.ts";
import type { Query } from "./query.ts";

type Name = "plugin" | "agent" | "kind" | "status" | "min_ms" | "since" | "until" | "text" | "trace" | "task" | "field";

type Filter = Omit<InsightsFilter, "limit">;

/** Throws `request_invalid`, with the member, and `agent_unknown`. */
export async function insightsFilter(host: Pick<ServerHost, "agents">, query: Query<Name>): Promise<Filter> {
  for (const [name, text = ""] of Object.entries(query)) {
    if (text.length > INSIGHTS_FILTER_CHARS_MAX) throw invalid(name, `at most ${INSIGHTS_FILTER_CHARS_MAX} characters`);
    // It would end the text for SQLite; no row has one.
    if (text.includes("\0")) throw invalid(name, "no NUL");
  }
  const now = Date.now();
  const { plugin, agent, min_ms: minMs, text, trace, task } = query;
  const time = "90s, 15m, 1h, 2d ago, or an ISO time";
  return {
    pluginId: plugin,
    agentId: agent === undefined ? undefined : await agentIdOf(host, agent),
    kind: parsed("kind", query.kind, ACTIVITY_KINDS.join(", "), (kind) => ACTIVITY_KINDS.find((one) => one === kind)),
    status: parsed("status", query.status, "a number like 404, a class like 4xx, or error", parseStatus),
    durationMsMin: parsed("min_ms", minMs, `whole milliseconds, at most ${INSIGHTS_DURATION_MS_MAX}`, parseDurationMs),
    sinceMs: parsed("since", query.since, time, (one) => parseSince(one, now)),
    untilMs: parsed("until", query.until, time, (one) => parseSince(one, now)),
    text,
    traceId: trace,
    taskId: task,
    field: parsed("field", query.field, "name=value, or a name alone", parseField),
  };
}

/** An agent that was removed has rows as well, by its id. */
async function agentIdOf(host: Pick<ServerHost, "agents">, named: string): Promise<string> {
  return evidentAgentId(named) ?? (await (await host.agents()).find(named)).id;
}

function parsed<T>(
  name: Name,
  text: string | undefined,
  takes: string,
  parse: (text: string) => T | undefined,
): T | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value !== undefined) return value;
  throw invalid(name, takes);
}

function invalid(name: string, takes: string): HttpError {
  return new HttpError("request_invalid", `${name} takes ${takes}`, { param: name, details: { param: name } });
}
