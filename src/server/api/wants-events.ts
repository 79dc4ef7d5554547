// Whether a request asks for a stream of events, where the same path also answers once.

import type { FastifyRequest } from "fastify";

/** Who asks for the head alone takes nothing that could be followed. */
export function wantsEvents({ method, headers }: Pick<FastifyRequest, "method" | "headers">): boolean {
  if (method !== "GET") return false;
  const kinds = (headers.accept ?? "").toLowerCase().split(",");
  return kinds.some((kind) => /^\s*text\/event-stream\s*(;|$)/.test(kind) && !/;\s*q=0(\.0*)?\s*(;|$)/.test(kind));
}
