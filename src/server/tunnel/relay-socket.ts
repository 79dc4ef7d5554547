// The WebSocket to a relay: frames in, frames out, and in words why it ended. What the frames mean is others' business.
//
// A relay may be anybody's, and it is on the other side of a network: what it sends is bounded, what it does not take is
// not kept for ever, and no redirect of it is followed.

import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import {
  RELAY_CONNECTS_PER_MINUTE_MAX,
  TUNNEL_FRAME_BYTES_MAX,
  TUNNEL_UNSENT_BYTES_MAX,
} from "../../protocol/limits.ts";
import { parseTunnelFrame, type TunnelFrame, tunnelFrameText } from "../../protocol/tunnel-frames.ts";

/** That a relay does not want us. */
export interface Refusal {
  /** When it may be asked again, if it says so. */
  readonly retryAfterMs: number | undefined;
}

export interface RelaySocketEvents {
  /** Undefined: it is none that we know. */
  onFrame(frame: TunnelFrame | undefined): void;
  /** Anything came, be it only a sign of life. */
  onHeard(): void;
  /** Once, whoever ended it. */
  onClosed(reason: string, refusal: Refusal | undefined): void;
}

/** How long the other side gets to say goodbye. */
const CLOSE_MS_MAX = 1_000;
const NORMAL_CLOSURE = 1_000;

export class RelaySocket {
  readonly #events: RelaySocketEvents;
  #socket: WebSocket | undefined;
  #reason: string | undefined;
  #refusal: Refusal | undefined;
  #isClosed = false;
  readonly #closed = Promise.withResolvers<void>();

  /** Connects at once. */
  constructor(url: string, events: RelaySocketEvents) {
    this.#events = events;
    void this.#open(url);
  }

  /** Bytes that the other side did not take yet. */
  get unsentBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Resolves when the frame left; when it never will, not before the connection is gone: whoever sends more has to wait. */
  send(frame: TunnelFrame): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState !== socket.OPEN) return this.#closed.promise;
    if (this.unsentBytes > TUNNEL_UNSENT_BYTES_MAX) {
      this.end("the relay does not take what it is sent");
      return this.#closed.promise;
    }
    return new Promise((resolve) => socket.send(tunnelFrameText(frame), () => resolve()));
  }

  /** Ends it without asking the other side. */
  end(reason: string): void {
    this.#reason ??= reason;
    if (this.#socket === undefined) this.#over(reason);
    else this.#socket.terminate();
  }

  /** Takes leave; resolves when nothing is left of it. */
  async close(reason: string): Promise<void> {
    this.#reason ??= reason;
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === socket.CONNECTING) this.end(reason);
    else if (!this.#isClosed) {
      const force = setTimeout(() => socket.terminate(), CLOSE_MS_MAX);
      void this.#closed.promise.then(() => clearTimeout(force));
      socket.close(NORMAL_CLOSURE);
    }
    await this.#closed.promise;
  }

  async #open(url: string): Promise<void> {
    try {
      // Loaded only here: most hosts have no tunnel.
      const { WebSocket } = await import("ws");
      if (this.#isClosed) return;
      const options = { maxPayload: TUNNEL_FRAME_BYTES_MAX, followRedirects: false, perMessageDeflate: false };
      this.#listen(new WebSocket(url, options));
    } catch (error) {
      this.#over(failureText(error as Error));
    }
  }

  #listen(socket: WebSocket): void {
    this.#socket = socket;
    const heard = () => this.#isClosed || this.#events.onHeard();
    socket.on("message", (data, isBinary) => {
      if (this.#isClosed || this.#reason !== undefined) return;
      heard();
      this.#events.onFrame(isBinary ? undefined : parseTunnelFrame(data.toString()));
    });
    socket.on("ping", heard);
    socket.on("pong", heard);
    socket.on("unexpected-response", (_request, response) => {
      this.#reason ??= answeredText(response.statusCode!);
      this.#refusal = refusalOf(response);
      socket.terminate();
    });
    socket.on("error", (error) => {
      this.#reason ??= failureText(error);
      socket.terminate(); // Also of what the library would go on with.
    });
    socket.on("close", (code) => this.#over(`the relay closed the connection (${code})`));
  }

  #over(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closed.resolve();
    this.#events.onClosed(this.#reason ?? reason, this.#refusal);
  }
}

const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens at the relay's address",
  ECONNRESET: "the connection to the relay broke off",
  EPIPE: "the connection to the relay broke off",
  ENOTFOUND: "the relay's name is not known",
  EAI_AGAIN: "the relay's name cannot be looked up now",
  ETIMEDOUT: "the relay does not answer",
  EHOSTUNREACH: "the relay cannot be reached",
  ENETUNREACH: "the relay cannot be reached",
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: "the relay sent a frame that is too large",
};

function answeredText(status: number): string {
  if (status !== 429) return `the relay answered with status ${status}`;
  return `the relay answered with status 429: it takes ${RELAY_CONNECTS_PER_MINUTE_MAX} connections a minute`;
}

/** Undefined: it is a fault, and may be over a moment later. */
function refusalOf({ statusCode, headers }: IncomingMessage): Refusal | undefined {
  if (statusCode! < 400 || statusCode! > 499) return undefined;
  const seconds = /^\d{1,6}$/.exec(headers["retry-after"] ?? "")?.[0];
  return { retryAfterMs: seconds === undefined ? undefined : Number(seconds) * 1_000 };
}

/** The library's own words for all else: they name no more than a rule that was broken. */
function failureText(error: Error & { readonly code?: string }): string {
  const known = FAILURES[error.code ?? ""];
  if (known !== undefined) return known;
  const reason = error.message === "" ? (error.code ?? error.name) : error.message;
  return `the connection to the relay failed: ${reason.slice(0, 200)}`;
}
