// /api/v1/insights: the rows that say what plugins were asked and what they asked.

import { INSIGHTS_API } from "../../protocol/api/insights.ts";
import { HostError } from "../../protocol/errors.ts";
import type { InsightLine, RowPlace } from "../../protocol/insights-query.ts";
import { INSIGHTS_ID_MAX, INSIGHTS_ROWS_LISTED_DEFAULT, INSIGHTS_ROWS_LISTED_MAX } from "../../protocol/limits.ts";
import { clientSignal } from "../client-signal.ts";
import { HttpError } from "../http-error.ts";
import { type ApiCall, type ApiRoute, apiRoute } from "./api-route.ts";
import { figuresDocument, isoTime, lineDocument, rowDocument } from "./insights-documents.ts";
import { sendExport } from "./insights-export.ts";
import { insightsFilter } from "./insights-filter.ts";
import { sendNews } from "./insights-live.ts";
import { wholeNumber } from "./query.ts";
import { wantsEvents } from "./wants-events.ts";

export const INSIGHTS_ROUTES: readonly ApiRoute[] = [
  apiRoute(INSIGHTS_API.list_insights, async (call) => {
    const { host, query } = call;
    const [insights, signal] = [await host.insights(), signalOf(call)];
    const limit = number("limit", query.limit, 1, INSIGHTS_ROWS_LISTED_MAX) ?? INSIGHTS_ROWS_LISTED_DEFAULT;
    const offset = number("offset", query.offset) ?? 0;
    const topId = number("top_id", query.top_id) ?? (await insights.newestId(signal));
    const before = query.before === undefined ? undefined : placeOf(query.before);
    const filter = { ...(await insightsFilter(host, query)), idMax: topId, limit };
    // At the same time: the rows are often there long before all of them are counted.
    const [lines, total] = await Promise.all([
      insights.lines({ ...filter, before }, offset, signal),
      query.count === "true" ? insights.count(filter, signal) : null,
    ]);
    return { rows: lines.map(lineDocument), top_id: topId, next: nextOf(lines, limit), total };
  }),
  apiRoute(INSIGHTS_API.follow_insights, async (call) => {
    const { host, request, query } = call;
    const insights = await host.insights();
    const after = number("after", query.after);
    const filter = { ...(await insightsFilter(host, query)), limit: INSIGHTS_ROWS_LISTED_MAX };
    if (wantsEvents(request)) return await sendNews(insights, filter, after, call);
    const { rows, lastId } = await insights.rowsAfter(filter, after);
    return { rows: rows.map(lineDocument), next: lastId };
  }),
  apiRoute(INSIGHTS_API.summarise_insights, async (call) => {
    const filter = { ...(await insightsFilter(call.host, call.query)), limit: INSIGHTS_ROWS_LISTED_MAX };
    const summary = await (await call.host.insights()).summary(filter, signalOf(call));
    return {
      ...figuresDocument(summary),
      from: isoTime(summary.fromMs),
      to: isoTime(summary.toMs),
      bucket_ms: summary.bucketMs,
      buckets: summary.buckets.map((bucket) => ({ time: isoTime(bucket.time), ...figuresDocument(bucket) })),
      plugins: summary.plugins.map((plugin) => ({ plugin_id: plugin.pluginId, ...figuresDocument(plugin) })),
    };
  }),
  apiRoute(INSIGHTS_API.list_insights_plugins, async (call) => ({
    plugins: await (await call.host.insights()).pluginIds(signalOf(call)),
  })),
  apiRoute(INSIGHTS_API.export_insights, async (call) => {
    const { host, query } = call;
    const format = query.format ?? "jsonl";
    if (format !== "jsonl" && format !== "csv") throw invalid("format", "jsonl or csv");
    const filter = { ...(await insightsFilter(host, query)), limit: Number.MAX_SAFE_INTEGER };
    const signal = signalOf(call);
    return sendExport(call, format, (await host.insights()).pages(filter, signal), signal);
  }),
  apiRoute(INSIGHTS_API.show_insight, async ({ host, params }) => {
    const id = /^\d{1,15}$/.test(params.id) ? Number(params.id) : 0;
    const row = await (await host.insights()).row(id);
    if (row !== undefined) return rowDocument(row);
    throw new HostError("insight_unknown", "there is no row with this id", {
      hint: "rows are kept for 30 days, and fewer when there are many",
    });
  }),
];

/** What nobody waits for any more is not asked. */
function signalOf({ request, reply, draining }: ApiCall): AbortSignal {
  return clientSignal(request, reply, draining);
}

function number(name: string, text: string | undefined, min = 0, max = INSIGHTS_ID_MAX): number | undefined {
  return text === undefined ? undefined : wholeNumber(name, text, min, max);
}

/** Where the next answer begins; null when there is nothing more. */
function nextOf(lines: readonly InsightLine[], limit: number): string | null {
  const last = lines.length < limit ? undefined : lines.at(-1);
  return last === undefined ? null : `${last.time}.${last.id}`;
}

function placeOf(text: string): RowPlace {
  const [, time, id] = /^(-?\d{1,16})\.(\d{1,15})$/.exec(text) ?? [];
  if (time === undefined) throw invalid("before", "what another answer had as its next");
  return { time: Number(time), id: Number(id) };
}

function invalid(name: string, takes: string): HttpError {
  return new HttpError("request_invalid", `${name} takes ${takes}`, { param: name });
}
