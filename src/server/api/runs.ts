// /api/v1/runs: how an answer stands that is being made, following it, and ending it.

import type { FastifyReply } from "fastify";
import { RUNS_API } from "../../protocol/api/runs.ts";
import { headerText } from "../authenticate.ts";
import { clientSignal } from "../client-signal.ts";
import { PacedEvents } from "../paced-events.ts";
import { type ApiCall, type ApiRoute, apiRoute } from "./api-route.ts";
import type { ChatRun } from "./chat-run.ts";
import { ownRun } from "./own-session.ts";
import { wholeNumber } from "./query.ts";
import { wantsEvents } from "./wants-events.ts";

export const RUN_ROUTES: readonly ApiRoute[] = [
  apiRoute(RUNS_API.show_run, async ({ runs, request, params }) => ownRun(runs, request, params.run).document()),
  apiRoute(RUNS_API.follow_run, async (call) => {
    const { runs, request, params, query } = call;
    const run = ownRun(runs, request, params.run);
    const after = numberOf("after", query.after);
    return wantsEvents(request) ? await stream(run, after, call) : run.document();
  }),
  apiRoute(RUNS_API.stop_run, async ({ runs, request, params }) => {
    const run = ownRun(runs, request, params.run);
    await run.stop("stop");
    await run.over;
    return run.document();
  }),
];

/** From the start, or from where the reader was cut off, to the end of the run. */
async function stream({ log }: ChatRun, after: number, { request, reply, streams }: ApiCall): Promise<FastifyReply> {
  // Whoever comes again has seen more than the address says.
  let place = Math.max(after, numberOf("Last-Event-ID", headerText(request, "last-event-id")));
  // Browsers come again after each end of a stream, but for this answer.
  if (log.isEnded && place >= log.next) return await reply.code(204).send();
  const close = streams.open(request.accessKey);
  // Not before the reader has taken the last of it.
  if (reply.raw.destroyed) close();
  else reply.raw.once("close", close);
  // A server that is being stopped ends the run, whose end is told.
  const signal = clientSignal(request, reply, new AbortController().signal);
  const events = new PacedEvents(reply);
  events.begin();
  try {
    while (!signal.aborted) {
      for (const { event, next } of log.since(place)) {
        const { type, ...data } = event;
        await events.send(data, type, next);
        place = next;
        if (signal.aborted) break;
      }
      if (log.isEnded && place >= log.next) break;
      await log.grown(place, signal);
    }
  } finally {
    await events.end();
  }
  return reply;
}

function numberOf(name: string, text: string | undefined): number {
  return wholeNumber(name, text ?? "0", 0, Number.MAX_SAFE_INTEGER);
}
