// The OpenAI-compatible API below /v1. All of it needs an access key.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { HostError } from "../../protocol/errors.ts";
import type { authenticate } from "../authenticate.ts";
import { type NoteBug, requestError } from "../error-answer.ts";
import { requireJsonType } from "../json-body.ts";
import type { ServerHost } from "../server-host.ts";
import { registerChatCompletions } from "./chat-completions.ts";
import { registerEmbeddings } from "./embeddings.ts";
import { sendOpenAiError } from "./error-shape.ts";
import { registerModels } from "./models.ts";
import { registerResponses } from "./responses.ts";

export interface OpenAiOptions {
  /** Lets in whoever has an access key. */
  readonly authenticate: ReturnType<typeof authenticate>;
  /** Where failures that are bugs go, for a request. */
  note(request: FastifyRequest): NoteBug;
  /** Aborted when answers that are under way have to end. */
  readonly stopping: AbortSignal;
}

/** @param scope with the prefix; what is set on it holds for nothing else. */
export function registerOpenAi(scope: FastifyInstance, host: ServerHost, options: OpenAiOptions): void {
  scope.addHook("onRequest", options.authenticate);
  scope.addHook("onRequest", requireJsonType);
  scope.setErrorHandler(async (error, request, reply) => {
    await sendOpenAiError(reply, requestError(error, options.note(request)));
  });
  registerChatCompletions(scope, host, options);
  registerResponses(scope, host, options);
  registerModels(scope, host, options);
  registerEmbeddings(scope, host, options);
  // Behind the same hooks as all else, so that nobody learns without a key what is there.
  scope.all("/*", async () => {
    throw new HostError("route_unknown", "nothing is served at this path and method");
  });
}
