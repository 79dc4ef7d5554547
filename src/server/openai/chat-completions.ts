// POST /v1/chat/completions: one run of an agent, as an answer or as a stream of chunks.

import { randomBytes, randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { RunRequest, RunSession } from "../../agents/run-request.ts";
import { titleOf } from "../../agents/run-session.ts";
import type { ChatMessage, RunOutcome } from "../../protocol/inference.ts";
import { agentOf, headerText } from "../authenticate.ts";
import { clientSignal } from "../client-signal.ts";
import { requestError } from "../error-answer.ts";
import { PacedEvents } from "../paced-events.ts";
import type { ServerHost } from "../server-host.ts";
import { ChatChunks, chatCompletion } from "./chat-answer.ts";
import { type ChatRequest, readChatRequest } from "./chat-request.ts";
import { openAiError, requireRan } from "./error-shape.ts";
import type { OpenAiOptions } from "./register-openai.ts";

const SESSION_HEADER = "x-osaurus-session-id";

export function registerChatCompletions(scope: FastifyInstance, host: ServerHost, options: OpenAiOptions): void {
  scope.post("/chat/completions", async (request, reply) => {
    const wish = readChatRequest(request.body);
    const { run, model } = await prepareRun(host, request, reply, wish, options);
    const id = `chatcmpl-${randomBytes(12).toString("hex")}`;
    const runner = await host.inference();
    const start = (onEvent?: RunRequest["onEvent"]) => runner.run(onEvent === undefined ? run : { ...run, onEvent });
    if (wish.streams) return await stream({ id, model, wish, start }, request, reply, options);
    const outcome = await start();
    requireRan(outcome);
    if (outcome.sessionId !== undefined) reply.header(SESSION_HEADER, outcome.sessionId);
    return await reply.send(chatCompletion(id, outcome));
  });
}

async function prepareRun(
  host: ServerHost,
  request: FastifyRequest,
  reply: FastifyReply,
  wish: ChatRequest,
  { stopping }: OpenAiOptions,
): Promise<{ run: RunRequest; model: string }> {
  const signal = clientSignal(request, reply, stopping);
  const agent = await agentOf(host, request, wish.agentName);
  // Chunks name the model from the first on; and one that is not there is refused before anything is sent.
  const { model } = await (await host.models()).choose(wish.model, agent);
  const { messages, tools, sampling } = wish;
  const session = sessionOf(request, messages);
  const run = { agent, model: wish.model, messages, tools, sampling, session, traceId: randomUUID(), signal };
  return { run, model };
}

/** Transcripts are the client's here; one is kept for whoever names a session, or asks for a new one. */
function sessionOf(request: FastifyRequest, messages: readonly ChatMessage[]): RunSession | undefined {
  const id = headerText(request, SESSION_HEADER);
  if (id === undefined) return undefined;
  return id === "new" ? { kind: "new", pluginId: null, title: titleOf(messages) } : { kind: "id", id };
}

interface Streamed {
  readonly id: string;
  readonly model: string;
  readonly wish: ChatRequest;
  start(onEvent: RunRequest["onEvent"]): Promise<RunOutcome>;
}

async function stream(
  { id, model, wish, start }: Streamed,
  request: FastifyRequest,
  reply: FastifyReply,
  { note }: OpenAiOptions,
): Promise<FastifyReply> {
  const events = new PacedEvents(reply);
  const chunks = new ChatChunks({
    id,
    model,
    includesUsage: wish.includesUsage,
    showsCalls: wish.tools.kind === "given",
  });
  try {
    const outcome = await start(async (event) => {
      for (const chunk of chunks.of(event)) await events.send(chunk);
    });
    requireRan(outcome);
    for (const chunk of chunks.last(outcome)) await events.send(chunk);
    await events.end("[DONE]");
  } catch (thrown) {
    events.stop();
    if (!events.hasBegun) throw thrown;
    await events.send({ error: openAiError(requestError(thrown, note(request))) }, "error");
    await events.end();
  }
  return reply;
}
