// A real HTTP server on this machine that answers like an OpenAI-compatible one, for the length of a test. What it answers
// to each completion is up to the test, byte by byte where that matters; what it was asked is kept.

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface ModelServer {
  /** Ends in `/v1`. */
  readonly url: string;
  /** The same without `/v1`. */
  readonly origin: string;
  /** All requests, in order. */
  readonly requests: RecordedRequest[];
  /** Those to `/chat/completions`. */
  readonly completions: RecordedRequest[];
  /** What completions are answered from now on, one after the other; the last answer is given again and again. */
  answers(...answers: readonly ModelAnswer[]): void;
  /** Closes it with all its connections; later requests are refused. */
  stop(): Promise<void>;
}

interface RecordedRequest {
  readonly method: string;
  /** With what stands behind a question mark. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed, when it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
  readonly body: any;
  /** Resolves when the response was ended or the client went away. */
  readonly over: Promise<void>;
  /** The client went away before the response was ended. */
  readonly isCancelled: boolean;
}

export type ModelAnswer = (response: ServerResponse, request: RecordedRequest) => void | Promise<void>;

export interface ModelServerOptions {
  /** Ids that `/models` lists, or objects as a server has them; null: it has no such list. */
  readonly models?: readonly (string | Readonly<Record<string, unknown>>)[] | null;
  readonly answers?: readonly ModelAnswer[];
  /** Bearer key without which everything is refused. */
  readonly key?: string;
  /** Numbers in a vector. */
  readonly dimensions?: number;
  /** In place of the answers by path. */
  readonly paths?: Readonly<Record<string, ModelAnswer>>;
  /** Where it lies; `/v1` without it. */
  readonly base?: string;
  readonly port?: number;
}

/** Starts it on a free port; it ends with the test. */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const server = await keptModelServer(options);
  onTestFinished(server.stop);
  return server;
}

/** The same for a whole test file: the caller stops it, for instance in `afterAll`. */
export async function keptModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const { base = "/v1", port = 0 } = options;
  const requests: RecordedRequest[] = [];
  let queue: readonly ModelAnswer[] = options.answers ?? [says("Hello")];
  const nextAnswer = () => {
    const [first = says("Hello"), ...rest] = queue;
    if (rest.length > 0) queue = rest;
    return first;
  };
  const server = createServer(async (request, response) => {
    const recorded = record(request, response, await bodyOf(request));
    requests.push(recorded);
    await answerTo(recorded, { ...options, base, nextAnswer })(response, recorded);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: origin + base,
    origin,
    requests,
    get completions() {
      return requests.filter(({ path }) => path.endsWith("/chat/completions"));
    },
    answers: (...answers) => {
      queue = answers;
    },
    async stop() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** The text in these pieces, and a regular end. */
export function says(...pieces: readonly string[]): ModelAnswer {
  return events(...pieces.map((content) => delta({ content })), finish("stop"), usage(7, pieces.length));
}

/** Reasoning first, then the text. */
export function thinks(reasoning: string, text: string): ModelAnswer {
  return events(delta({ reasoning_content: reasoning }), delta({ content: text }), finish("stop"), usage(7, 2));
}

/** Asks for these tools, each call in two pieces. Arguments that are a text are sent as they are. */
export function callsTools(
  ...calls: readonly { readonly name: string; readonly arguments: unknown; readonly id?: string }[]
): ModelAnswer {
  const deltas = calls.flatMap(({ name, arguments: given, id = `call_${name}` }, index) => {
    const text = typeof given === "string" ? given : JSON.stringify(given);
    const half = Math.floor(text.length / 2);
    return [
      { tool_calls: [{ index, id, type: "function", function: { name, arguments: text.slice(0, half) } }] },
      { tool_calls: [{ index, function: { arguments: text.slice(half) } }] },
    ];
  });
  return events(...deltas.map(delta), finish("tool_calls"), usage(9, 3));
}

/** These chunks as events, and `[DONE]`. */
export function events(...chunks: readonly unknown[]): ModelAnswer {
  return stream(`${chunks.map(event).join("")}data: [DONE]\n\n`);
}

/** Bytes of an event stream as they are, each piece sent by itself, and a regular end of the response. */
export function stream(...pieces: readonly (string | Uint8Array)[]): ModelAnswer {
  return async (response) => {
    await send(response, pieces);
    response.end();
  };
}

/** The same, and then the connection is cut. */
export function cutStream(...pieces: readonly (string | Uint8Array)[]): ModelAnswer {
  return async (response) => {
    await send(response, pieces);
    response.destroy();
  };
}

/** The same, and then nothing any more until the client goes away. */
export function hangingStream(...pieces: readonly (string | Uint8Array)[]): ModelAnswer {
  return async (response, { over }) => {
    await send(response, pieces);
    await over;
  };
}

/** The first text; the second and a regular end when the test lets it go on. */
export function pausing(first: string, second: string): { readonly answer: ModelAnswer; go(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const answer: ModelAnswer = async (response, { over }) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(event(delta({ content: first })));
    await Promise.race([promise, over]);
    response.end(`${event(delta({ content: second }))}${event(finish("stop"))}data: [DONE]\n\n`);
  };
  return { answer, go: resolve };
}

/** Takes the request and says nothing at all. */
export function silence(): ModelAnswer {
  return async (_, { over }) => await over;
}

/** A response that is no stream. Objects are sent as JSON. */
export function responds(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ModelAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return (response) => void response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
}

/** A whole completion as JSON although a stream was asked for. */
export function completion(message: Readonly<Record<string, unknown>>, finishReason = "stop"): ModelAnswer {
  return responds(200, {
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "test",
    choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finishReason }],
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  });
}

export function event(chunk: unknown): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

/** A chunk with what is new in the message. */
export function delta(members: Readonly<Record<string, unknown>>): object {
  return { ...HEAD, choices: [{ index: 0, delta: members, finish_reason: null }] };
}

export function finish(reason: string | null): object {
  return { ...HEAD, choices: [{ index: 0, delta: {}, finish_reason: reason }] };
}

export function usage(promptTokens: number, completionTokens: number): object {
  const counts = { prompt_tokens: promptTokens, completion_tokens: completionTokens };
  return { ...HEAD, choices: [], usage: { ...counts, total_tokens: promptTokens + completionTokens } };
}

const HEAD = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "test" };

async function send(response: ServerResponse, pieces: readonly (string | Uint8Array)[]): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  for (const piece of pieces) {
    if (response.destroyed) return;
    // Handed to the system one by one, and not before the one before was: so they may arrive apart.
    await new Promise<void>((done) => response.write(piece, () => done()));
  }
}

function record(request: IncomingMessage, response: ServerResponse, text: string): RecordedRequest {
  const { method = "", url = "", headers } = request;
  const over = once(response, "close").then(() => undefined);
  return {
    method,
    path: url,
    headers,
    body: jsonOr(text),
    over,
    get isCancelled() {
      return response.destroyed && !response.writableFinished;
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

type AnswerDeps = ModelServerOptions & { readonly base: string; readonly nextAnswer: () => ModelAnswer };

function answerTo(request: RecordedRequest, options: AnswerDeps): ModelAnswer {
  const { key, base, paths, models = ["test-model", "test-embed"], dimensions = 3 } = options;
  const own = paths?.[request.path];
  if (own !== undefined) return own;
  if (key !== undefined && request.headers.authorization !== `Bearer ${key}`) {
    return responds(401, { error: { message: `Incorrect API key: ${request.headers.authorization}` } });
  }
  if (request.path === `${base}/chat/completions`) return options.nextAnswer();
  if (request.path === `${base}/models` && models !== null) {
    return responds(200, { object: "list", data: models.map((one) => (typeof one === "string" ? { id: one } : one)) });
  }
  if (request.path === `${base}/embeddings`) return embeddings(request, dimensions);
  return responds(404, { error: { message: "there is nothing here" } });
}

/** A text's vector has its length as each number, one more at each place. */
function embeddings({ body }: RecordedRequest, dimensions: number): ModelAnswer {
  const texts: string[] = typeof body.input === "string" ? [body.input] : body.input;
  const data = texts.map((text, index) => ({
    object: "embedding",
    index,
    embedding: Array.from({ length: dimensions }, (_, place) => text.length + place),
  }));
  return responds(200, { object: "list", model: body.model, data, usage: { prompt_tokens: texts.length } });
}
