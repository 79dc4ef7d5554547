// complete, complete_stream and complete_cancel: a plugin asks the models that chats are held with, for the agent of the
// call that it works in and with that agent's tools ("Osaurus: Host API", inference).

import { randomBytes, randomUUID } from "node:crypto";
import type { HostCall } from "../protocol/host-slots.ts";
import { boundAgent, warnOfAgentMembers, warnOfNoAgent } from "./bound-agent.ts";
import { chunkFinishOf, completionAnswer, inferenceFailure } from "./completion-answer.ts";
import { CompletionChunks } from "./completion-chunks.ts";
import type { InferenceServed } from "./create-host-api.ts";
import type { HostAnswer } from "./host-answer.ts";
import { InferenceEnding } from "./inference-ending.ts";
import { type Completion, parseCompletion } from "./parse-completion.ts";

type Send = HostCall["chunk"] | undefined;

export async function complete(call: HostCall, deps: InferenceServed): Promise<HostAnswer> {
  const [json] = call.args;
  if (typeof json !== "string") return { text: null };
  return await deps.slots.hold((free) => serve({ name: "complete", json, send: undefined, free }, call, deps));
}

export async function completeStream(call: HostCall, deps: InferenceServed): Promise<HostAnswer> {
  // The runner says whether anybody takes the chunks.
  const [json, listens] = call.args;
  if (typeof json !== "string") return { text: null };
  return await deps.slots.hold((free) => {
    const send: Send = typeof listens === "string" ? (text) => call.chunk(text) : undefined;
    if (send === undefined) {
      deps.warnOnce("complete_stream on_chunk", "complete_stream was given NULL for on_chunk; its chunks are dropped");
    }
    return serve({ name: "complete_stream", json, send, free }, call, deps);
  });
}

/** Ends what the plugin streams under that name; any other name is nothing to it. */
export function completeCancel({ args }: HostCall, { streams }: Pick<InferenceServed, "streams">): null {
  const streamId = args[0]?.trim();
  if (streamId) streams.cancel(streamId);
  return null;
}

interface Asked {
  readonly name: "complete" | "complete_stream";
  readonly json: string;
  readonly send: Send;
  /** Gives back the slot. */
  free(): void;
}

/** Whatever comes before the first wait happens at once: what the plugin cancels next is known by then. */
async function serve({ name, json, send, free }: Asked, call: HostCall, deps: InferenceServed): Promise<HostAnswer> {
  const ending = new InferenceEnding(call, deps);
  const id = `cmpl-${randomBytes(6).toString("hex")}`;
  let leave: (() => void) | undefined;
  try {
    const completion = parseCompletion(json, name);
    const { streamId } = completion;
    if (streamId !== undefined) leave = deps.streams.add(streamId, () => ending.end("cancel"));
    warnOfAgentMembers(call, completion.agentMembers, deps);
    warnOfNoAgent(call, deps);
    const chunks = send === undefined ? undefined : new CompletionChunks(id, send);
    const outcome = await run(completion, chunks, call, deps, ending.signal);
    // A plugin that is ended takes its last chunks when it likes, and maybe never: others need not wait for that.
    if (ending.signal.aborted) free();
    else ending.signal.addEventListener("abort", free, { once: true });
    const finish = chunkFinishOf(outcome, ending.by);
    if (finish !== undefined) await chunks?.finish(finish);
    // When the plugin is gone there is no room, and nobody who takes the answer: then it is for the record only.
    await call.room();
    return completionAnswer(outcome, { id, streamId }, ending.by);
  } catch (error) {
    return inferenceFailure(error, "inference_error", ending.by, { id, partial_content: "" });
  } finally {
    leave?.();
    ending.close();
  }
}

async function run(
  { model, messages, tools, sampling, maxIterations, sessionKey }: Completion,
  chunks: CompletionChunks | undefined,
  call: HostCall,
  deps: InferenceServed,
  signal: AbortSignal,
) {
  const agent = await boundAgent(call, deps);
  return await deps.inference.run({
    pluginId: deps.pluginId ?? deps.placeId,
    instructions: deps.instructions?.(),
    agent,
    model,
    messages,
    tools: agent === undefined ? undefined : tools,
    sampling,
    maxIterations,
    sessionKey,
    traceId: call.traceId ?? randomUUID(),
    signal,
    ...(chunks === undefined ? {} : { onEvent: (event) => (signal.aborted ? undefined : chunks.tell(event)) }),
  });
}
