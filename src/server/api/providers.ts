// /api/v1/providers: where models come from. What was given as a key is kept, and told to nobody.

import type { ModelProviderEntry } from "../../host/models-host.ts";
import { type NewProvider, PROVIDERS_API, type ProviderDocument } from "../../protocol/api/providers.ts";
import { clientSignal } from "../client-signal.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const PROVIDER_ROUTES: readonly ApiRoute[] = [
  apiRoute(PROVIDERS_API.list_providers, async ({ host }) => ({
    providers: (await (await host.models()).providers()).map(providerDocument),
  })),
  apiRoute(PROVIDERS_API.find_local_providers, async ({ host, request, reply, draining }) => {
    const servers = await (await host.models()).localServers(clientSignal(request, reply, draining));
    return { servers: servers.map(({ name, baseUrl, models }) => ({ name, base_url: baseUrl, models: [...models] })) };
  }),
  apiRoute(PROVIDERS_API.add_provider, async ({ host, body, request, reply, draining }) => {
    const signal = clientSignal(request, reply, draining);
    const { problem, ...provider } = await (await host.models()).addProvider(wishOf(body), signal);
    const { code, message, hint = null } = problem ?? {};
    return {
      provider: providerDocument(provider),
      problem: code === undefined || message === undefined ? null : { code, message, hint },
    };
  }),
  apiRoute(PROVIDERS_API.test_provider, async ({ host, params, request, reply, draining }) => {
    const signal = clientSignal(request, reply, draining);
    const { name, ok, models, checks } = await (await host.models()).testProvider(params.name, signal);
    return { name, ok, models: [...models], checks: [...checks] };
  }),
  apiRoute(PROVIDERS_API.prefer_provider, async ({ host, params }) =>
    providerDocument(await (await host.models()).preferProvider(params.name)),
  ),
  apiRoute(PROVIDERS_API.remove_provider, async ({ host, params }) => {
    const models = await host.models();
    const { name } = await models.removeProvider(params.name);
    return { name, removed: true as const, default: (await models.providers())[0]?.name ?? null };
  }),
];

function providerDocument(provider: ModelProviderEntry): ProviderDocument {
  const { name, kind, baseUrl, script, apiKeyEnv, hasKey, isKeyMissing, model, embeddingModel } = provider;
  return {
    name,
    kind,
    base_url: baseUrl,
    script,
    api_key: apiKeyEnv !== null ? "variable" : hasKey ? "kept" : "none",
    api_key_env: apiKeyEnv,
    key_missing: isKeyMissing,
    model,
    embedding_model: embeddingModel,
    default: provider.isDefault,
    created_at: provider.createdAt,
  };
}

function wishOf({ name, base_url, script, api_key, api_key_env, model, embedding_model, ...rest }: NewProvider) {
  return {
    name,
    ...(base_url === undefined ? {} : { baseUrl: base_url }),
    ...(script === undefined ? {} : { script }),
    ...(api_key === undefined ? {} : { apiKey: api_key }),
    ...(api_key_env === undefined ? {} : { apiKeyEnv: api_key_env }),
    ...(model === undefined ? {} : { model }),
    ...(embedding_model === undefined ? {} : { embeddingModel: embedding_model }),
    ...(rest.default === true ? { isPreferred: true } : {}),
    ...(rest.insecure === true ? { insecure: true } : {}),
  };
}
