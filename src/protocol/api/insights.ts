// /api/v1/insights: the rows that say what plugins were asked and what they asked, as lists, one by one, in figures, as they are
// written, and as a file.

import * as z from "zod/mini";
import { ACTIVITY_KINDS } from "../insights-query.ts";
import {
  INSIGHTS_DURATION_MS_MAX,
  INSIGHTS_FILTER_CHARS_MAX,
  INSIGHTS_ROWS_COUNTED_MAX,
  INSIGHTS_ROWS_LISTED_DEFAULT,
  INSIGHTS_ROWS_LISTED_MAX,
} from "../limits.ts";
import { endpoint } from "./endpoint.ts";

const text = z.string();
const textOrNull = z.nullable(z.string());
const number = z.number();
const Wish = z.string().check(z.maxLength(INSIGHTS_FILTER_CHARS_MAX));
const whole = z.int().check(z.minimum(0));

/** All that are given must hold. */
const FILTER = {
  plugin: { about: "only rows of this plugin", schema: Wish },
  agent: { about: "only rows of calls for this agent: its id or name", schema: Wish },
  kind: { about: `only rows of this kind: ${ACTIVITY_KINDS.join(", ")}`, schema: z.enum(ACTIVITY_KINDS) },
  status: { about: "only rows with this status: 404, 4xx, or error for 400 and above", schema: Wish },
  min_ms: {
    about: "only rows that took so many milliseconds, or longer",
    schema: z.int().check(z.minimum(0), z.maximum(INSIGHTS_DURATION_MS_MAX)),
  },
  since: { about: "only rows since then: 90s, 15m, 1h, 2d ago, or an ISO time", schema: Wish },
  until: { about: "only rows before then, written in the same ways", schema: Wish },
  text: { about: "only rows with this in their path", schema: Wish },
  trace: { about: "only rows of one call from outside and all that happened in it", schema: Wish },
  task: { about: "only rows of this task", schema: Wish },
  field: {
    about: "only lines of logs whose payload has this member: name=value, or a name alone for any value",
    schema: Wish,
  },
} as const;

const line = {
  id: number,
  time: text,
  plugin_id: textOrNull,
  agent_id: textOrNull,
  kind: z.enum(ACTIVITY_KINDS),
  method: text,
  path: text,
  status: number,
  duration_ms: number,
  error_code: textOrNull,
  trace_id: textOrNull,
  task_id: textOrNull,
};

const InsightLineDocument = z.object(line);

const figures = { calls: number, errors: number, p50_ms: number, p95_ms: number };

export const INSIGHTS_API = {
  list_insights: endpoint({
    method: "GET",
    path: "/insights",
    name: "list_insights",
    summary: "lists rows of Insights, newest first, without requests and responses",
    query: {
      ...FILTER,
      limit: {
        about: `how many at most; ${INSIGHTS_ROWS_LISTED_DEFAULT} without it`,
        schema: z.int().check(z.minimum(1), z.maximum(INSIGHTS_ROWS_LISTED_MAX)),
      },
      offset: { about: "leaves out so many of the newest rows; together with top_id", schema: whole },
      top_id: {
        about: "only rows up to this id: the top_id of the first answer, so that rows that come later move nothing",
        schema: whole,
      },
      before: { about: "the next of another answer: rows behind it", schema: Wish },
      count: {
        about: `true: also says how many rows there are in all, counted up to ${INSIGHTS_ROWS_COUNTED_MAX}`,
        schema: z.enum(["true", "false"]),
      },
    },
    answer: z.object({
      rows: z.array(InsightLineDocument),
      top_id: number,
      next: textOrNull,
      total: z.nullable(number),
    }),
    needsWholeKey: true,
  }),
  follow_insights: endpoint({
    method: "GET",
    path: "/insights/live",
    name: "follow_insights",
    summary:
      "gives rows as they are written, as a stream: events named rows (a list of rows), skipped (how many were left out, since the reader was too slow) and cleared; without a stream, those that there are",
    query: { ...FILTER, after: { about: "rows with higher ids; without it, those that come", schema: whole } },
    answer: z.object({ rows: z.array(InsightLineDocument), next: number }),
    needsWholeKey: true,
    hasEvents: true,
  }),
  summarise_insights: endpoint({
    method: "GET",
    path: "/insights/summary",
    name: "summarise_insights",
    summary: "says what calls came to: how many, how many failed, how long they took; over time, and plugin by plugin",
    query: FILTER,
    answer: z.object({
      ...figures,
      from: text,
      to: text,
      bucket_ms: number,
      buckets: z.array(z.object({ time: text, ...figures })),
      plugins: z.array(z.object({ plugin_id: text, ...figures })),
    }),
    needsWholeKey: true,
  }),
  list_insights_plugins: endpoint({
    method: "GET",
    path: "/insights/plugins",
    name: "list_insights_plugins",
    summary: "lists the plugins that there are rows of, also those that are gone",
    answer: z.object({ plugins: z.array(text) }),
    needsWholeKey: true,
  }),
  export_insights: endpoint({
    method: "GET",
    path: "/insights/export",
    name: "export_insights",
    summary: "gives whole rows as a file, newest first: a JSON text a line, or CSV",
    query: { ...FILTER, format: { about: "jsonl (without it) or csv", schema: z.enum(["jsonl", "csv"]) } },
    answer: z.never(),
    needsWholeKey: true,
    file: "*/*",
  }),
  show_insight: endpoint({
    method: "GET",
    path: "/insights/{id}",
    name: "show_insight",
    summary: "shows a row with its request and response",
    params: { id: "a row's id" },
    answer: z.object({ ...line, request: textOrNull, response: textOrNull }),
    needsWholeKey: true,
  }),
} as const;
