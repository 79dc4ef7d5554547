// What calls came to over time, and plugin by plugin. The database counts and sorts; only the figures leave it.

import type { CallFigures, InsightsFilter, InsightsSummary } from "../protocol/insights-query.ts";
import { INSIGHTS_BUCKETS_MAX, INSIGHTS_PLUGINS_SHOWN_MAX } from "../protocol/limits.ts";
import type { DatabaseProcess } from "../store/database-process.ts";
import { type Condition, conditionOf } from "./choose-rows.ts";
import { rowsOf } from "./insights-database.ts";

/** Rows of other kinds are no calls: lines of logs, crashes, loads. */
const ARE_CALLS = "kind IN ('tool', 'route', 'host', 'inference', 'config', 'event')";

const SECOND_MS = 1_000;
const [MINUTE_MS, HOUR_MS, DAY_MS] = [60 * SECOND_MS, 3_600 * SECOND_MS, 86_400 * SECOND_MS];
/** Steps that people count in. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR_MS),
  ...[1, 2, 7, 14, 30, 90, 365].map((count) => count * DAY_MS),
];

/** Fails as `rowsOf` does. Without calls, all of it is 0. */
export async function summaryOf(db: DatabaseProcess, filter: InsightsFilter): Promise<InsightsSummary> {
  const chosen = callsOf(filter);
  const [all] = await figures(db, chosen, "''", "");
  const fromMs = filter.sinceMs ?? all?.firstMs ?? 0;
  const toMs = filter.untilMs ?? all?.lastMs ?? fromMs;
  const bucketMs = bucketFor(toMs - fromMs);
  // A time before 1970 has a rest below zero: such rows are nobody's, and stand a step too late.
  const buckets = await figures(db, chosen, `time - time % ${bucketMs}`, "ORDER BY 1");
  const busiest = `ORDER BY count(*) DESC, 1 LIMIT ${INSIGHTS_PLUGINS_SHOWN_MAX}`;
  const plugins = await figures(db, chosen, "coalesce(plugin_id, '')", busiest);
  return {
    ...(all?.figures ?? NOTHING),
    fromMs,
    toMs,
    bucketMs,
    buckets: buckets.map((bucket) => ({ time: Number(bucket.name), ...bucket.figures })),
    plugins: plugins.map((plugin) => ({ pluginId: String(plugin.name), ...plugin.figures })),
  };
}

const NOTHING: CallFigures = { calls: 0, errors: 0, p50Ms: 0, p95Ms: 0 };

/** Where there is no record yet. */
export const NO_CALLS: InsightsSummary = {
  ...NOTHING,
  fromMs: 0,
  toMs: 0,
  bucketMs: STEPS_MS[0]!,
  buckets: [],
  plugins: [],
};

/** The smallest step of which there are not too many in that time. */
function bucketFor(ms: number): number {
  // Where the first step begins depends on the clock, so there may be one more.
  return STEPS_MS.find((step) => ms / step <= INSIGHTS_BUCKETS_MAX - 1) ?? Math.ceil(ms / (INSIGHTS_BUCKETS_MAX - 1));
}

function callsOf(filter: InsightsFilter): Condition {
  const { where, params } = conditionOf(filter);
  return { where: where === "" ? `WHERE ${ARE_CALLS}` : `${where} AND ${ARE_CALLS}`, params };
}

interface Group {
  readonly name: unknown;
  readonly figures: CallFigures;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** For each group of calls: a percentile is the duration that so many of its calls did not exceed. */
async function figures(
  db: DatabaseProcess,
  { where, params }: Condition,
  group: string,
  end: string,
): Promise<Group[]> {
  const sql = `
    WITH calls AS (
      SELECT ${group} AS name, time, status >= 400 AS failed, duration_ms,
        row_number() OVER (PARTITION BY ${group} ORDER BY duration_ms) AS place,
        count(*) OVER (PARTITION BY ${group}) AS total
      FROM activity ${where})
    SELECT name, count(*), sum(failed),
      max(CASE WHEN place <= (total * 50 + 99) / 100 THEN duration_ms END),
      max(CASE WHEN place <= (total * 95 + 99) / 100 THEN duration_ms END),
      min(time), max(time)
    FROM calls GROUP BY name ${end}`;
  return (await rowsOf(db, sql, params)).map(([name, calls, errors, p50, p95, first, last]) => ({
    name,
    figures: { calls: Number(calls), errors: Number(errors), p50Ms: Number(p50), p95Ms: Number(p95) },
    firstMs: Number(first),
    lastMs: Number(last),
  }));
}
