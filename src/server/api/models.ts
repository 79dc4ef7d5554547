// /api/v1/models: the models of all providers that answer.

import type { ChosenModel } from "../../agents/model-service.ts";
import { MODELS_API } from "../../protocol/api/models.ts";
import { clientSignal } from "../client-signal.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const MODEL_ROUTES: readonly ApiRoute[] = [
  apiRoute(MODELS_API.list_models, async ({ host, request, reply, draining }) => {
    const service = await host.models();
    const models = await service.list(clientSignal(request, reply, draining));
    const { chat, embedding } = await service.defaults();
    const providers = await service.providers();
    return {
      models: models.map(({ id, name, provider, type, capabilities, contextWindow, dimensions }) => ({
        id,
        name,
        provider,
        type,
        capabilities: [...capabilities],
        ...(contextWindow === undefined ? {} : { context_window: contextWindow }),
        ...(dimensions === undefined ? {} : { dimensions }),
      })),
      defaults: { chat: chosen(chat), embedding: chosen(embedding) },
      silent: providers.map(({ name }) => name).filter((name) => !models.some(({ provider }) => provider === name)),
    };
  }),
];

function chosen(model: ChosenModel | undefined) {
  return model === undefined ? null : { provider: model.provider, model: model.model };
}
