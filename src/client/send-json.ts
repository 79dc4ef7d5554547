// One request to a host on this machine: JSON there and back, in bounds.

import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { HostError } from "../protocol/errors.ts";
import { CONTROL_ANSWER_BYTES_MAX, CONTROL_ANSWER_MS_MAX } from "../protocol/limits.ts";

export interface JsonRequest {
  /** http, on this machine. */
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly token: string;
  readonly body?: object | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Shorter, for tests. */
  readonly msMax?: number;
}

export interface JsonAnswer {
  readonly status: number;
  /** Undefined: it is no JSON. */
  readonly body: unknown;
}

/** Fails with `host_not_running` when nobody answers, or not to the end, or too much; with `interrupted`. */
export async function sendJson(asked: JsonRequest): Promise<JsonAnswer> {
  const { signal, msMax = CONTROL_ANSWER_MS_MAX } = asked;
  const late = AbortSignal.timeout(msMax);
  // An agent of its own: the one that all share may go through a proxy of the environment.
  const agent = new Agent();
  try {
    const response = await send(asked, agent, signal === undefined ? late : AbortSignal.any([signal, late]));
    return { status: response.statusCode!, body: parse(await textOf(response)) };
  } catch (error) {
    if (signal?.aborted) throw new HostError("interrupted", "interrupted");
    throw notAnswered(asked.url, late.aborted ? `not in ${msMax / 1_000} s` : reasonOf(error), error);
  } finally {
    agent.destroy();
  }
}

async function send(
  { url, method, token, body }: JsonRequest,
  agent: Agent,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "application/json",
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const request = httpRequest(url, { method, headers, agent, signal });
  request.once("response", resolve);
  request.on("error", reject);
  request.end(body === undefined ? undefined : JSON.stringify(body));
  return await promise;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > CONTROL_ANSWER_BYTES_MAX) throw new Error(`with more than ${CONTROL_ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

function notAnswered(url: string, reason: string, cause: unknown): HostError {
  return new HostError("host_not_running", `the host at ${new URL(url).origin} does not answer: ${reason}`, {
    hint: '"osaurus status" says whether it runs, "osaurus serve" starts it',
    cause,
  });
}
