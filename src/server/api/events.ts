// /api/v1/events: what changes on the host, by topic. What it is now, whoever wants to know asks for.

import { createHash } from "node:crypto";
import type { FastifyReply } from "fastify";
import { EVENTS_API, type Topic } from "../../protocol/api/events.ts";
import { clientSignal } from "../client-signal.ts";
import { PacedEvents } from "../paced-events.ts";
import { type ApiCall, type ApiRoute, apiRoute } from "./api-route.ts";
import { wantsEvents } from "./wants-events.ts";

export const EVENT_ROUTES: readonly ApiRoute[] = [
  apiRoute(EVENTS_API.follow_changes, async (call) => {
    if (wantsEvents(call.request)) return await stream(call);
    const marks = Object.entries(await call.changes.look()).map(([topic, mark]) => [topic, short(mark)]);
    return { marks: Object.fromEntries(marks) as Record<Topic, string> };
  }),
];

async function stream({ request, reply, streams, changes, draining }: ApiCall): Promise<FastifyReply> {
  const close = streams.open(request.accessKey);
  if (reply.raw.destroyed) close();
  else reply.raw.once("close", close);
  const signal = clientSignal(request, reply, draining);
  const followed = await changes.follow(signal);
  const events = new PacedEvents(reply);
  // From now on nothing is missed, and that is what the head of the answer says.
  events.begin();
  try {
    for await (const topics of followed) await events.send({ topics }, "changed");
  } finally {
    await events.end();
  }
  return reply;
}

/** What a mark is made of is nobody's business. */
function short(mark: string): string {
  return createHash("sha256").update(mark).digest("base64url").slice(0, 16);
}
