// The door to models and to where they come from.

import { isLoopback } from "../agents/base-url.ts";
import { chooseModel, type ModelKind, type ProviderChoice } from "../agents/choose-model.ts";
import type { ModelBackend } from "../agents/model-backend.ts";
import type { ChosenModel, ModelService } from "../agents/model-service.ts";
import { nearest } from "../base/nearest.ts";
import { untilAborted } from "../base/until-aborted.ts";
import { HostError } from "../protocol/errors.ts";
import type { ModelEvent, ModelInfo } from "../protocol/inference.ts";
import type { ControlDb } from "../store/control-db.ts";
import { isSameName, ModelProviders, type StoredProvider } from "../store/model-providers.ts";
import { backendOf, choiceOf, keyName, ModelLists } from "./model-backends.ts";
import type { Stores } from "./stores.ts";

export interface ModelProviderEntry extends StoredProvider {
  /** Its models are the host's defaults. */
  readonly isDefault: boolean;
  /** A variable is to have its key, and is not set here. */
  readonly isKeyMissing: boolean;
}

export interface NewModelProvider {
  readonly name: string;
  readonly baseUrl?: string;
  readonly script?: string;
  readonly apiKeyEnv?: string;
  readonly apiKey?: string;
  readonly model?: string;
  readonly embeddingModel?: string;
  /** A key may go to a public server without encryption. */
  readonly insecure?: boolean;
  /** Its models become the defaults. */
  readonly isPreferred?: boolean;
}

export interface AddedModelProvider extends ModelProviderEntry {
  /** Why the server gave no list of models, where it did not. */
  readonly problem: HostError | undefined;
}

export interface ProviderTest {
  readonly name: string;
  readonly ok: boolean;
  readonly models: readonly string[];
  readonly checks: readonly {
    readonly check: "models" | "chat" | "embedding";
    readonly ok: boolean;
    readonly detail: string;
  }[];
}

/** A server on this machine that is not configured yet. */
export interface LocalServer {
  readonly name: string;
  readonly baseUrl: string;
  readonly models: readonly string[];
}

export interface ModelsHost extends ModelService {
  providers(): Promise<readonly ModelProviderEntry[]>;
  /** What it adds, with the models that it found out by itself. */
  addProvider(wish: NewModelProvider, signal: AbortSignal): Promise<AddedModelProvider>;
  testProvider(name: string, signal: AbortSignal): Promise<ProviderTest>;
  /** From now on its models are the defaults. */
  preferProvider(name: string): Promise<ModelProviderEntry>;
  removeProvider(name: string): Promise<ModelProviderEntry>;
  localServers(signal: AbortSignal): Promise<readonly LocalServer[]>;
  /** What is taken when nobody says which model; nothing where there is none. */
  defaults(): Promise<Readonly<Record<ModelKind, ChosenModel | undefined>>>;
}

export interface ModelsHostOptions {
  readonly db: ControlDb;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stores: () => Promise<Stores>;
}

/** Opens nothing yet. */
export function openModels(options: ModelsHostOptions): ModelsHost {
  const stored = new ModelProviders(options.db);
  const backend = (provider: StoredProvider): ModelBackend => backendOf(provider, options);
  const lists = new ModelLists(backend);
  /** The oldest provider's models are the defaults, unless somebody wants another's. */
  const entryOf = (provider: StoredProvider, place: number): ModelProviderEntry => ({
    ...provider,
    isDefault: place === 0,
    isKeyMissing: provider.apiKeyEnv !== null && (options.env[provider.apiKeyEnv] ?? "").trim() === "",
  });
  const choices = async (): Promise<readonly ProviderChoice[]> =>
    (await stored.list()).map((provider) => choiceOf(provider, lists));
  const find = async (name: string) => found(await stored.list(), name);
  const backendFor = async ({ provider }: ChosenModel) => backend(await find(provider));
  return {
    async choose(name, agent) {
      return await chooseModel([name, agent?.model], await choices(), "chat");
    },
    async *stream({ model, ...request }, signal): AsyncGenerator<ModelEvent> {
      try {
        yield* (await backendFor(model)).stream({ ...request, model: model.model }, signal);
      } catch (error) {
        throw model.isGuess ? guessFailed(model, error) : error;
      }
    },
    async embed(name, texts, signal) {
      const chosen = await chooseModel([name], await choices(), "embedding");
      if (texts.length === 0) return { model: chosen.model, vectors: [], promptTokens: 0 };
      const embedding = (await backendFor(chosen)).embed(chosen.model, texts, signal);
      return await (chosen.isGuess
        ? embedding.catch((error: unknown) => Promise.reject(guessFailed(chosen, error)))
        : embedding);
    },
    async list(signal) {
      // The lists are kept for whoever asks next: only the waiting ends.
      return await untilAborted(listAll(await stored.list(), lists), signal);
    },
    async defaults() {
      const all = await choices();
      const of = async (kind: ModelKind) =>
        await chooseModel([], all, kind).catch((error: unknown) => {
          if (error instanceof HostError && error.code.startsWith("model_")) return undefined;
          throw error;
        });
      return { chat: await of("chat"), embedding: await of("embedding") };
    },
    providers: async () => (await stored.list()).map(entryOf),
    async addProvider(wish, signal) {
      const { addModelProvider } = await import("./add-model-provider.ts");
      const { provider, problem } = await addModelProvider(wish, stored, options, signal);
      lists.clear();
      const place = (await stored.list()).findIndex(({ name }) => isSameName(name, provider.name));
      return { ...entryOf(provider, place), problem };
    },
    async testProvider(name, signal) {
      const provider = await find(name);
      const { testModelProvider } = await import("./test-model-provider.ts");
      return await testModelProvider(choiceOf(provider, lists), backend(provider), signal);
    },
    async preferProvider(name) {
      const { name: known } = await find(name);
      const provider = await stored.prefer(known);
      // Another process may have removed it meanwhile.
      return provider === undefined ? entryOf(await find(name), 0) : entryOf(provider, 0);
    },
    async removeProvider(name) {
      const provider = await find(name);
      const isFirst = (await stored.list())[0]?.name === provider.name;
      // The key first: one that nobody knows of any more would never be forgotten.
      if (provider.hasKey) await (await options.stores()).secrets.delete(keyName(provider.name));
      await stored.remove(provider.name);
      lists.clear();
      return entryOf(provider, isFirst ? 0 : 1);
    },
    async localServers(signal) {
      const taken = (await stored.list()).flatMap(({ baseUrl }) => (baseUrl === null ? [] : [new URL(baseUrl)]));
      const { findLocalServers } = await import("../agents/local-servers.ts");
      const isConfigured = (baseUrl: string) =>
        taken.some((url) => isLoopback(url) && url.port === new URL(baseUrl).port);
      return await findLocalServers(isConfigured, signal);
    },
  };
}

/** Whoever misspelt the name of a model is not to look for somebody else's key. */
function guessFailed({ provider, model }: ChosenModel, error: unknown): unknown {
  if (!(error instanceof HostError) || error.code === "interrupted" || error.code === "context_too_long") return error;
  const { code, message, hint, details } = error;
  return new HostError(
    code,
    `no list has the model "${model}"; "${provider}", which gives none, was asked: ${message}`,
    {
      hint: `"osaurus models" lists the models there are${hint === undefined ? "" : `; ${hint}`}`,
      ...(details === undefined ? {} : { details }),
      cause: error,
    },
  );
}

function found(providers: readonly StoredProvider[], name: string): StoredProvider {
  const provider = providers.find((one) => isSameName(one.name, name));
  if (provider !== undefined) return provider;
  const close = nearest(
    name,
    providers.map((one) => one.name),
  );
  throw new HostError("model_provider_unknown", `there is no model provider "${name}"`, {
    hint: close === undefined ? '"osaurus providers list" lists those there are' : `did you mean "${close}"?`,
  });
}

/** Each under a name by which it is found again: of several with the same id, the first one has the id to itself. */
async function listAll(providers: readonly StoredProvider[], lists: ModelLists): Promise<readonly ModelInfo[]> {
  const all = await Promise.all(
    providers.map(async (provider) => ({ provider, models: await lists.usable(provider) })),
  );
  const taken = new Set<string>();
  const isPrefix = (text: string) => providers.some(({ name }) => isSameName(name, text));
  return all.flatMap(({ provider, models }) =>
    models.map((model): ModelInfo => {
      const isOwn = !taken.has(model.id) && !isPrefix(model.id.split("/")[0]!);
      taken.add(model.id);
      return { ...model, id: isOwn ? model.id : `${provider.name}/${model.id}`, provider: provider.name };
    }),
  );
}
