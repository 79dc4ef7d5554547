// Reads a server's list of models. What cannot be understood in it is left out: one odd entry must not hide the others.

import {
  MODEL_CAPABILITIES_MAX,
  MODEL_CAPABILITY_CHARS_MAX,
  MODEL_NAME_CHARS_MAX,
  MODELS_LISTED_MAX,
} from "../protocol/limits.ts";
import type { BackendModel } from "./model-backend.ts";
import { isEmbeddingName } from "./model-kinds.ts";
import { invalidStream } from "./read-events.ts";
import { countOf, isMembers } from "./wire-values.ts";

/** Where servers say how much a model takes. */
const CONTEXT_MEMBERS = ["context_window", "context_length", "max_model_len", "max_context_length"];

/** Throws `inference_invalid` when it is no such list. */
export function readModelList(body: unknown): readonly BackendModel[] {
  const data = isMembers(body) ? (body["data"] ?? body["models"]) : body;
  if (!Array.isArray(data)) throw invalidStream("there is no list of models");
  const models = new Map<string, BackendModel>();
  for (const one of data) {
    if (models.size >= MODELS_LISTED_MAX) break;
    const model = isMembers(one) ? modelOf(one) : undefined;
    if (model !== undefined && !models.has(model.id)) models.set(model.id, model);
  }
  return [...models.values()];
}

/** Whether a name is one that a model can have: it is shown, and stands in requests. */
export function isModelName(name: unknown): name is string {
  if (typeof name !== "string" || name.length > MODEL_NAME_CHARS_MAX) return false;
  return name.trim() !== "" && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name);
}

function modelOf(one: Readonly<Record<string, unknown>>): BackendModel | undefined {
  const { id, name, type } = one;
  if (!isModelName(id)) return undefined;
  const isEmbedding =
    type === "embedding" || type === "embeddings" || ((type === undefined || type === "model") && isEmbeddingName(id));
  const meta = isMembers(one["meta"]) ? one["meta"]["n_ctx_train"] : undefined;
  const contextWindow = [...CONTEXT_MEMBERS.map((member) => one[member]), meta].map(countOf).find((count) => count);
  return {
    id,
    name: isModelName(name) ? name : id,
    type: isEmbedding ? "embedding" : "chat",
    capabilities: [isEmbedding ? "embedding" : "chat", ...capabilitiesOf(one["capabilities"])],
    ...(contextWindow === undefined ? {} : { contextWindow }),
  };
}

function capabilitiesOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  const texts = value.filter(
    (one) => typeof one === "string" && /^[\w-]+$/.test(one) && one.length <= MODEL_CAPABILITY_CHARS_MAX,
  );
  return [...new Set(texts as string[])]
    .filter((one) => one !== "chat" && one !== "embedding")
    .slice(0, MODEL_CAPABILITIES_MAX);
}
