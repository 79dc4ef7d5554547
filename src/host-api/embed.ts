// embed: vectors for texts, from the models that the host has for it ("Osaurus: Host API", inference).

import type { HostCall } from "../protocol/host-slots.ts";
import type { Embeddings } from "../protocol/inference.ts";
import { EMBED_INPUTS_MAX, INFERENCE_REQUEST_BYTES_MAX } from "../protocol/limits.ts";
import { agentMembersOf, warnOfAgentMembers, warnOfNoAgent } from "./bound-agent.ts";
import { inferenceFailure } from "./completion-answer.ts";
import type { InferenceServed } from "./create-host-api.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
import { InferenceEnding } from "./inference-ending.ts";
import { modelOf } from "./parse-completion.ts";
import { memberOf, RequestProblem, readMembers, textOf } from "./request-members.ts";

export async function embed(call: HostCall, deps: InferenceServed): Promise<HostAnswer> {
  const [json] = call.args;
  if (typeof json !== "string") return { text: null };
  return await deps.slots.hold(() => serve(json, call, deps));
}

async function serve(json: string, call: HostCall, deps: InferenceServed): Promise<HostAnswer> {
  const ending = new InferenceEnding(call, deps);
  try {
    const members = readMembers(json);
    const model = modelOf(members);
    const texts = inputOf(memberOf(members, "input"));
    warnOfAgentMembers(call, agentMembersOf(members), deps);
    warnOfNoAgent(call, deps);
    const embeddings = await deps.inference.embed(model, texts, ending.signal);
    if (!(await call.room())) return refusal("context_unavailable", "The plugin is gone.");
    return { text: JSON.stringify(answerOf(embeddings)) };
  } catch (error) {
    return inferenceFailure(error, "embedding_error", ending.by);
  } finally {
    ending.close();
  }
}

function inputOf(value: unknown): string[] {
  if (value === undefined) throw new RequestProblem("input is missing");
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) throw new RequestProblem("input is neither a text nor a list of texts");
  if (value.length === 0) throw new RequestProblem("input is empty");
  if (value.length > EMBED_INPUTS_MAX) throw new RequestProblem(`input has more than ${EMBED_INPUTS_MAX} texts`);
  return value.map((text: unknown, index) => {
    const known = textOf(text, `input[${index}]`, INFERENCE_REQUEST_BYTES_MAX);
    if (known === undefined) throw new RequestProblem(`input[${index}] is no text`);
    return known;
  });
}

function answerOf({ model, vectors, promptTokens }: Embeddings): object {
  const data = vectors.map((embedding, index) => ({ dimensions: embedding.length, embedding, index }));
  return { data, model, usage: { prompt_tokens: promptTokens, total_tokens: promptTokens } };
}
