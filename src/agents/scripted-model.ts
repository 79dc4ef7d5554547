// A model that follows a script. It keeps no state: which turn it gives depends on how many answers the conversation
// already has, so that conversations side by side do not disturb each other.

import { createHash } from "node:crypto";
import { basename, extname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { HostError } from "../protocol/errors.ts";
import type { ChatMessage, Embeddings, ModelEvent, ModelToolCall } from "../protocol/inference.ts";
import { estimateTokens, estimateUsage, textOf } from "./estimate-usage.ts";
import type { BackendRequest, ModelBackend } from "./model-backend.ts";
import { type ModelScript, readScript, type ScriptTurn, scriptInvalid } from "./model-script.ts";

const DIMENSIONS = 8;

/** The model of the script at this path, which is read anew for each request. */
export function scriptedModel(path: string): ModelBackend {
  return {
    stream: (request, signal) => follow(path, request, signal),
    async embed(model, texts, signal) {
      interruptIfAborted(signal);
      return embedded(model, texts, readScript(path));
    },
    async models() {
      const script = readScript(path);
      const id = scriptedName(path, script);
      return [
        { id, name: `${id} (scripted)`, type: "chat", capabilities: ["chat", "tools", "scripted"] },
        {
          id: `${id}-embedding`,
          name: `${id}-embedding (scripted)`,
          type: "embedding",
          capabilities: ["embedding", "scripted"],
          dimensions: script.embedding_dimensions ?? DIMENSIONS,
        },
      ];
    },
  };
}

async function* follow(path: string, request: BackendRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
  interruptIfAborted(signal);
  const { messages } = request;
  const place = messages.filter(({ role }) => role === "assistant").length;
  const turn = turnAt(path, readScript(path), place);
  const fill = filler(messages);
  const calls = (turn.tool_calls ?? []).map((call, index): ModelToolCall => {
    const given = filled(call.arguments, fill);
    return {
      id: `call_${place + 1}_${index + 1}`,
      name: call.name,
      arguments: typeof given === "string" ? given : JSON.stringify(given),
    };
  });
  let chars = 0;
  for (const type of ["reasoning", "text"] as const) {
    for (const piece of piecesOf(turn[type])) {
      if (turn.delay_ms !== undefined) await wait(turn.delay_ms, signal);
      interruptIfAborted(signal);
      const text = fill(piece);
      chars += text.length;
      if (text !== "") yield { type, text };
    }
  }
  interruptIfAborted(signal);
  if (turn.fail !== undefined) throw failure(turn.fail);
  for (const call of calls) {
    chars += call.name.length + call.arguments.length;
    yield { type: "tool_call", call };
  }
  yield { type: "usage", usage: usageOf(turn, messages, chars) };
  yield { type: "finish", reason: turn.finish ?? (calls.length > 0 ? "tool_calls" : "stop") };
}

/** What the model is called: by the script, else after its file. */
function scriptedName(path: string, { model }: ModelScript): string {
  return model ?? basename(path, extname(path));
}

function turnAt(path: string, { turns, after = "repeat_last" }: ModelScript, place: number): ScriptTurn {
  const turn = turns[place];
  if (turn !== undefined) return turn;
  if (after === "echo") return { text: "{{last_user}}" };
  const last = turns.at(-1);
  if (after === "repeat_last" && last !== undefined) return last;
  throw scriptInvalid(path, `it has ${turns.length} turns, and turn ${place + 1} was asked for`);
}

/** Puts what was said last in the place of the marks. */
function filler(messages: readonly ChatMessage[]): (text: string) => string {
  const lastOf = (wanted: ChatMessage["role"]) =>
    textOf(messages.findLast(({ role }) => role === wanted)?.content ?? null);
  return (text) => text.replaceAll(/\{\{last_(user|tool)\}\}/g, (_, role) => lastOf(role === "user" ? "user" : "tool"));
}

/** The same in all texts within a value. */
function filled(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === "string") return fill(value);
  if (Array.isArray(value)) return value.map((one) => filled(one, fill));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, fill)]));
}

function piecesOf(text: string | readonly string[] | undefined): readonly string[] {
  if (text === undefined) return [];
  return typeof text === "string" ? [text] : text;
}

function usageOf({ usage }: ScriptTurn, messages: readonly ChatMessage[], chars: number) {
  if (usage === undefined) return estimateUsage(messages, chars);
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage;
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
}

/** The same vector for the same text, everywhere: numbers between -1 and 1 from its hash. */
function embedded(model: string, texts: readonly string[], script: ModelScript): Embeddings {
  const dimensions = script.embedding_dimensions ?? DIMENSIONS;
  const numberAt = (text: string, place: number) =>
    createHash("sha256").update(`${place}\n${text}`).digest().readInt32BE(0) / 2 ** 31;
  const vectors = texts.map((text) => Array.from({ length: dimensions }, (_, place) => numberAt(text, place)));
  return { model, vectors, promptTokens: texts.reduce((sum, text) => sum + estimateTokens(text.length), 0) };
}

function failure(code: NonNullable<ScriptTurn["fail"]>): HostError {
  return new HostError(code, `the script says that this turn fails with ${code}`);
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => interruptIfAborted(signal));
}

function interruptIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new HostError("interrupted", "the model was interrupted");
}
