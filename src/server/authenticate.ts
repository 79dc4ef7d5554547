// Lets requests in that carry an access key, and finds the agent that a request is for.

import type { FastifyRequest } from "fastify";
import type { AccessKey } from "../host/access-keys-host.ts";
import type { Agent } from "../protocol/agent.ts";
import { HttpError } from "./http-error.ts";
import type { ServerHost } from "./server-host.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The key that let the request in; null where none is needed. */
    accessKey: AccessKey | null;
  }
}

/** A hook for all that needs a key. Refuses with 401, whatever is wrong with the key. */
export function authenticate(host: Pick<ServerHost, "accessKeys">) {
  return async (request: FastifyRequest): Promise<void> => {
    const given = bearer(request.headers.authorization);
    const verdict = await (await host.accessKeys()).check(given);
    if (verdict.ok) {
      request.accessKey = verdict.key;
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

function bearer(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^Bearer +(\S+)$/i.exec(header)?.[1];
}

/**
 * The agent that a request is for: the one that it names in `X-Osaurus-Agent-Id` or otherwise, by id or name; else the
 * one that its key is for; else the default agent. Fails with `agent_unknown`, and `agent_scope_denied` when the key is for
 * another agent.
 */
export async function agentOf(
  host: Pick<ServerHost, "agents">,
  request: FastifyRequest,
  named?: string,
): Promise<Agent> {
  const header = headerText(request, "x-osaurus-agent-id");
  const scope = request.accessKey?.agentId ?? undefined;
  const agents = await host.agents();
  const agent = await agents.find(header ?? named ?? scope).catch((error: unknown) => {
    // Which agents there are is nothing that a key for one of them tells.
    throw scope === undefined ? error : scopeDenied();
  });
  if (header !== undefined && named !== undefined && (await agents.find(named)).id !== agent.id) {
    throw new HttpError("request_invalid", "X-Osaurus-Agent-Id and the model name different agents", {
      param: "model",
    });
  }
  if (scope !== undefined && agent.id.toUpperCase() !== scope.toUpperCase()) throw scopeDenied();
  return agent;
}

/** A header that is there once and not empty. */
export function headerText(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

function scopeDenied(): HttpError {
  return new HttpError("agent_scope_denied", "the access key is for another agent");
}
