// An OpenAI-compatible server as a model provider. The `openai` package makes the requests; what is sent where, and what is
// believed of what comes back, is decided here.

import { setTimeout as delay } from "node:timers/promises";
import type OpenAI from "openai";
import { HostError } from "../protocol/errors.ts";
import type { ModelEvent } from "../protocol/inference.ts";
import {
  INFERENCE_ANSWER_BYTES_MAX,
  INFERENCE_EVENT_BYTES_MAX,
  INFERENCE_FIRST_MS_MAX,
  INFERENCE_REFUSAL_BYTES_MAX,
  INFERENCE_RETRIES_MAX,
  INFERENCE_RETRY_AFTER_MS_MAX,
  INFERENCE_SILENT_MS_MAX,
  MODELS_MS_MAX,
  RUN_MS_MAX,
} from "../protocol/limits.ts";
import { chatRequest } from "./chat-request.ts";
import { estimateUsage } from "./estimate-usage.ts";
import type { BackendRequest, ModelBackend } from "./model-backend.ts";
import { type ExchangeLimits, type ModelResponse, openModelExchange } from "./model-exchange.ts";
import { type AskedServer, interrupted, refused, retryAfterMs, tooSlow } from "./model-failure.ts";
import { readEmbeddings } from "./read-embeddings.ts";
import { readModelList } from "./read-model-list.ts";
import { parsed, readModelStream, wholeText } from "./read-model-stream.ts";

export interface OpenAiLimits extends ExchangeLimits {
  readonly eventBytesMax: number;
  readonly modelsMsMax: number;
  /** From the question to the last vector. */
  readonly embedMsMax: number;
  /** Before the first try after a failure; each further one waits twice as long. */
  readonly retryMs: number;
  readonly retriesMax: number;
  /** A server that asks to wait longer is not waited for. */
  readonly retryAfterMsMax: number;
}

/** Those that hold where nobody hands in others. */
export const OPENAI_LIMITS: OpenAiLimits = {
  firstMsMax: INFERENCE_FIRST_MS_MAX,
  silentMsMax: INFERENCE_SILENT_MS_MAX,
  bytesMax: INFERENCE_ANSWER_BYTES_MAX,
  eventBytesMax: INFERENCE_EVENT_BYTES_MAX,
  modelsMsMax: MODELS_MS_MAX,
  embedMsMax: RUN_MS_MAX,
  retryMs: 500,
  retriesMax: INFERENCE_RETRIES_MAX,
  retryAfterMsMax: INFERENCE_RETRY_AFTER_MS_MAX,
};
/** Ours are shorter. */
const PACKAGE_MS_MAX = 2 * INFERENCE_FIRST_MS_MAX;
/** Failures of the connection that may be gone the next time; a server that is not there is not. */
const PASSING = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "EAI_AGAIN"]);

/**
 * The models of a server.
 *
 * @param open gives where it is and with which key it is asked now; throws `inference_unauthorized` when there is none.
 */
export function openAiModel(open: () => Promise<AskedServer>, given: Partial<OpenAiLimits> = {}): ModelBackend {
  const limits = { ...OPENAI_LIMITS, ...given };
  return {
    stream: (request, signal) => streamed(request, open, limits, signal),
    async embed(model, texts, signal) {
      const server = await open();
      const send = viaPackage((client, options) =>
        client.embeddings.create({ model, input: [...texts], encoding_format: "float" }, options),
      );
      const body = await answerOf(send, { server, limits, signal, accept: "application/json" }, limits.embedMsMax);
      return readEmbeddings(body, { model, texts });
    },
    async models(signal) {
      const server = await open();
      const { modelsMsMax } = limits;
      const short = { ...limits, firstMsMax: modelsMsMax, silentMsMax: modelsMsMax };
      const asking = { server, limits: short, signal, accept: "application/json" };
      return readModelList(await answerOf(getModels, asking, modelsMsMax));
    },
  };
}

interface Asking {
  readonly server: AskedServer;
  readonly limits: OpenAiLimits;
  readonly signal: AbortSignal;
  readonly accept: string;
}

/** One try: gives the head of a response, whatever its status. */
type Send = (asking: Asking) => Promise<ModelResponse>;

async function* streamed(
  request: BackendRequest,
  open: () => Promise<AskedServer>,
  limits: OpenAiLimits,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  if (signal.aborted) throw interrupted();
  const server = await open();
  const asking = { server, limits, signal, accept: "text/event-stream, application/json" };
  const response = await opened(request, asking);
  try {
    yield* readModelStream(response, {
      server,
      eventBytesMax: limits.eventBytesMax,
      estimate: (chars) => estimateUsage(request.messages, chars),
    });
  } finally {
    await response.close();
  }
}

/** Some servers refuse a request that asks for the usage: they are asked again without. */
async function opened(request: BackendRequest, asking: Asking): Promise<ModelResponse> {
  const send = (withUsage: boolean) =>
    ask(
      viaPackage((client, options) => client.chat.completions.create(wire(request, withUsage), options)),
      asking,
    );
  try {
    return await send(true);
  } catch (error) {
    const isAboutUsage =
      error instanceof HostError && error.code === "inference_refused" && error.message.includes("stream_options");
    if (!isAboutUsage) throw error;
    return await send(false);
  }
}

/** Members that the package does not know are passed on by it all the same. */
function wire(request: BackendRequest, withUsage: boolean): OpenAI.ChatCompletionCreateParamsStreaming {
  return chatRequest(request, withUsage) as unknown as OpenAI.ChatCompletionCreateParamsStreaming;
}

/** Throws `inference_timeout` also for what comes little by little and would never be whole. */
async function answerOf(send: Send, asking: Asking, msMax: number): Promise<unknown> {
  const tooLate = AbortSignal.timeout(msMax);
  try {
    const response = await ask(send, { ...asking, signal: AbortSignal.any([asking.signal, tooLate]) });
    try {
      return parsed(await wholeText(response.body));
    } finally {
      await response.close();
    }
  } catch (error) {
    if (!tooLate.aborted || asking.signal.aborted || !isInterrupted(error)) throw error;
    throw tooSlow(asking.server, msMax, "whole");
  }
}

function isInterrupted(error: unknown): boolean {
  return error instanceof HostError && error.code === "interrupted";
}

/** Asks, and asks again where that may help: only while nothing of an answer has come. */
async function ask(send: Send, asking: Asking): Promise<ModelResponse> {
  const { limits, signal } = asking;
  for (let tries = 0; ; tries++) {
    const outcome = await askOnce(send, asking);
    if (outcome.response !== undefined) return outcome.response;
    const { failure, mayPass, waitMs = limits.retryMs * 2 ** tries } = outcome;
    if (!mayPass || tries >= limits.retriesMax || waitMs > limits.retryAfterMsMax) throw failure;
    await delay(waitMs, undefined, { signal }).catch(() => {
      throw interrupted();
    });
  }
}

type Outcome =
  | { readonly response: ModelResponse }
  | {
      readonly response?: never;
      readonly failure: unknown;
      readonly mayPass: boolean;
      /** What the server asks for. */
      readonly waitMs?: number | undefined;
    };

async function askOnce(send: Send, asking: Asking): Promise<Outcome> {
  let response: ModelResponse;
  try {
    response = await send(asking);
  } catch (failure) {
    return { failure, mayPass: isPassing(failure) };
  }
  const { status, headers } = response;
  if (status >= 200 && status < 300) return { response };
  const text = await beginningOf(response);
  if (asking.signal.aborted) return { failure: interrupted(), mayPass: false };
  const failure = refused({ status, headers, text }, asking.server);
  const mayPass = status >= 500 || (status === 429 && !text.includes("insufficient_quota"));
  return { failure, mayPass, waitMs: retryAfterMs(headers) };
}

/** A list is asked for often, and without the package, which takes a while to load. */
async function getModels({ server, limits, signal, accept }: Asking): Promise<ModelResponse> {
  const url = new URL(`${server.baseUrl}/models`);
  return await openModelExchange({ method: "GET", url, accept, body: undefined }, server, limits, signal);
}

type Call = (client: OpenAI, options: { signal: AbortSignal }) => { asResponse(): Promise<Response> };

/** The package builds the request; the response is taken past it, because it reads without bounds. */
function viaPackage(call: Call): Send {
  return async ({ server, limits, signal, accept }) => {
    let response: ModelResponse | undefined;
    let failure: unknown;
    const client = await openClient(server.baseUrl, async (url, method, body) => {
      try {
        response = await openModelExchange({ method, url, accept, body }, server, limits, signal);
      } catch (error) {
        failure = error;
        throw error;
      }
    });
    try {
      await call(client, { signal }).asResponse();
    } catch (error) {
      await response?.close();
      throw failure ?? (signal.aborted ? interrupted() : error);
    }
    if (response === undefined) throw new Error("the package sent no request");
    return response;
  };
}

type Exchange = (url: URL, method: string, body: string | undefined) => Promise<void>;

/** A client that sends through `exchange`, and is told that all went well. */
async function openClient(baseURL: string, exchange: Exchange): Promise<OpenAI> {
  const { default: Client } = await import("openai");
  return new Client({
    baseURL,
    // Nothing is taken from variables that are meant for others. The headers are ours, and so is the key in them.
    apiKey: "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: PACKAGE_MS_MAX,
    logLevel: "off",
    async fetch(input, init) {
      const url = new URL(input instanceof Request ? input.url : input);
      await exchange(url, init?.method ?? "GET", typeof init?.body === "string" ? init.body : undefined);
      return new Response(null, { status: 200 });
    },
  });
}

/** What a server says when it refuses. It does not matter when that is cut. */
async function beginningOf(response: ModelResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= INFERENCE_REFUSAL_BYTES_MAX) break;
    }
  } catch {
    // The status says enough.
  } finally {
    await response.close();
  }
  return Buffer.concat(chunks).toString("utf8", 0, INFERENCE_REFUSAL_BYTES_MAX);
}

function isPassing(failure: unknown): boolean {
  if (!(failure instanceof HostError) || failure.code !== "inference_unreachable") return false;
  return PASSING.has(String(failure.details?.["reason"] ?? ""));
}
