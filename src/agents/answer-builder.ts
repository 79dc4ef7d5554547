// Puts an answer together from the chunks of a stream, or from a whole completion: what is text comes at once, calls of
// tools when they are complete. Servers differ in small things here; what cannot be understood is `inference_invalid`.

import { randomUUID } from "node:crypto";
import type { ModelEvent, ModelFinish, ModelToolCall, Usage } from "../protocol/inference.ts";
import { MODEL_CALL_ID_CHARS_MAX, MODEL_CALL_NAME_CHARS_MAX, MODEL_TOKENS_MAX } from "../protocol/limits.ts";
import { invalidStream } from "./read-events.ts";
import { countOf, isMembers, type Members } from "./wire-values.ts";

interface CallUnderWay {
  readonly index: number | undefined;
  id: string;
  name: string;
  /** Joined at the end: there may be a piece for each character. */
  readonly pieces: string[];
}

const FINISHES: ReadonlyMap<string, ModelFinish> = new Map([
  ["length", "length"],
  ["max_tokens", "length"],
  ["tool_calls", "tool_calls"],
  ["function_call", "tool_calls"],
  ["content_filter", "content_filter"],
]);

export class AnswerBuilder {
  readonly #calls: CallUnderWay[] = [];
  readonly #byIndex = new Map<number, CallUnderWay>();
  readonly #byId = new Map<string, CallUnderWay>();
  #finish: string | undefined;
  #usage: Usage | undefined;
  /** Of all that the model wrote. */
  #chars = 0;

  /** The model said that it is done. */
  get isFinished(): boolean {
    return this.#finish !== undefined;
  }

  /** What a chunk, or a whole completion, adds. */
  *take(chunk: unknown): Generator<ModelEvent> {
    if (!isMembers(chunk)) throw invalidStream("a chunk is no object");
    this.#noteUsage(chunk["usage"]);
    const choices = chunk["choices"] ?? [];
    if (!Array.isArray(choices)) throw invalidStream("its choices are no list");
    // Others are there when several answers were asked for: only one can go on with a conversation.
    const choice: unknown = choices.find((one) => !isMembers(one) || (one["index"] ?? 0) === 0);
    if (choice === undefined) return;
    if (!isMembers(choice)) throw invalidStream("a choice is no object");
    const delta = choice["delta"] ?? choice["message"] ?? {};
    if (!isMembers(delta)) throw invalidStream("what is new in the message is no object");
    yield* this.#text("reasoning", delta["reasoning_content"] ?? delta["reasoning"]);
    yield* this.#text("text", delta["content"] ?? delta["refusal"]);
    this.#noteCalls(delta["tool_calls"]);
    const reason = choice["finish_reason"] ?? "";
    if (typeof reason !== "string") throw invalidStream("a finish_reason is no text");
    if (reason !== "") this.#finish = reason;
  }

  /**
   * The calls, the numbers and the end. Only for what is finished.
   *
   * @param estimate makes up the usage from the characters that the model wrote.
   */
  *end(estimate: (answerChars: number) => Usage): Generator<ModelEvent> {
    const ids = new Set<string>();
    for (const call of this.#calls) yield { type: "tool_call", call: wholeCall(call, ids) };
    yield { type: "usage", usage: this.#usage ?? estimate(this.#chars) };
    const reason = FINISHES.get(this.#finish ?? "") ?? "stop";
    // Some servers say "stop" whatever came.
    yield { type: "finish", reason: reason === "stop" && this.#calls.length > 0 ? "tool_calls" : reason };
  }

  *#text(type: "text" | "reasoning", content: unknown): Generator<ModelEvent> {
    if (content === null || content === undefined) return;
    const text = typeof content === "string" ? content : partsText(content);
    this.#chars += text.length;
    if (text !== "") yield { type, text };
  }

  #noteCalls(deltas: unknown): void {
    if (deltas === null || deltas === undefined) return;
    if (!Array.isArray(deltas)) throw invalidStream("its tool_calls are no list");
    for (const delta of deltas) {
      if (!isMembers(delta)) throw invalidStream("a call of a tool is no object");
      this.#noteCall(delta);
    }
  }

  #noteCall(delta: Members): void {
    const called = delta["function"] ?? {};
    if (!isMembers(called)) throw invalidStream("the function of a tool call is no object");
    const id = textOr(delta["id"], "the id of a tool call");
    if (id.length > MODEL_CALL_ID_CHARS_MAX) throw invalidStream("the id of a tool call is too long");
    const name = textOr(called["name"], "the name of a called tool");
    const index = typeof delta["index"] === "number" ? delta["index"] : undefined;
    const piece = argumentsText(called["arguments"]);
    const known = this.#callOf(index, id, name);
    const call = known ?? { index, id, name, pieces: [] };
    this.#chars += piece.length + (known === undefined ? name.length : 0);
    call.pieces.push(piece);
    if (known === undefined) this.#calls.push(call);
    else if (name !== call.name) call.name += name; // Some repeat the name with each piece.
    if (call.name.length > MODEL_CALL_NAME_CHARS_MAX) throw invalidStream("the name of a called tool is too long");
    if (call.id === "") call.id = id;
    if (index !== undefined) this.#byIndex.set(index, call);
    if (call.id !== "" && !this.#byId.has(call.id)) this.#byId.set(call.id, call);
  }

  /** The call that a piece belongs to; nothing when it begins another one. */
  #callOf(index: number | undefined, id: string, name: string): CallUnderWay | undefined {
    if (index !== undefined) {
      const found = this.#byIndex.get(index);
      // There are servers that give all calls the same index.
      const isAnother = found !== undefined && id !== "" && found.id !== "" && id !== found.id && name !== "";
      return isAnother ? undefined : found;
    }
    if (id !== "") return this.#byId.get(id);
    // Without index and id, a piece with a name begins a call, and one without goes on with the last.
    return name === "" ? this.#calls.at(-1) : undefined;
  }

  #noteUsage(usage: unknown): void {
    if (!isMembers(usage)) return;
    const promptTokens = tokensOf(usage["prompt_tokens"]);
    const completionTokens = tokensOf(usage["completion_tokens"]);
    if (promptTokens === undefined || completionTokens === undefined) return;
    const totalTokens = tokensOf(usage["total_tokens"]) ?? promptTokens + completionTokens;
    this.#usage = { promptTokens, completionTokens, totalTokens };
  }
}

function wholeCall({ id, name, pieces }: CallUnderWay, ids: Set<string>): ModelToolCall {
  if (name === "") throw invalidStream("a call of a tool has no name");
  // Answers find their calls by the id.
  const ownId = id === "" || ids.has(id) ? `call_${randomUUID().replaceAll("-", "").slice(0, 24)}` : id;
  ids.add(ownId);
  return { id: ownId, name, arguments: pieces.join("") || "{}" };
}

/** A number of which many can be added up; nothing when it is none. */
function tokensOf(value: unknown): number | undefined {
  const tokens = countOf(value);
  return tokens === undefined || tokens > MODEL_TOKENS_MAX ? undefined : tokens;
}

function textOr(value: unknown, what: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") throw invalidStream(`${what} is no text`);
  return value;
}

/** Some servers send the arguments as the object that they stand for. */
function argumentsText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "object") return JSON.stringify(value);
  throw invalidStream("the arguments of a tool call are no text");
}

function partsText(content: unknown): string {
  if (!Array.isArray(content)) throw invalidStream("a text is no text");
  const texts = content.map((part) => {
    if (!isMembers(part)) throw invalidStream("a part of a message is no object");
    return typeof part["text"] === "string" ? part["text"] : "";
  });
  return texts.join("");
}
