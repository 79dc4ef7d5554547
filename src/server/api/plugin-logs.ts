// /api/v1/plugins/ID/logs: what a native plugin logged and printed, and how it crashed; or, as a stream, what it logs now.

import type { FastifyReply } from "fastify";
import type { LogQuery } from "../../host/plugin-logs.ts";
import { PLUGIN_LOGS_API } from "../../protocol/api/plugin-logs.ts";
import {
  PLUGIN_LOG_LINES_BEHIND_MAX,
  PLUGIN_LOG_LINES_SHOWN_DEFAULT,
  PLUGIN_LOG_LINES_SHOWN_MAX,
} from "../../protocol/limits.ts";
import { LOG_LEVELS, type LogLevel } from "../../protocol/log-levels.ts";
import { clientSignal } from "../client-signal.ts";
import { requestError } from "../error-answer.ts";
import { HttpError } from "../http-error.ts";
import { PacedEvents } from "../paced-events.ts";
import { type ApiCall, type ApiRoute, apiRoute } from "./api-route.ts";
import { LogBacklog } from "./log-backlog.ts";
import { flag, wholeNumber } from "./query.ts";
import { wantsEvents } from "./wants-events.ts";

export const PLUGIN_LOG_ROUTES: readonly ApiRoute[] = [
  apiRoute(PLUGIN_LOGS_API.list_plugin_logs, async (call) => {
    const { host, request, params, query } = call;
    const wish = query.limit ?? String(PLUGIN_LOG_LINES_SHOWN_DEFAULT);
    const limit = wholeNumber("limit", wish, 1, PLUGIN_LOG_LINES_SHOWN_MAX);
    const wanted = { level: levelIn(query.level), crashes: flag("crashes", query.crashes) };
    // One more than is given, to know whether there are more.
    const lines = await (await host.logs()).read(params.plugin, { ...wanted, lines: limit + 1 });
    if (wantsEvents(request)) return await stream(call, params.plugin, { ...wanted, lines: limit });
    return { lines: lines.slice(-limit), has_more: lines.length > limit };
  }),
];

/** Gives the last lines, then each new one, until the reader goes. */
async function stream(
  { host, request, reply, streams, draining, note }: ApiCall,
  pluginId: string,
  query: LogQuery,
): Promise<FastifyReply> {
  const close = streams.open(request.accessKey);
  if (reply.raw.destroyed) close();
  else reply.raw.once("close", close);
  const ended = new AbortController();
  const signal = AbortSignal.any([clientSignal(request, reply, draining), ended.signal]);
  const events = new PacedEvents(reply);
  // The first lines come all at once, and none of them is to be left out.
  const waiting = new LogBacklog((query.lines ?? 0) + PLUGIN_LOG_LINES_BEHIND_MAX);
  events.begin();
  const following = (await host.logs()).follow(pluginId, query, (record) => waiting.add(record), signal);
  const over = following.finally(() => waiting.end());
  try {
    for (let next = await waiting.take(); next !== undefined; next = await waiting.take()) {
      if (next.leftOut > 0) await events.send({ count: next.leftOut }, "left_out");
      for (const line of next.lines) await events.send(line, "line");
    }
    await over;
  } catch (thrown) {
    if (!signal.aborted) await events.send(requestError(thrown, note(request)).toBody(), "error");
  } finally {
    ended.abort();
    await events.end();
  }
  return reply;
}

function levelIn(text: string | undefined): LogLevel | undefined {
  const level = LOG_LEVELS.find((one) => one === text);
  if (text === undefined || level !== undefined) return level;
  throw new HttpError("request_invalid", `level has to be one of ${LOG_LEVELS.join(", ")}`);
}
