// GET /v1/models: the models of all providers, and the agents, which a request may name like a model.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Agent } from "../../protocol/agent.ts";
import { HostError } from "../../protocol/errors.ts";
import { clientSignal } from "../client-signal.ts";
import type { ServerHost } from "../server-host.ts";
import type { OpenAiOptions } from "./register-openai.ts";
import { modelOfAgent } from "./request-parts.ts";

interface WireModel {
  readonly id: string;
  readonly object: "model";
  readonly created: number;
  readonly owned_by: string;
}

export function registerModels(scope: FastifyInstance, host: ServerHost, { stopping }: OpenAiOptions): void {
  const all = async (request: FastifyRequest, reply: FastifyReply) =>
    await listModels(host, request, clientSignal(request, reply, stopping));
  scope.get("/models", async (request, reply) => ({ object: "list", data: await all(request, reply) }));
  // Names of models have slashes in them.
  scope.get<{ Params: { "*": string } }>("/models/*", async (request, reply) => {
    const id = request.params["*"];
    const found = (await all(request, reply)).find((model) => model.id === id);
    if (found === undefined) throw new HostError("model_unknown", "there is no model of that name");
    return found;
  });
}

async function listModels(host: ServerHost, request: FastifyRequest, signal: AbortSignal): Promise<WireModel[]> {
  const [models, agents] = await Promise.all([host.models(), host.agents()]);
  const [offered, known] = await Promise.all([models.list(signal), agents.list()]);
  const scope = request.accessKey?.agentId;
  const usable = known.filter(({ id }) => scope === null || scope === undefined || id === scope);
  return [
    ...usable.map(agentModel),
    ...offered.map(({ id, provider }) => ({ id, object: "model" as const, created: 0, owned_by: provider })),
  ];
}

function agentModel({ name, createdAt }: Agent): WireModel {
  const created = Math.floor(Date.parse(createdAt) / 1_000);
  return { id: modelOfAgent(name), object: "model", created: Number.isNaN(created) ? 0 : created, owned_by: "osaurus" };
}
