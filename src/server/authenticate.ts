// Lets requests in that carry an access key, and finds the agent that a request is for.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { AccessKey } from "../host/access-keys-host.ts";
import type { Agent } from "../protocol/agent.ts";
import { ERRORS, HostError } from "../protocol/errors.ts";
import { HttpError } from "./http-error.ts";
import { type KeyWatch, permitOf } from "./key-watch.ts";
import type { ServerHost } from "./server-host.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The key that let the request in; null where none is needed. */
    accessKey: AccessKey | null;
    /** Aborted when that key lets in no more; null where none is needed. */
    keyGone: AbortSignal | null;
  }
}

/** A hook for all that needs a key. Refuses with 401, whatever is wrong with the key. */
export function authenticate(host: Pick<ServerHost, "accessKeys">, watch: KeyWatch) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const given = bearer(request.headers.authorization);
    const verdict = await (await host.accessKeys()).check(given);
    if (verdict.ok) {
      request.accessKey = verdict.key;
      // A client that is gone already leaves nothing to watch.
      if (!reply.raw.destroyed)
        request.keyGone = watch.watch(permitOf(host, given!), (over) => reply.raw.once("close", over));
      return;
    }
    request.log.info({ reason: verdict.reason }, "not let in");
    const challenge = given === undefined ? "Bearer" : 'Bearer error="invalid_token"';
    throw new HttpError("unauthorized", "the request has no valid access key", {
      hint: '"osaurus keys create" makes one; send it as "Authorization: Bearer osk-v1..."',
      headers: { "www-authenticate": challenge },
    });
  };
}

/** The key in an Authorization header; undefined when there is none. */
export function bearer(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^Bearer +(\S+)$/i.exec(header)?.[1];
}

/**
 * The agent that a request is for: the one that it names in `X-Osaurus-Agent-Id` or otherwise, by id or name; else the
 * one that its key is for; else the default agent. Fails with `agent_unknown`. With a key for another agent it fails with
 * `agent_scope_denied`, whether that other one is there or not: which agents there are is nothing that such a key tells.
 */
export async function agentOf(
  host: Pick<ServerHost, "agents">,
  request: FastifyRequest,
  named?: string,
): Promise<Agent> {
  const header = headerText(request, "x-osaurus-agent-id");
  const scope = request.accessKey?.agentId ?? undefined;
  const agents = await host.agents();
  const find = async (name: string | undefined): Promise<Agent> => {
    if (scope === undefined) return await agents.find(name);
    const agent = await agents.find(name).catch((error: unknown) => {
      throw isUnknown(error) ? scopeDenied() : error;
    });
    if (agent.id.toUpperCase() !== scope.toUpperCase()) throw scopeDenied();
    return agent;
  };
  const agent = await find(header ?? named ?? scope);
  if (header !== undefined && named !== undefined && (await find(named)).id !== agent.id) {
    throw new HttpError("request_invalid", "X-Osaurus-Agent-Id and the model name different agents", {
      param: "model",
    });
  }
  return agent;
}

/** A header that is not empty; names may be written in UTF-8. Of two that are there, none would be the one that is meant. */
export function headerText({ raw }: Pick<FastifyRequest, "raw">, name: string): string | undefined {
  const values = raw.headersDistinct[name] ?? [];
  if (values.length > 1) throw new HttpError("request_invalid", `the header ${name} is there more than once`);
  const text = decoded(values[0] ?? "").trim();
  return text === "" ? undefined : text;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Node takes each byte for a character, as it was once meant; programs that mean it write no valid UTF-8 beyond ASCII. */
function decoded(value: string): string {
  try {
    return utf8.decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}

/** Whatever is wrong with how an agent is named. */
function isUnknown(error: unknown): boolean {
  return error instanceof HostError && ERRORS[error.code].fault === "caller";
}

function scopeDenied(): HttpError {
  return new HttpError("agent_scope_denied", "the access key is for another agent");
}
