// /api/v1/models: the models of all providers that answer.

import * as z from "zod/mini";
import { endpoint } from "./endpoint.ts";

const text = z.string();
const Chosen = z.nullable(z.object({ provider: text, model: text }));

export const MODELS_API = {
  list_models: endpoint({
    method: "GET",
    path: "/models",
    name: "list_models",
    summary: "lists the models of all providers that answer, and which are the defaults",
    answer: z.object({
      models: z.array(
        z.object({
          id: text,
          name: text,
          provider: text,
          type: text,
          capabilities: z.array(text),
          context_window: z.optional(z.number()),
          dimensions: z.optional(z.number()),
        }),
      ),
      defaults: z.object({ chat: Chosen, embedding: Chosen }),
      /** Providers that gave no list. */
      silent: z.array(text),
    }),
  }),
} as const;
