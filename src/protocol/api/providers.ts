// /api/v1/providers: where models come from. A key that was given is never told again.

import * as z from "zod/mini";
import {
  API_KEY_CHARS_MAX,
  BASE_URL_CHARS_MAX,
  MODEL_NAME_CHARS_MAX,
  MODEL_PROVIDER_NAME_CHARS_MAX,
} from "../limits.ts";
import { endpoint } from "./endpoint.ts";

const PROVIDER_PARAM = { name: "a model provider's name" };
const SCRIPT_PATH_CHARS_MAX = 4_096;

const text = z.string();
const textOrNull = z.nullable(z.string());

const ProviderDocument = z.object({
  name: text,
  kind: z.enum(["openai", "scripted"]),
  base_url: textOrNull,
  script: textOrNull,
  /** Where its key is; never the key. */
  api_key: z.enum(["none", "kept", "variable"]),
  api_key_env: textOrNull,
  /** There ought to be a key, and the variable that has it is not set. */
  key_missing: z.boolean(),
  model: textOrNull,
  embedding_model: textOrNull,
  default: z.boolean(),
  created_at: text,
});
export type ProviderDocument = z.infer<typeof ProviderDocument>;

/** What each may be is looked at by whoever keeps providers: here are the kinds of values, and their bounds. */
const NewProvider = z.strictObject({
  name: z.string().check(z.trim(), z.maxLength(MODEL_PROVIDER_NAME_CHARS_MAX)),
  base_url: z.optional(z.string().check(z.trim(), z.maxLength(BASE_URL_CHARS_MAX))),
  script: z.optional(z.string().check(z.maxLength(SCRIPT_PATH_CHARS_MAX))),
  api_key: z.optional(z.string().check(z.maxLength(API_KEY_CHARS_MAX))),
  /** The name of a variable of the host's environment. */
  api_key_env: z.optional(z.string().check(z.trim(), z.maxLength(API_KEY_CHARS_MAX))),
  model: z.optional(z.string().check(z.trim(), z.maxLength(MODEL_NAME_CHARS_MAX))),
  embedding_model: z.optional(z.string().check(z.trim(), z.maxLength(MODEL_NAME_CHARS_MAX))),
  default: z.optional(z.boolean()),
  /** The key may go to a public server without encryption. */
  insecure: z.optional(z.boolean()),
});
export type NewProvider = z.infer<typeof NewProvider>;

export const PROVIDERS_API = {
  list_providers: endpoint({
    method: "GET",
    path: "/providers",
    name: "list_providers",
    summary: "lists model providers, the one whose models are the defaults first",
    answer: z.object({ providers: z.array(ProviderDocument) }),
    needsWholeKey: true,
  }),
  find_local_providers: endpoint({
    method: "GET",
    path: "/providers/local",
    name: "find_local_providers",
    summary: "looks for servers of models on this machine that are not among the providers",
    answer: z.object({ servers: z.array(z.object({ name: text, base_url: text, models: z.array(text) })) }),
    needsWholeKey: true,
  }),
  add_provider: endpoint({
    method: "POST",
    path: "/providers",
    name: "add_provider",
    summary: "adds a model provider; a server that is down is added all the same, and `problem` says so",
    body: NewProvider,
    answer: z.object({
      provider: ProviderDocument,
      problem: z.nullable(z.object({ code: text, message: text, hint: textOrNull })),
    }),
    status: 201,
    needsWholeKey: true,
  }),
  test_provider: endpoint({
    method: "POST",
    path: "/providers/{name}/test",
    name: "test_provider",
    summary: "asks a model provider for its models, for one word and for one vector",
    params: PROVIDER_PARAM,
    answer: z.object({
      name: text,
      ok: z.boolean(),
      models: z.array(text),
      checks: z.array(z.object({ check: z.enum(["models", "chat", "embedding"]), ok: z.boolean(), detail: text })),
    }),
    needsWholeKey: true,
  }),
  prefer_provider: endpoint({
    method: "POST",
    path: "/providers/{name}/default",
    name: "prefer_provider",
    summary: "makes the models of a provider the defaults",
    params: PROVIDER_PARAM,
    answer: ProviderDocument,
    needsWholeKey: true,
  }),
  remove_provider: endpoint({
    method: "DELETE",
    path: "/providers/{name}",
    name: "remove_provider",
    summary: "forgets a model provider and the key that was kept for it",
    params: PROVIDER_PARAM,
    answer: z.object({ name: text, removed: z.literal(true), default: textOrNull }),
    needsWholeKey: true,
  }),
} as const;
