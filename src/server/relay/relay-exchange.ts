// One request of a caller's and the answer of a host. Waits for the first frame of the answer, then writes as the frames come:
// one whole answer, or a stream. What a host says of an answer is checked here, before any of it is sent.

import type { ServerResponse } from "node:http";
import type { HeldShare } from "../../base/held-bytes.ts";
import type { TunnelFeature, TunnelFrame, TunnelFrameOf } from "../../protocol/tunnel-frames.ts";
import { answerProblem, bodiesBusy, type RelayProblem } from "./relay-answer.ts";
import { answerHeaders } from "./relay-headers.ts";
import type { RelayLimits } from "./relay-limits.ts";

export type AnswerFrame = TunnelFrameOf<"response" | "stream_start" | "stream_chunk" | "stream_end">;

interface ExchangeOptions {
  readonly id: string;
  readonly response: ServerResponse;
  readonly limits: RelayLimits;
  readonly features: ReadonlySet<TunnelFeature>;
  /** Whoever gave it takes it back. */
  readonly held: HeldShare;
  send(frame: TunnelFrame): void;
  /** It is over, in whatever way. */
  onEnd(): void;
}

const INVALID: RelayProblem = {
  code: "invalid_response",
  message: "the agent's host gave an answer that cannot be sent on",
};

export class RelayExchange {
  readonly #options: ExchangeOptions;
  readonly #late: NodeJS.Timeout;
  /** Whether the host said its last of it, or was told that nothing more is wanted. */
  #isHostDone = false;
  #isPaused = false;
  /** What its reader did not take yet, at most so far. */
  #backlogBytes = 0;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    const { limits, response } = options;
    this.#late = setTimeout(() => {
      this.fail({ code: "gateway_timeout", message: `no answer within ${limits.answerMs} ms` });
    }, limits.answerMs);
    response.once("close", () => this.#close());
  }

  /** Takes the next frame of the answer. */
  take(frame: AnswerFrame): void {
    const { response } = this.#options;
    if (frame.type === "response" || frame.type === "stream_end") this.#isHostDone = true;
    // A second beginning, or a piece of what did not begin.
    const isFirst = frame.type === "response" || frame.type === "stream_start";
    if (isFirst === response.headersSent) return this.fail(INVALID);
    if (frame.type === "response") this.#answer(frame);
    else if (frame.type === "stream_start") this.#begin(frame);
    else if (frame.type === "stream_chunk") this.#write(frame);
    else if (frame.error === undefined) response.end();
    else response.destroy(); // Nothing else tells the caller that it is not whole.
  }

  /** Ends it: with an answer when none began. */
  fail(problem: RelayProblem): void {
    clearTimeout(this.#late);
    answerProblem(this.#options.response, problem);
  }

  #answer(frame: TunnelFrameOf<"response">): void {
    const { response, held, limits } = this.#options;
    const headers = answerHeaders(frame.headers);
    const body = bytesOf(frame.body ?? "", frame.body_encoding);
    if (headers === undefined || body === undefined || !isStatus(frame.status) || body.length > limits.bodyBytes) {
      return this.fail(INVALID);
    }
    if (!held.take(body.length)) return this.fail(bodiesBusy());
    if (hasBody(frame.status)) headers.push(["content-length", lengthOf(frame, body, this.#isHead())]);
    this.#writeHead(frame.status, headers);
    response.end(body);
  }

  #begin(frame: TunnelFrameOf<"stream_start">): void {
    const headers = answerHeaders(frame.headers);
    if (headers === undefined || !isStatus(frame.status)) return this.fail(INVALID);
    this.#writeHead(frame.status, headers);
    this.#options.response.flushHeaders();
  }

  #writeHead(status: number, headers: readonly [string, string][]): void {
    const { response, limits } = this.#options;
    clearTimeout(this.#late);
    // From here on: no piece from the host, or none taken by the reader.
    response.setTimeout(limits.streamIdleMs, () => response.destroy());
    response.writeHead(status, headers.flat());
  }

  #write(frame: TunnelFrameOf<"stream_chunk">): void {
    const { response, limits, held } = this.#options;
    const bytes = bytesOf(frame.data, frame.body_encoding);
    if (bytes === undefined) return this.fail(INVALID);
    response.write(bytes);
    const more = response.writableLength - this.#backlogBytes;
    if (more > 0) {
      this.#backlogBytes += more;
      if (this.#backlogBytes > limits.streamHeldBytes || !held.take(more)) return void response.destroy();
    }
    if (!this.#isPaused && response.writableLength > limits.streamPauseBytes) this.#pause();
  }

  /** A slow reader must not hold up the others of the same connection, so only its own stream waits. */
  #pause(): void {
    const { id, response, features, send } = this.#options;
    if (!features.has("flow")) return;
    this.#isPaused = true;
    send({ type: "stream_pause", id });
    response.once("drain", () => {
      this.#isPaused = false;
      if (!this.#isHostDone) send({ type: "stream_resume", id });
    });
  }

  #close(): void {
    const { id, features, send, onEnd } = this.#options;
    clearTimeout(this.#late);
    if (!this.#isHostDone && features.has("flow")) send({ type: "stream_cancel", id });
    onEnd();
  }

  #isHead(): boolean {
    return this.#options.response.req.method === "HEAD";
  }
}

function isStatus(status: number): boolean {
  return status >= 200 && status <= 599;
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 304;
}

/** An answer to HEAD has no body, and says how long the body would be. */
function lengthOf({ headers }: TunnelFrameOf<"response">, body: Buffer, isHead: boolean): string {
  const said = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-length")?.[1];
  return isHead && said !== undefined && /^\d{1,15}$/.test(said) ? said : String(body.length);
}

function bytesOf(text: string, encoding: "utf8" | "base64" | undefined): Buffer | undefined {
  if (encoding !== "base64") return Buffer.from(text, "utf8");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0 ? Buffer.from(text, "base64") : undefined;
}
