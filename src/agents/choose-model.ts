// Which model a name means. Lists of models are looked at only for names that do not say where the model is.

import { HostError } from "../protocol/errors.ts";
import type { BackendModel } from "./model-backend.ts";
import { defaultsAmong } from "./model-kinds.ts";
import type { ChosenModel } from "./model-service.ts";

/** A provider as choosing sees it. */
export interface ProviderChoice {
  readonly name: string;
  /** On this machine. */
  readonly isLocal: boolean;
  /** What it is asked for when nobody says which. */
  readonly model: string | null;
  readonly embeddingModel: string | null;
  /** Its models; nothing when they cannot be had. */
  list(): Promise<readonly BackendModel[] | undefined>;
}

export type ModelKind = "chat" | "embedding";

/**
 * The model that is meant. Throws `model_unknown`, `model_provider_missing`.
 *
 * @param names what was asked for, then what holds when that says nothing, and so on.
 * @param providers the default one first.
 */
export async function chooseModel(
  names: readonly (string | null | undefined)[],
  providers: readonly ProviderChoice[],
  kind: ModelKind,
): Promise<ChosenModel> {
  if (providers.length === 0) throw providerMissing();
  const name = names.map((one) => one?.trim() ?? "").find((one) => !isDefaultName(one));
  if (name === undefined) return await defaultOf(providers, kind);
  switch (name.toLowerCase()) {
    case "local":
      return await localOf(providers, kind);
    case "foundation":
      throw unknown(name, "there is no such model on this platform");
  }
  return within(name, providers) ?? (await byId(name, providers, kind));
}

/** What a provider is asked for when nobody says which model. */
export async function modelOf(provider: ProviderChoice, kind: ModelKind): Promise<string | undefined> {
  const configured = kind === "chat" ? provider.model : provider.embeddingModel;
  if (configured !== null) return configured;
  return defaultsAmong((await provider.list()) ?? [])[kind];
}

function isDefaultName(name: string): boolean {
  return name === "" || name.toLowerCase() === "default";
}

async function defaultOf(providers: readonly ProviderChoice[], kind: ModelKind): Promise<ChosenModel> {
  // One that was configured is there without asking anybody.
  for (const { name, model, embeddingModel } of providers) {
    const configured = kind === "chat" ? model : embeddingModel;
    if (configured !== null) return { provider: name, model: configured };
  }
  for (const provider of providers) {
    const model = await modelOf(provider, kind);
    if (model !== undefined) return { provider: provider.name, model };
  }
  const option = kind === "chat" ? "--model" : "--embedding-model";
  throw unknown("default", `no model provider has ${kind === "chat" ? "a model" : "a model for embedding"}`, {
    hint: `"osaurus providers test NAME" tries one; "osaurus providers add NAME ${option} MODEL" says which model to use`,
  });
}

async function localOf(providers: readonly ProviderChoice[], kind: ModelKind): Promise<ChosenModel> {
  for (const provider of providers.filter(({ isLocal }) => isLocal)) {
    const model = await modelOf(provider, kind);
    if (model !== undefined) return { provider: provider.name, model };
  }
  throw unknown("local", "no model provider on this machine has one");
}

/** `PROVIDER/MODEL`. Ids of models may have slashes, too: only what is in front of the first one counts. */
function within(name: string, providers: readonly ProviderChoice[]): ChosenModel | undefined {
  const slash = name.indexOf("/");
  if (slash === -1 || slash === name.length - 1) return undefined;
  const wanted = name.slice(0, slash).toLowerCase();
  const provider = providers.find((one) => one.name.toLowerCase() === wanted);
  return provider === undefined ? undefined : { provider: provider.name, model: name.slice(slash + 1) };
}

/** A server without a list, or that is down, may have it: the first of these is asked when nobody else does. */
async function byId(id: string, providers: readonly ProviderChoice[], kind: ModelKind): Promise<ChosenModel> {
  const configured = providers.find(({ model, embeddingModel }) => model === id || embeddingModel === id);
  const lists = await Promise.all(providers.map(async (provider) => ({ provider, models: await provider.list() })));
  const having = lists.find(({ models }) => models?.some((model) => model.id === id));
  if (having !== undefined) return { provider: having.provider.name, model: id };
  if (configured !== undefined) return { provider: configured.name, model: id };
  const named = providers.find(({ name }) => name.toLowerCase() === id.toLowerCase());
  const namedModel = named === undefined ? undefined : await modelOf(named, kind);
  if (named !== undefined && namedModel !== undefined) return { provider: named.name, model: namedModel };
  const silent = lists.find(({ models }) => models === undefined);
  if (silent !== undefined) return { provider: silent.provider.name, model: id, isGuess: true };
  throw unknown(id, "no model provider has it");
}

function providerMissing(): HostError {
  return new HostError("model_provider_missing", "no model provider is configured", {
    hint: 'add one: "osaurus providers add NAME --base-url URL"; "osaurus providers list" looks for servers on this machine',
  });
}

function unknown(name: string, why: string, options: { readonly hint?: string } = {}): HostError {
  return new HostError("model_unknown", `the model "${name}" cannot be used: ${why}`, {
    hint: options.hint ?? '"osaurus models" lists the models there are',
    details: { model: name },
  });
}
