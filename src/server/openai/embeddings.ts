// POST /v1/embeddings. Stock clients ask for base64 without being told to: it is a quarter of the size of the numbers.

import { endianness } from "node:os";
import type { FastifyInstance } from "fastify";
import * as z from "zod/mini";
import { EMBED_INPUTS_MAX } from "../../protocol/limits.ts";
import { members } from "../../protocol/manifest-shape.ts";
import { agentOf } from "../authenticate.ts";
import { clientSignal } from "../client-signal.ts";
import type { ServerHost } from "../server-host.ts";
import type { OpenAiOptions } from "./register-openai.ts";
import { atLeastOne, invalid, modelName, namedModel, parseRequest, textOrTexts } from "./request-parts.ts";

const Body = members({
  model: z.optional(modelName),
  input: textOrTexts(EMBED_INPUTS_MAX, (text) => (text === "" ? "must not be empty" : undefined)),
  encoding_format: z.optional(z.enum(["float", "base64"])),
  dimensions: z.optional(atLeastOne),
});

export function registerEmbeddings(scope: FastifyInstance, host: ServerHost, { stopping }: OpenAiOptions): void {
  scope.post("/embeddings", async (request, reply) => {
    refuseTokens(request.body);
    const body = parseRequest(Body, request.body);
    const texts = typeof body.input === "string" ? [body.input] : body.input;
    if (texts.length === 0) throw invalid("input", "input: there has to be one text at least");
    const { model: wanted, agentName } = namedModel(body.model);
    if (agentName !== undefined) throw invalid("model", "model: an agent is no model for embeddings");
    await agentOf(host, request); // Nobody gets anything with a key for another agent than the one that is named.
    const signal = clientSignal(request, reply, stopping);
    const { model, vectors, promptTokens } = await (await host.models()).embed(wanted, texts, signal);
    requireDimensions(body.dimensions, vectors);
    const encode = body.encoding_format === "base64" ? base64Floats : (vector: readonly number[]) => vector;
    return {
      object: "list",
      data: vectors.map((vector, index) => ({ object: "embedding", index, embedding: encode(vector) })),
      model,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    };
  });
}

/** Which tokens the numbers stand for, only the model knows that they were made for. */
function refuseTokens(body: unknown): void {
  const input =
    typeof body === "object" && body !== null && Object.hasOwn(body, "input")
      ? (body as { input: unknown }).input
      : undefined;
  const first: unknown = Array.isArray(input) ? input[0] : undefined;
  if (typeof first === "number" || Array.isArray(first)) {
    throw invalid("input", "input: has to be a text or a list of texts; tokens are not supported");
  }
}

/** Models that can give shorter vectors than their own are not told to; a vector of another size would do harm unseen. */
function requireDimensions(wanted: number | undefined, vectors: readonly (readonly number[])[]): void {
  const is = vectors[0]?.length;
  if (wanted === undefined || is === undefined || wanted === is) return;
  throw invalid("dimensions", `dimensions: the model gives ${is}, and cannot be asked for ${wanted}`);
}

/** 32-bit floats, the lowest byte first, whatever this machine does. */
function base64Floats(vector: readonly number[]): string {
  const floats = Float32Array.from(vector);
  const bytes = Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
  return (endianness() === "LE" ? bytes : bytes.swap32()).toString("base64");
}
