// osaurus insights: what plugins were asked, and what they asked their host.

import { JsonNumber, type JsonObject } from "../base/ordered-json.ts";
import type { InsightsHost } from "../host/insights-host.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import {
  ACTIVITY_KINDS,
  type InsightRow,
  type InsightsFilter,
  parseDurationMs,
  parseField,
  parseSince,
  parseStatus,
} from "../protocol/insights-query.ts";
import { INSIGHTS_DURATION_MS_MAX, INSIGHTS_ROWS_SHOWN_MAX } from "../protocol/limits.ts";
import { PROCESS_ID_PREFIX } from "../protocol/process-id.ts";
import { jsonLine } from "../terminal/json-text.ts";
import { lookOf } from "../terminal/look.ts";
import { agentOptionIfGiven } from "./agent-option.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { insightLines } from "./insight-lines.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

/** A person looks at the last page of it; a program that wants more says how much. */
const ROWS_SHOWN = 100;
const ROWS_GIVEN = 500;
const COLUMNS = ["time", "plugin_id", "kind", "method", "path", "status", "duration_ms"];

export const insights: Command = {
  usage:
    "[--plugin P] [--agent A] [--kind K] [--status S] [--text TEXT] [--min-ms N] [--since T] [--until T] [--field F] [--trace ID] [--task ID] [--limit N] [--follow] [--clear]",
  about:
    "Shows what plugins were asked and what they asked, newest first; with -v also requests and answers. Times are UTC.",
  options: {
    plugin: { type: "string", value: "P", about: "only rows of this plugin" },
    agent: { type: "string", value: "A", about: "only rows of calls for this agent" },
    kind: { type: "string", value: "K", about: `only rows of this kind: ${ACTIVITY_KINDS.join(", ")}` },
    status: { type: "string", value: "S", about: "only rows with this status: 404, 4xx, or error for 400 and above" },
    text: { type: "string", value: "TEXT", about: "only rows with this in their path" },
    "min-ms": { type: "string", value: "N", about: "only rows that took so many milliseconds, or longer" },
    since: { type: "string", value: "T", about: "only rows since then: 90s, 15m, 1h, 2d ago, or an ISO time" },
    until: { type: "string", value: "T", about: "only rows before then, written in the same ways" },
    field: {
      type: "string",
      value: "F",
      about: "only lines of logs whose payload has this member: name=value, or a name alone for any value",
    },
    trace: { type: "string", value: "ID", about: "only rows of one call from outside and all that happened in it" },
    task: { type: "string", value: "ID", about: "only rows of this task" },
    limit: {
      type: "string",
      short: "n",
      value: "N",
      about: `the newest N rows (${ROWS_SHOWN}; with --json ${ROWS_GIVEN})`,
    },
    follow: { type: "boolean", short: "f", about: "oldest first, then each row as it is written, until Ctrl-C" },
    clear: { type: "boolean", about: "forget all rows" },
  },
  positionals: { min: 0, max: 0 },
  runsOn: ({ options }) => options["follow"] === true,
  async run(input) {
    const { io, flags, options } = input;
    const settings = await input.settings();
    const filter = await filterOf(input, settings);
    const isFollowed = options["follow"] === true;
    if (options["clear"] === true) requireNoFilter(input);
    try {
      await withHost(io, flags, async (host) => {
        const insights = await host.insights();
        if (options["clear"] === true) await clear(input, settings, insights);
        else if (isFollowed) await follow(input, settings, insights, filter);
        else await show(input, settings, await insights.query(filter));
      });
    } catch (error) {
      // Ctrl-C is how following ends: that is nothing to complain about.
      if (isFollowed && io.signal.aborted) return EXIT.interrupted;
      throw error;
    }
    return EXIT.done;
  },
};

async function clear(input: CommandInput, settings: Settings, insights: InsightsHost): Promise<void> {
  const rows = await insights.clear();
  if (settings.json) return input.io.stdout.write(jsonLine(new Map([["removed", new JsonNumber(String(rows))]])));
  notify(input.io, settings, "success", rows === 1 ? "1 row removed" : `${rows} rows removed`);
}

async function show(input: CommandInput, settings: Settings, rows: readonly InsightRow[]): Promise<void> {
  const columns = input.flags.verbosity > 0 ? [...COLUMNS, "request", "response"] : COLUMNS;
  await showRows(input, settings, rows.map(jsonRow), { columns, empty: "nothing was recorded that this fits" });
}

async function follow(
  input: CommandInput,
  settings: Settings,
  insights: InsightsHost,
  filter: InsightsFilter,
): Promise<void> {
  const { io, flags } = input;
  const unread = new AbortController();
  const print = (row: InsightRow) => {
    if (io.stdout.isClosed) return unread.abort();
    const look = lookOf(io.stdout, io.env, settings.wish);
    const shown = { ...look, isWhole: flags.verbosity > 0 };
    io.stdout.write(settings.json ? jsonLine(jsonRow(row)) : insightLines(row, isoTime(row.time), shown));
  };
  await insights.follow(filter, print, AbortSignal.any([io.signal, unread.signal]));
}

/** The row as programs get it: `null` for what is not there, and an error code only where there is one. */
function jsonRow(row: InsightRow): JsonObject {
  return rowOf({
    time: isoTime(row.time),
    plugin_id: row.pluginId,
    agent_id: row.agentId,
    kind: row.kind,
    method: row.method,
    path: row.path,
    status: new JsonNumber(String(row.status)),
    duration_ms: new JsonNumber(row.durationMs.toFixed(3)),
    request: row.request,
    response: row.response,
    trace_id: row.traceId,
    error_code: row.errorCode ?? undefined,
    task_id: row.taskId ?? undefined,
  });
}

/** With milliseconds, also for a time that no calendar has. */
function isoTime(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

async function filterOf(input: CommandInput, settings: Settings): Promise<InsightsFilter> {
  const now = Date.now();
  const time = (name: string) =>
    parsed(input, name, "90s, 15m, 1h, 2d or an ISO time", (text) => parseSince(text, now));
  const [sinceMs, untilMs] = [time("since"), time("until")];
  const durations = `whole milliseconds, at most ${INSIGHTS_DURATION_MS_MAX}`;
  const durationMsMin = parsed(input, "min-ms", durations, parseDurationMs);
  const field = parsed(input, "field", "name=value, or a name alone", parseField);
  const status = parsed(input, "status", "a number like 404, a class like 4xx, or error", parseStatus);
  const kind = parsed(input, "kind", ACTIVITY_KINDS.join(", "), (text) => ACTIVITY_KINDS.find((one) => one === text));
  const limit = parsed(input, "limit", `a whole number from 0 to ${INSIGHTS_ROWS_SHOWN_MAX}`, parseLimit);
  return {
    pluginId: pluginNamed(textOption(input, "plugin")),
    agentId: await agentOptionIfGiven(input),
    kind,
    status,
    durationMsMin,
    sinceMs,
    untilMs,
    field,
    text: textOption(input, "text"),
    traceId: textOption(input, "trace"),
    taskId: textOption(input, "task"),
    limit: limit ?? (settings.json ? ROWS_GIVEN : ROWS_SHOWN),
  };
}

/** Rows have the plugin's own id, of whichever kind it is. */
function pluginNamed(named: string | undefined): string | undefined {
  return named?.startsWith(PROCESS_ID_PREFIX) ? named.slice(PROCESS_ID_PREFIX.length) : named;
}

function parsed<T>(
  input: CommandInput,
  name: string,
  takes: string,
  parse: (text: string) => T | undefined,
): T | undefined {
  const text = textOption(input, name);
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value !== undefined) return value;
  throw new HostError("usage_invalid", `--${name} takes ${takes}, not "${text}"`);
}

function parseLimit(text: string): number | undefined {
  const limit = /^\d{1,7}$/.test(text) ? Number(text) : -1;
  return limit >= 0 && limit <= INSIGHTS_ROWS_SHOWN_MAX ? limit : undefined;
}

/** All rows go, and whoever names some of them did not mean all. */
function requireNoFilter({ options }: CommandInput): void {
  const other = Object.keys(options).find((name) => name !== "clear" && options[name] !== undefined);
  if (other === undefined) return;
  throw new HostError("usage_invalid", `--clear forgets all rows and cannot be used with --${other}`);
}
