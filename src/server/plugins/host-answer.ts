// What the host itself answers below /plugins: refusals in the shape of "Osaurus: Routes and Web UIs", redirects, pages.

import type { FastifyReply } from "fastify";

export interface HostAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const JSON_TYPE = "application/json; charset=utf-8";

/** `{"error":{"message"}}` */
export function refusal(status: number, message: string, headers: Readonly<Record<string, string>> = {}): HostAnswer {
  return {
    kind: "answer",
    status,
    headers: { "content-type": JSON_TYPE, "cache-control": "no-store", ...headers },
    body: JSON.stringify({ error: { message } }),
  };
}

/** Nobody learns from it whether there is something that he may not see. */
export function noRoute(): HostAnswer {
  return refusal(404, "No matching route");
}

/** A redirect that no cache keeps. */
export function redirect(
  status: 303 | 307,
  location: string,
  headers: Readonly<Record<string, string>> = {},
): HostAnswer {
  return { kind: "answer", status, headers: { location, "cache-control": "no-store", ...headers }, body: "" };
}

export function sendAnswer(reply: FastifyReply, { status, headers, body }: HostAnswer): void {
  reply.code(status).headers(headers).send(body);
}

/** Refuses a request that was let in so far. */
export function refuse(
  reply: FastifyReply,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendAnswer(reply, refusal(status, message, headers));
}
