// Reads the vectors in a server's answer.

import type { Embeddings } from "../protocol/inference.ts";
import { estimateTokens } from "./estimate-usage.ts";
import { invalidStream } from "./read-events.ts";
import { countOf, isMembers } from "./wire-values.ts";

/** Throws `inference_invalid` unless there is one vector for each text. */
export function readEmbeddings(
  body: unknown,
  { model, texts }: { readonly model: string; readonly texts: readonly string[] },
): Embeddings {
  const data = isMembers(body) ? body["data"] : undefined;
  if (!isMembers(body) || !Array.isArray(data)) throw invalidStream("there is no list of embeddings");
  if (data.length !== texts.length) throw invalidStream(`it has ${data.length} embeddings for ${texts.length} texts`);
  const vectors: (readonly number[])[] = new Array(texts.length);
  for (const [place, one] of data.entries()) {
    if (!isMembers(one)) throw invalidStream("an embedding is no object");
    const index = one["index"] === undefined ? place : countOf(one["index"]);
    if (index === undefined || index >= texts.length || vectors[index] !== undefined) {
      throw invalidStream("the embeddings are not those of the texts");
    }
    vectors[index] = vectorOf(one["embedding"]);
  }
  const usage = isMembers(body["usage"]) ? body["usage"] : {};
  const promptTokens =
    countOf(usage["prompt_tokens"]) ?? texts.reduce((sum, text) => sum + estimateTokens(text.length), 0);
  return {
    model: typeof body["model"] === "string" && body["model"] !== "" ? body["model"] : model,
    vectors,
    promptTokens,
  };
}

function vectorOf(value: unknown): readonly number[] {
  const numbers = typeof value === "string" ? packed(value) : value;
  if (!Array.isArray(numbers) || numbers.length === 0 || !numbers.every(Number.isFinite)) {
    throw invalidStream("an embedding is no list of numbers");
  }
  return numbers as number[];
}

/** Some servers send 32-bit numbers in base64, whatever they are asked for. */
function packed(text: string): number[] {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length % 4 !== 0) throw invalidStream("an embedding is no list of numbers");
  return Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(place * 4));
}
