// From the bytes of a response to the events of a model's answer: an event stream, or one completion as JSON where a server
// does not stream.

import { HostError } from "../protocol/errors.ts";
import type { ModelEvent, Usage } from "../protocol/inference.ts";
import { isTooDeep } from "../protocol/json-bounds.ts";
import { JSON_DEPTH_MAX } from "../protocol/limits.ts";
import { AnswerBuilder } from "./answer-builder.ts";
import { type AskedServer, cut, refusedWithin } from "./model-failure.ts";
import { invalidStream, readEvents } from "./read-events.ts";
import { isMembers } from "./wire-values.ts";

export interface ModelStreamDeps {
  readonly server: AskedServer;
  readonly eventBytesMax: number;
  /** Makes up the usage, where the server says nothing, from the characters that the model wrote. */
  estimate(answerChars: number): Usage;
}

/** Throws `inference_cut` when it ends before the model said that it is done, `inference_invalid`, `inference_refused`. */
export async function* readModelStream(
  response: { readonly headers: Headers; readonly body: AsyncIterable<Uint8Array> },
  deps: ModelStreamDeps,
): AsyncGenerator<ModelEvent> {
  const answer = new AnswerBuilder();
  try {
    for await (const chunk of chunksOf(response, deps)) yield* answer.take(chunk);
  } catch (error) {
    // What comes behind the end, or does not come, changes nothing about it.
    if (!answer.isFinished || !isBrokenOff(error)) throw error;
  }
  if (!answer.isFinished) throw cut(deps.server);
  yield* answer.end((chars) => deps.estimate(chars));
}

async function* chunksOf(
  { headers, body }: { readonly headers: Headers; readonly body: AsyncIterable<Uint8Array> },
  { server, eventBytesMax }: ModelStreamDeps,
): AsyncGenerator<unknown> {
  const type = headers.get("content-type") ?? "";
  if (/^text\/html/i.test(type)) throw invalidStream("it is a web page");
  if (/[/+]json\b/i.test(type)) {
    yield checked(parsed(await wholeText(body)), server);
    return;
  }
  for await (const { event, data } of readEvents(body, eventBytesMax)) {
    if (data.trim() === "[DONE]") return;
    const chunk = parsed(data);
    if (event === "error" && isMembers(chunk)) throw refusedWithin(chunk["error"] ?? chunk, server);
    yield checked(chunk, server);
  }
}

/** All of a body as text: it has a bound already. */
export async function wholeText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

export function parsed(text: string): unknown {
  // What was parsed is written again in places, and whoever writes goes as deep as it is.
  if (isTooDeep(text)) throw invalidStream(`it is nested deeper than ${JSON_DEPTH_MAX} levels`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidStream("it is no JSON", error);
  }
}

function checked(chunk: unknown, server: AskedServer): unknown {
  if (isMembers(chunk) && chunk["error"] !== undefined && chunk["error"] !== null) {
    throw refusedWithin(chunk["error"], server);
  }
  return chunk;
}

function isBrokenOff(error: unknown): boolean {
  return error instanceof HostError && (error.code === "inference_cut" || error.code === "inference_timeout");
}
