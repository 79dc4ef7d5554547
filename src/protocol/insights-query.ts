// Asking for rows of Insights: which are wanted, what people may write for that, and what comes back.

import type { ActivityKind } from "./activity.ts";
import { INSIGHTS_DURATION_MS_MAX } from "./limits.ts";

export const ACTIVITY_KINDS: readonly ActivityKind[] = [
  "tool",
  "route",
  "load",
  "host",
  "log",
  "config",
  "event",
  "crash",
  "inference",
];

/** All of them must hold. */
export interface InsightsFilter {
  readonly pluginId?: string | undefined;
  /** As `agentIdOf` gives it. */
  readonly agentId?: string | undefined;
  readonly kind?: ActivityKind | undefined;
  readonly status?: StatusRange | undefined;
  /** Part of the path, in capitals or not. */
  readonly text?: string | undefined;
  readonly traceId?: string | undefined;
  readonly taskId?: string | undefined;
  /** Lines of logs whose payload has this member. */
  readonly field?: LogField | undefined;
  /** Rows that took so long, or longer. */
  readonly durationMsMin?: number | undefined;
  /** Rows that began then or later, in milliseconds since 1970. */
  readonly sinceMs?: number | undefined;
  /** Rows that began before. */
  readonly untilMs?: number | undefined;
  /** Rows up to the one with this id: those that come later move none of them to another place. */
  readonly idMax?: number | undefined;
  /** Rows that are older than this one. */
  readonly before?: RowPlace | undefined;
  /** The newest ones, so many. */
  readonly limit: number;
}

/** A member of what `log_structured` was given. */
export interface LogField {
  readonly name: string;
  /** A text, a number, `true`, `false` or `null`; undefined: whatever it is. */
  readonly value: string | undefined;
}

/** Where a row stands among the others, newest first. */
export interface RowPlace {
  readonly time: number;
  readonly id: number;
}

/** One row as it is kept. `null` stands for what is not there. */
export interface InsightRow extends RowPlace {
  readonly pluginId: string | null;
  readonly agentId: string | null;
  readonly kind: ActivityKind;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly request: string | null;
  readonly response: string | null;
  readonly errorCode: string | null;
  readonly traceId: string | null;
  readonly taskId: string | null;
}

/** A row as lists have it: its texts are asked for one by one. */
export type InsightLine = Omit<InsightRow, "request" | "response">;

/** What whoever follows the rows gets. */
export type InsightsNews =
  /** Rows that were written, oldest first; `lastId` is how far that is, whether or not rows fit the filter. */
  | { readonly kind: "rows"; readonly rows: readonly InsightRow[]; readonly lastId: number }
  /** The reader was so far behind that so many rows, of whatever kind, were left out. */
  | { readonly kind: "skipped"; readonly rows: number; readonly lastId: number }
  /** All rows before are gone: the record was cleared or begun anew. */
  | { readonly kind: "cleared"; readonly lastId: number };

/** What calls came to: how many, how many of them failed, and how long they took. */
export interface CallFigures {
  readonly calls: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface InsightsSummary extends CallFigures {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucketMs: number;
  /** Those in which there were calls, oldest first. */
  readonly buckets: readonly ({ readonly time: number } & CallFigures)[];
  /** The busiest ones. */
  readonly plugins: readonly ({ readonly pluginId: string } & CallFigures)[];
}

/** Both ends count. */
export interface StatusRange {
  readonly min: number;
  readonly max: number;
}

const STATUS_MAX = 999;

/** `404`, `4xx`, or `error` for everything from 400 on; nothing when it is none of these. */
export function parseStatus(text: string): StatusRange | undefined {
  if (/^error$/i.test(text)) return { min: 400, max: STATUS_MAX };
  if (/^[1-9]\d\d$/.test(text)) return { min: Number(text), max: Number(text) };
  if (!/^[1-9]xx$/i.test(text)) return undefined;
  const first = Number(text[0]) * 100;
  return { min: first, max: first + 99 };
}

/** Whole milliseconds; nothing when it is something else, or longer than any duration that is asked for. */
export function parseDurationMs(text: string): number | undefined {
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  return ms <= INSIGHTS_DURATION_MS_MAX ? ms : undefined;
}

/** `name=value`, or a name alone for whatever its value is; nothing when there is no name. */
export function parseField(text: string): LogField | undefined {
  const at = text.indexOf("=");
  if (at === 0 || text === "") return undefined;
  return at === -1 ? { name: text, value: undefined } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
/** A day, and with it a time of that day, of UTC unless it says otherwise. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** `90s`, `15m`, `1h`, `2d` before now, or an ISO time; nothing when it is none of these. In milliseconds since 1970. */
export function parseSince(text: string, nowMs: number): number | undefined {
  const ago = /^(\d{1,9}(?:\.\d{1,3})?)\s?([smhdw])$/.exec(text);
  if (ago) return Math.max(0, nowMs - Math.round(Number(ago[1]) * UNIT_MS[ago[2]!]!));
  const iso = ISO_TIME.exec(text);
  if (!iso) return undefined;
  const isWithZone = iso[1] !== undefined || text.length === "2026-01-01".length;
  const time = Date.parse(isWithZone ? text : `${text}Z`);
  // A day that does not exist is not the one after.
  const isReal = new Date(Date.parse(text.slice(0, 10))).toJSON()?.startsWith(text.slice(0, 10)) ?? false;
  return Number.isNaN(time) || !isReal ? undefined : time;
}
