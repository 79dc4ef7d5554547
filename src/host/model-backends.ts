// Makes what asks a model provider of what is kept about it, and remembers for a while which models it has.

import { isLoopback } from "../agents/base-url.ts";
import type { ProviderChoice } from "../agents/choose-model.ts";
import type { BackendModel, ModelBackend } from "../agents/model-backend.ts";
import { type AskedServer, unauthorized } from "../agents/model-failure.ts";
import { untilAborted } from "../base/until-aborted.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import { MODELS_FRESH_MS, MODELS_MS_MAX, MODELS_UNKNOWN_MS } from "../protocol/limits.ts";
import type { StoredProvider } from "../store/model-providers.ts";
import type { SecretName } from "../store/sealed-value.ts";
import { callerScope } from "./caller-scope.ts";
import type { Stores } from "./stores.ts";

/** Owns the keys in the secret store. No plugin has an id with a slash: none is given what lies here. */
const KEYS_OWNER = "osprey/model-providers";

export interface BackendsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stores: () => Promise<Stores>;
}

/** What is asked; the modules that do it are loaded with the first request. */
export function backendOf(provider: StoredProvider, options: BackendsOptions): ModelBackend {
  let loading: Promise<ModelBackend> | undefined;
  const load = (): Promise<ModelBackend> => {
    loading ??= loadBackend(provider, options);
    return loading;
  };
  return {
    async *stream(request, signal) {
      yield* (await load()).stream(request, signal);
    },
    embed: async (model, texts, signal) => await (await load()).embed(model, texts, signal),
    models: async (signal) => await (await load()).models(signal),
  };
}

async function loadBackend(provider: StoredProvider, options: BackendsOptions): Promise<ModelBackend> {
  if (provider.kind === "scripted") {
    const { scriptedModel } = await import("../agents/scripted-model.ts");
    return scriptedModel(provider.script ?? "");
  }
  const { openAiModel } = await import("../agents/openai-model.ts");
  return openAiModel(async () => await askedServer(provider, options));
}

/** With the key as it is now. Throws `inference_unauthorized` when there ought to be one and is none. */
async function askedServer(
  { name, baseUrl, apiKeyEnv, hasKey }: StoredProvider,
  { env, stores }: BackendsOptions,
): Promise<AskedServer> {
  const server = { provider: name, baseUrl: baseUrl ?? "", apiKeyEnv };
  if (apiKeyEnv !== null) {
    const apiKey = callersKey(apiKeyEnv) ?? (env[apiKeyEnv]?.trim() || undefined);
    if (apiKey !== undefined) return { ...server, apiKey };
    throw unauthorized({ ...server, apiKey }, `the variable ${apiKeyEnv} is not set`);
  }
  if (!hasKey) return { ...server, apiKey: undefined };
  const apiKey = await (await stores()).secrets.get(keyName(name));
  if (apiKey !== undefined) return { ...server, apiKey };
  throw unauthorized({ ...server, apiKey }, "the key that was kept for it is gone");
}

/** The key in the environment of whoever asked for the work, where that is not the host itself. */
function callersKey(variable: string | null): string | undefined {
  return (variable !== null && callerScope()?.place?.env[variable]?.trim()) || undefined;
}

/** Where a provider's key is kept. */
export function keyName(provider: string): SecretName {
  return { pluginId: KEYS_OWNER, agentId: DEFAULT_AGENT_ID, key: provider.toLowerCase() };
}

/** What choosing a model needs to know of a provider. */
export function choiceOf(provider: StoredProvider, lists: ModelLists): ProviderChoice {
  const { name, kind, baseUrl, model, embeddingModel } = provider;
  const isLocal = kind === "scripted" || (baseUrl !== null && URL.canParse(baseUrl) && isLoopback(new URL(baseUrl)));
  return { name, isLocal, model, embeddingModel, list: async () => await lists.of(provider) };
}

interface Listed {
  /** Undefined: the server gave none. */
  readonly models: readonly BackendModel[] | undefined;
  /** The server is there, also where it has no list. */
  readonly isThere: boolean;
}

interface KnownList {
  readonly listed: Promise<Listed>;
  /** On the clock of `performance.now()`. */
  freshUntil: number;
}

/** The models of providers, asked for once and then for a while not again. */
export class ModelLists {
  readonly #backend: (provider: StoredProvider) => ModelBackend;
  readonly #known = new Map<string, KnownList>();

  constructor(backend: (provider: StoredProvider) => ModelBackend) {
    this.#backend = backend;
  }

  /** Nothing when they cannot be had. */
  async of(provider: StoredProvider): Promise<readonly BackendModel[] | undefined> {
    return (await this.#listed(provider)).models;
  }

  /** What can be asked of a provider: nothing of one that is not there; what was configured also where no list has it. */
  async usable(provider: StoredProvider): Promise<readonly BackendModel[]> {
    const { models = [], isThere } = await this.#listed(provider);
    if (!isThere) return [];
    const configured = [configuredModel(provider.model, "chat"), configuredModel(provider.embeddingModel, "embedding")];
    const unlisted = configured.filter((one) => one !== undefined && !models.some(({ id }) => id === one.id));
    return [...models, ...unlisted.filter((one) => one !== undefined)];
  }

  async #listed(provider: StoredProvider): Promise<Listed> {
    // A provider that was removed and added again is another one, and so is one that is asked with a caller's own key.
    const isCallers = callersKey(provider.apiKeyEnv) !== undefined;
    const key = JSON.stringify([provider.name, provider.createdAt, isCallers]);
    const known = this.#known.get(key);
    if (known !== undefined && performance.now() < known.freshUntil) return await known.listed;
    // Whoever asks may lose interest; others wait for the same list.
    const listing = list(this.#backend(provider));
    const entry: KnownList = { listed: listing, freshUntil: Number.POSITIVE_INFINITY };
    this.#known.set(key, entry);
    const listed = await listing;
    entry.freshUntil = performance.now() + freshMs(provider, listed);
    return listed;
  }

  /** Forgets what it knows: providers changed. */
  clear(): void {
    this.#known.clear();
  }
}

/** What a server that has no list of models answers with. */
const WITHOUT_LIST: ReadonlySet<unknown> = new Set([404, 405, 501]);

/** Settles in time, whatever the backend does: until it does, everybody who asks waits for it. */
async function list(backend: ModelBackend): Promise<Listed> {
  try {
    const signal = AbortSignal.timeout(MODELS_MS_MAX);
    return { models: await untilAborted(backend.models(signal), signal), isThere: true };
  } catch (error) {
    const isThere = error instanceof HostError && WITHOUT_LIST.has(error.details?.["status"]);
    return { models: undefined, isThere };
  }
}

function configuredModel(id: string | null, type: BackendModel["type"]): BackendModel | undefined {
  return id === null ? undefined : { id, name: id, type, capabilities: [type] };
}

/** A script is a small file on this machine: it is read again. */
function freshMs({ kind }: StoredProvider, { models }: Listed): number {
  if (kind === "scripted") return 0;
  return models === undefined ? MODELS_UNKNOWN_MS : MODELS_FRESH_MS;
}
