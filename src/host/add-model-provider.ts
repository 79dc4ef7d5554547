// Adds a model provider: checks what was wished for, asks the server what it is and what it has, and keeps it.

import { resolve } from "node:path";
import { baseUrlCandidates, isNear, likelyBaseUrl, readBaseUrl } from "../agents/base-url.ts";
import { usualBaseUrl } from "../agents/local-servers.ts";
import type { BackendModel } from "../agents/model-backend.ts";
import { defaultsAmong } from "../agents/model-kinds.ts";
import { readScript } from "../agents/model-script.ts";
import { isModelName } from "../agents/read-model-list.ts";
import { HostError } from "../protocol/errors.ts";
import { API_KEY_CHARS_MAX, MODEL_NAME_CHARS_MAX, MODEL_PROVIDER_NAME_CHARS_MAX } from "../protocol/limits.ts";
import { isSameName, type ModelProviders, providerExists, type StoredProvider } from "../store/model-providers.ts";
import { backendOf, keyName } from "./model-backends.ts";
import type { ModelsHostOptions, NewModelProvider } from "./models-host.ts";
import type { Stores } from "./stores.ts";

export interface AddedProvider {
  readonly provider: StoredProvider;
  /** Why the server gave no list of models, where it did not. */
  readonly problem: HostError | undefined;
}

type Draft = Omit<StoredProvider, "createdAt">;

/** Throws `model_provider_exists`, `model_provider_invalid`, `script_invalid`. A server that is down is added all the same. */
export async function addModelProvider(
  wish: NewModelProvider,
  providers: ModelProviders,
  options: Pick<ModelsHostOptions, "env" | "cwd" | "stores">,
  signal: AbortSignal,
): Promise<AddedProvider> {
  checkName(wish.name);
  checkModels(wish);
  const apiKey = wish.apiKey === undefined ? undefined : checkedKey(wish.apiKey);
  if (wish.apiKeyEnv !== undefined) checkVariable(wish.apiKeyEnv, apiKey);
  const known = await providers.list();
  if (known.some(({ name }) => isSameName(name, wish.name))) throw providerExists(wish.name);
  const { draft, models, problem } =
    wish.script === undefined
      ? await server(wish, apiKey, options, signal)
      : await scripted(wish, wish.script, options, signal);
  if (signal.aborted) throw new HostError("interrupted", "interrupted");
  const found = defaultsAmong(models);
  const provider = await providers.add({
    ...draft,
    model: wish.model ?? found.chat ?? null,
    embeddingModel: wish.embeddingModel ?? found.embedding ?? null,
  });
  if (apiKey !== undefined) await keepKey(apiKey, provider, providers, options.stores);
  return { provider, problem };
}

/** A provider whose key could not be kept is none. */
async function keepKey(
  apiKey: string,
  { name }: StoredProvider,
  providers: ModelProviders,
  stores: () => Promise<Stores>,
): Promise<void> {
  try {
    await (await stores()).secrets.set(keyName(name), apiKey);
  } catch (error) {
    await providers.remove(name);
    throw error;
  }
}

interface Examined {
  readonly draft: Draft;
  readonly models: readonly BackendModel[];
  readonly problem: HostError | undefined;
}

async function scripted(
  wish: NewModelProvider,
  file: string,
  options: Pick<ModelsHostOptions, "env" | "cwd" | "stores">,
  signal: AbortSignal,
): Promise<Examined> {
  if (wish.baseUrl !== undefined || wish.apiKey !== undefined || wish.apiKeyEnv !== undefined) {
    throw invalid("a scripted model has neither an address nor a key", "leave out either --script or the others");
  }
  const script = resolve(options.cwd, file);
  readScript(script);
  const draft = draftOf(wish, { kind: "scripted", script });
  const models = await backendOf({ ...draft, createdAt: "" }, options).models(signal);
  return { draft, models, problem: undefined };
}

/** Finds out which of the addresses that the wish may mean has models. */
async function server(
  wish: NewModelProvider,
  apiKey: string | undefined,
  { env }: Pick<ModelsHostOptions, "env">,
  signal: AbortSignal,
): Promise<Examined> {
  const text = wish.baseUrl ?? usualBaseUrl(wish.name);
  if (text === undefined) {
    throw invalid(`where "${wish.name}" is, is not known`, "add --base-url URL, or --script FILE for a scripted model");
  }
  const url = readBaseUrl(text);
  const hasKey = apiKey !== undefined;
  if (url.protocol === "http:" && (hasKey || wish.apiKeyEnv !== undefined) && !isNear(url) && wish.insecure !== true) {
    throw invalid(
      `the key would go to ${url.host} without encryption, for everybody on the way to read`,
      "use an address that begins with https://, or add --insecure",
    );
  }
  let problem: HostError | undefined;
  for (const baseUrl of baseUrlCandidates(url)) {
    const draft = draftOf(wish, { baseUrl, hasKey });
    const { openAiModel } = await import("../agents/openai-model.ts");
    const key = apiKey ?? (wish.apiKeyEnv === undefined ? undefined : env[wish.apiKeyEnv]?.trim() || undefined);
    const asked = { provider: wish.name, baseUrl, apiKey: key, apiKeyEnv: wish.apiKeyEnv ?? null };
    try {
      const models = await openAiModel(async () => asked, { retriesMax: 0 }).models(signal);
      return { draft, models, problem: undefined };
    } catch (error) {
      if (!(error instanceof HostError) || error.code === "interrupted") throw error;
      problem ??= error;
      // It is there, and says so: whether it has models at another address is not known to strangers.
      if (error.code === "inference_unauthorized" || error.code === "inference_unreachable") break;
    }
  }
  return { draft: draftOf(wish, { baseUrl: likelyBaseUrl(url), hasKey }), models: [], problem };
}

function draftOf(wish: NewModelProvider, known: Partial<Draft>): Draft {
  const { name, apiKeyEnv = null } = wish;
  return {
    name,
    kind: "openai",
    baseUrl: null,
    script: null,
    apiKeyEnv,
    hasKey: false,
    model: null,
    embeddingModel: null,
    isPreferred: wish.isPreferred === true,
    ...known,
  };
}

/** Words that mean a model by themselves. */
const RESERVED = new Set(["default", "local", "foundation"]);

function checkName(name: string): void {
  if (!/^[a-z\d][a-z\d._-]*$/i.test(name)) {
    throw invalid(
      "its name may have letters, digits, dots, dashes and underscores, and begins with a letter or a digit",
    );
  }
  if (name.length > MODEL_PROVIDER_NAME_CHARS_MAX) {
    throw invalid(`its name is over ${MODEL_PROVIDER_NAME_CHARS_MAX} characters long`);
  }
  if (RESERVED.has(name.toLowerCase())) throw invalid(`"${name}" means something else where models are named`);
}

function checkModels({ model, embeddingModel }: NewModelProvider): void {
  for (const name of [model, embeddingModel]) {
    if (name === undefined || isModelName(name)) continue;
    throw invalid(`a model's name is one line of 1 to ${MODEL_NAME_CHARS_MAX} characters`);
  }
}

/** A key stands in a header. It is not repeated in any message. */
function checkedKey(text: string): string {
  const key = text.trim();
  if (key === "") throw invalid("the API key is empty", "give it on standard input");
  if (key.length > API_KEY_CHARS_MAX) throw invalid(`the API key is over ${API_KEY_CHARS_MAX} characters long`);
  if (!/^[\x21-\x7e]+$/.test(key))
    throw invalid("the API key has characters that no key has", "give nothing but the key");
  return key;
}

/** What is no name of a variable may be the key itself: so it is not repeated. */
function checkVariable(name: string, apiKey: string | undefined): void {
  if (apiKey !== undefined) throw invalid("a key is given twice", "use either --api-key-env or --api-key-stdin");
  if (/^[a-z_]\w*$/i.test(name) && name.length <= API_KEY_CHARS_MAX) return;
  throw invalid(
    "what --api-key-env was given is no name of a variable",
    "give the name of the variable that has the key, not the key itself: --api-key-env OPENAI_API_KEY",
  );
}

function invalid(problem: string, hint?: string): HostError {
  return new HostError("model_provider_invalid", `the model provider cannot be added: ${problem}`, {
    ...(hint === undefined ? {} : { hint }),
  });
}
