// What ends the work for a request: its client went away, its key was revoked, or the host is stopped.

import type { FastifyReply, FastifyRequest } from "fastify";

/** Aborted when nobody is there any more who may have the answer, or `stopping` is aborted. */
export function clientSignal({ keyGone }: FastifyRequest, reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  if (reply.raw.destroyed) gone.abort();
  return AbortSignal.any([gone.signal, stopping, ...(keyGone === null ? [] : [keyGone])]);
}
