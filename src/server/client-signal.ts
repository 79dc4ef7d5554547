// What ends the work for a request: its client went away, or the host is stopped.

import type { FastifyReply } from "fastify";

/** Aborted when nobody is there any more who would take the answer, or `stopping` is aborted. */
export function clientSignal(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  if (reply.raw.destroyed) gone.abort();
  return AbortSignal.any([gone.signal, stopping]);
}
