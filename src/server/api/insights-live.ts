// Rows of Insights as they are written, as a stream of events: lists of rows, and not a row at a time. The database keeps what a
// slow reader did not take yet.

import type { FastifyReply } from "fastify";
import type { InsightsHost } from "../../host/insights-host.ts";
import type { InsightsFilter, InsightsNews } from "../../protocol/insights-query.ts";
import { INSIGHTS_ID_MAX } from "../../protocol/limits.ts";
import { headerText } from "../authenticate.ts";
import { clientSignal } from "../client-signal.ts";
import { requestError } from "../error-answer.ts";
import { PacedEvents } from "../paced-events.ts";
import type { ApiCall } from "./api-route.ts";
import { lineDocument } from "./insights-documents.ts";
import { wholeNumber } from "./query.ts";

/** Until the reader goes, its key ends, or the host does. */
export async function sendNews(
  insights: InsightsHost,
  filter: InsightsFilter,
  after: number | undefined,
  { request, reply, streams, draining, note }: Pick<ApiCall, "request" | "reply" | "streams" | "draining" | "note">,
): Promise<FastifyReply> {
  // Whoever comes again has seen more than the address says.
  const last = headerText(request, "last-event-id");
  const seen = last === undefined ? after : wholeNumber("Last-Event-ID", last, 0, INSIGHTS_ID_MAX);
  const close = streams.open(request.accessKey);
  if (reply.raw.destroyed) close();
  else reply.raw.once("close", close);
  const signal = clientSignal(request, reply, draining);
  const events = new PacedEvents(reply);
  events.begin();
  try {
    for await (const news of insights.news(filter, { after: seen, signal })) await send(events, news);
  } catch (thrown) {
    if (!signal.aborted) await events.send(requestError(thrown, note(request)).toBody(), "failed");
  } finally {
    await events.end();
  }
  return reply;
}

async function send(events: PacedEvents, news: InsightsNews): Promise<void> {
  switch (news.kind) {
    case "rows":
      return await events.send(news.rows.map(lineDocument), "rows", news.lastId);
    case "skipped":
      return await events.send({ rows: news.rows }, "skipped", news.lastId);
    case "cleared":
      return await events.send({}, "cleared", news.lastId);
  }
}
