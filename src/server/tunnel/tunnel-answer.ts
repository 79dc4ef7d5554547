// One request from the tunnel: asked of this host over a connection inside this process, and its answer as frames.
//
//   asking → buffering → over     an ordinary answer: read whole, sent as one `response`
//   asking → streaming → over     events and lines: `stream_start`, a chunk for each piece, `stream_end`
//
// Whatever happens, it is over once, and then nothing of it is left: no connection, no timer, no bytes.

import { isUtf8 } from "node:buffer";
import { type IncomingMessage, request } from "node:http";
import { type Duplex, duplexPair } from "node:stream";
import { setImmediate as immediate } from "node:timers/promises";
import {
  SERVER_HEADERS_BYTES_MAX,
  TUNNEL_BODY_BYTES_MAX,
  TUNNEL_FRAME_BYTES_MAX,
  TUNNEL_HEADERS_MAX,
  TUNNEL_STREAM_UNSENT_BYTES_MAX,
} from "../../protocol/limits.ts";
import { type TunnelFrame, type TunnelFrameOf, tunnelFrameText } from "../../protocol/tunnel-frames.ts";
import { CONNECTION_HEADERS } from "../connection-headers.ts";
import { StreamText, type TextPiece } from "./stream-text.ts";
import type { TunnelRefusal, TunnelRequestHead } from "./tunnel-request-head.ts";

export interface TunnelAnswerOptions {
  readonly id: string;
  readonly head: TunnelRequestHead;
  /** Serves what comes over the connection. */
  accept(connection: Duplex): void;
  /** Resolves when the frame left. */
  send(frame: TunnelFrame): Promise<void>;
  /** Bytes that the relay did not take yet. */
  unsentBytes(): number;
  /** False: there is no room for that many bytes. They are held until they are let go, or all of it is over. */
  hold(bytes: number): boolean;
  readonly sendsBase64: boolean;
  readonly answerMs: number;
  readonly idleMs: number;
  readonly pausedMs: number;
}

/** Said of an answer that did not become one. */
class Refused extends Error {
  readonly refusal: TunnelRefusal;

  constructor(refusal: TunnelRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

const BINARY: TunnelRefusal = { status: 502, message: "Binary responses cannot pass the tunnel" };
const TOO_LARGE: TunnelRefusal = { status: 502, message: "The answer is too large for the tunnel" };
const LATE: TunnelRefusal = { status: 504, message: "The host did not answer in time" };
const BROKEN: TunnelRefusal = { status: 502, message: "The answer of the host broke off" };

export class TunnelAnswer {
  readonly #options: TunnelAnswerOptions;
  readonly #cancelled = new AbortController();
  #resumed: PromiseWithResolvers<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TunnelAnswerOptions) {
    this.#options = options;
  }

  /** Resolves when it is over. Never rejects. */
  async run(): Promise<void> {
    const { id, answerMs } = this.#options;
    const connection = this.#connect();
    let isStreaming = false;
    let refusal: TunnelRefusal | undefined;
    this.#timer = setTimeout(() => {
      refusal = LATE; // Whoever reads learns only that the connection is gone.
      connection.destroy();
    }, answerMs);
    try {
      const response = await this.#ask(connection);
      isStreaming = this.#isStream(response);
      if (isStreaming) await this.#stream(response);
      else await this.#buffer(response);
    } catch (error) {
      if (this.#cancelled.signal.aborted) return;
      refusal ??= error instanceof Refused ? error.refusal : BROKEN;
      await this.#send(isStreaming ? { type: "stream_end", id, error: refusal.message } : refusalFrame(id, refusal));
    } finally {
      clearTimeout(this.#timer);
      connection.destroy();
    }
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.#cancelled.abort();
    this.resume();
  }

  pause(): void {
    if (!this.#cancelled.signal.aborted) this.#resumed ??= Promise.withResolvers();
  }

  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = undefined;
  }

  /** Our end of a connection of which the server has the other. */
  #connect(): Duplex {
    const [ours, theirs] = duplexPair();
    ours.on("error", () => {}); // Whoever reads from it is told.
    theirs.on("error", () => {});
    // A server that gives it up has not said all: what is still to be read of an answer must not look whole.
    theirs.once("close", () => theirs.writableFinished || ours.destroy(new Refused(BROKEN)));
    ours.once("close", () => theirs.destroy());
    this.#cancelled.signal.addEventListener("abort", () => ours.destroy(), { once: true });
    this.#options.accept(theirs);
    return ours;
  }

  async #ask(connection: Duplex): Promise<IncomingMessage> {
    const { method, path, headers, body } = this.#options.head;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const asked = request({
      method,
      path,
      headers,
      setHost: false,
      maxHeaderSize: 2 * SERVER_HEADERS_BYTES_MAX,
      createConnection: () => connection,
    });
    asked.on("response", resolve);
    asked.on("error", reject);
    asked.on("upgrade", (_response, socket) => socket.destroy()); // Nobody asked for that.
    asked.end(body);
    return await promise;
  }

  #isStream(response: IncomingMessage): boolean {
    const type = /^[^;]*/
      .exec(response.headers["content-type"] ?? "")?.[0]
      .trim()
      .toLowerCase();
    return this.#options.head.method !== "HEAD" && (type === "text/event-stream" || type === "application/x-ndjson");
  }

  async #buffer(response: IncomingMessage): Promise<void> {
    const { id, hold, sendsBase64, head } = this.#options;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > TUNNEL_BODY_BYTES_MAX) throw new Refused(TOO_LARGE);
      if (!hold(chunk.length)) throw new Refused({ status: 503, message: "The tunnel is busy" });
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    const hasNoBody = head.method === "HEAD" || response.statusCode === 304;
    const headers = headersOf(response, hasNoBody);
    if (Object.keys(headers).length > TUNNEL_HEADERS_MAX) throw new Refused(TOO_LARGE);
    const plain = { type: "response", id, status: response.statusCode!, headers } as const;
    if (isUtf8(body)) {
      const frame: TunnelFrame = { ...plain, body: body.toString("utf8") };
      if (fitsFrame(frame, body.length)) return await this.#send(frame);
      if (!sendsBase64) throw new Refused(TOO_LARGE);
    } else if (!sendsBase64) throw new Refused(BINARY);
    await this.#send({ ...plain, body: body.toString("base64"), body_encoding: "base64" });
  }

  async #stream(response: IncomingMessage): Promise<void> {
    const { id, idleMs, pausedMs } = this.#options;
    clearTimeout(this.#timer);
    await this.#send({ type: "stream_start", id, status: response.statusCode!, headers: headersOf(response, false) });
    const text = new StreamText();
    const end = (message: string) => response.destroy(new Refused({ status: 504, message }));
    const idle = () => end("Nothing came for too long");
    const paused = () => {
      end("Nothing was taken for too long");
      this.resume();
    };
    this.#timer = setTimeout(idle, idleMs);
    for await (const chunk of response as AsyncIterable<Buffer>) {
      clearTimeout(this.#timer);
      await this.#sendPiece(text.take(chunk));
      if (this.#resumed !== undefined) {
        this.#timer = setTimeout(paused, pausedMs);
        await this.#resumed.promise;
        clearTimeout(this.#timer);
      }
      await immediate(); // All of it happens in this process: without a turn of its loop, nobody else would get one.
      this.#timer = setTimeout(idle, idleMs);
    }
    await this.#sendPiece(text.end());
    await this.#send({ type: "stream_end", id });
  }

  async #sendPiece(piece: TextPiece | undefined): Promise<void> {
    if (piece === undefined) return;
    const { id, sendsBase64, unsentBytes } = this.#options;
    if (piece.isBinary && !sendsBase64) throw new Refused(BINARY);
    const encoding = piece.isBinary ? ({ body_encoding: "base64" } as const) : {};
    const sent = this.#send({ type: "stream_chunk", id, data: piece.data, ...encoding });
    if (unsentBytes() > TUNNEL_STREAM_UNSENT_BYTES_MAX) await sent;
  }

  async #send(frame: TunnelFrame): Promise<void> {
    if (!this.#cancelled.signal.aborted) await this.#options.send(frame);
  }
}

/** In a text, some characters take six times the room that they had: a frame can be too large whose body is not. */
function fitsFrame(frame: TunnelFrame, bodyBytes: number): boolean {
  if (bodyBytes < TUNNEL_FRAME_BYTES_MAX / 8) return true; // Headers are small.
  return Buffer.byteLength(tunnelFrameText(frame)) <= TUNNEL_FRAME_BYTES_MAX;
}

/** In the shape that all errors have on these paths. */
export function refusalFrame(id: string, { status, message }: TunnelRefusal): TunnelFrameOf<"response"> {
  const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
  return { type: "response", id, status, headers, body: JSON.stringify({ error: { message } }) };
}

const BETWEEN_NEIGHBOURS: ReadonlySet<string> = new Set(CONNECTION_HEADERS);

/** The length of what is sent is for the relay to say; of what is not sent, only the host knows it. */
function headersOf({ headers }: IncomingMessage, hasNoBody: boolean): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || BETWEEN_NEIGHBOURS.has(name) || (name === "content-length" && !hasNoBody)) continue;
    // A frame has room for one value of each name; only cookies come as several.
    kept[name] = Array.isArray(value) ? value.at(-1)! : value;
  }
  return kept;
}
