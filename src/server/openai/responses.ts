// POST /v1/responses: the newer way to talk to a model. The host keeps the conversation, and a request names the response
// that it goes on from.

import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AgentRunner, RunRequest } from "../../agents/run-request.ts";
import { agentOf } from "../authenticate.ts";
import { clientSignal } from "../client-signal.ts";
import { requestError } from "../error-answer.ts";
import { PacedEvents } from "../paced-events.ts";
import type { ServerHost } from "../server-host.ts";
import { openAiError, requireRan } from "./error-shape.ts";
import type { OpenAiOptions } from "./register-openai.ts";
import { ResponseAnswer } from "./response-answer.ts";
import { type BusySessions, openLink } from "./response-chain.ts";
import { readResponsesRequest } from "./responses-request.ts";

export function registerResponses(scope: FastifyInstance, host: ServerHost, options: OpenAiOptions): void {
  const busy: BusySessions = new Set();
  scope.post("/responses", async (request, reply) => {
    const wish = readResponsesRequest(request.body);
    const signal = clientSignal(request, reply, options.stopping);
    const agent = await agentOf(host, request, wish.agentName);
    const { model } = await (await host.models()).choose(wish.model, agent);
    const { input, instructions, tools, sampling, echo } = wish;
    const link = await openLink((await host.agents()).sessions, busy, { ...wish, agent });
    const run: RunRequest = {
      agent,
      model: wish.model,
      messages: [...link.before, ...input],
      instructions,
      tools,
      sampling,
      session: link.session,
      traceId: randomUUID(),
      signal,
    };
    const answer = new ResponseAnswer({ id: link.id, model, echo, showsCalls: tools.kind === "given" });
    try {
      const runner = await host.inference();
      return wish.streams
        ? await stream(runner, run, answer, request, reply, options)
        : await reply.send(await whole(runner, run, answer));
    } finally {
      await link.close();
    }
  });
}

async function whole(runner: AgentRunner, run: RunRequest, answer: ResponseAnswer): Promise<object> {
  const outcome = await runner.run({
    ...run,
    onEvent(event) {
      for (const _ of answer.of(event));
    },
  });
  requireRan(outcome);
  return answer.whole(outcome);
}

async function stream(
  runner: AgentRunner,
  run: RunRequest,
  answer: ResponseAnswer,
  request: FastifyRequest,
  reply: FastifyReply,
  { note }: OpenAiOptions,
): Promise<FastifyReply> {
  const events = new PacedEvents(reply);
  const sendAll = async (all: Iterable<object>) => {
    for (const one of all) await events.send(one, (one as { type: string }).type);
  };
  try {
    const outcome = await runner.run({ ...run, onEvent: (event) => sendAll(answer.of(event)) });
    requireRan(outcome);
    await sendAll(answer.last(outcome));
    await events.end();
  } catch (thrown) {
    events.stop();
    if (!events.hasBegun) throw thrown;
    await sendAll(answer.failed(openAiError(requestError(thrown, note(request)))));
    await events.end();
  }
  return reply;
}
