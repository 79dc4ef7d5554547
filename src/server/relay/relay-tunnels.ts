// The connections of all hosts to a relay: who may open one, and how many there may be.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { SERVER_HEADERS_MAX } from "../../protocol/limits.ts";
import { isForeignOrigin } from "../check-browser.ts";
import { RateWindow } from "./rate-window.ts";
import { type RelayProblem, rateLimited, refuseUpgrade, tooManyHeaders } from "./relay-answer.ts";
import type { Caller } from "./relay-caller.ts";
import { RelayTunnel, type RelayTunnelOptions } from "./relay-tunnel.ts";

const MINUTE_MS = 60_000;
/** What a tunnel gets to take its leave. */
const LAST_WORDS_MS = 1_000;

export class RelayTunnels {
  readonly #options: RelayTunnelOptions;
  /** With the network that each comes from. */
  readonly #tunnels = new Map<RelayTunnel, string>();
  readonly #connects: RateWindow;
  readonly #sockets: WebSocketServer;
  #isStopping = false;

  constructor(options: RelayTunnelOptions) {
    const { connectsPerMinute, callersKept, frameBytes } = options.limits;
    this.#options = options;
    this.#connects = new RateWindow(connectsPerMinute, MINUTE_MS, callersKept);
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: frameBytes,
      perMessageDeflate: false,
      clientTracking: false,
    });
  }

  /** Answers who wants a WebSocket at the path for hosts. */
  connect(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller): void {
    const problem = this.#refuse(request, caller);
    if (problem !== undefined) return refuseUpgrade(socket, problem);
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const tunnel = new RelayTunnel(webSocket, this.#options);
      this.#tunnels.set(tunnel, caller.network);
      webSocket.once("close", () => this.#tunnels.delete(tunnel));
    });
  }

  /** From now on nobody gets a new one. */
  drain(): void {
    this.#isStopping = true;
  }

  async stop(): Promise<void> {
    this.drain();
    await Promise.all([...this.#tunnels.keys()].map((tunnel) => tunnel.stop(LAST_WORDS_MS)));
  }

  #refuse(request: IncomingMessage, { network }: Caller): RelayProblem | undefined {
    if (this.#isStopping) return { code: "relay_stopping", message: "the relay is being stopped" };
    if (request.rawHeaders.length > 2 * SERVER_HEADERS_MAX) return tooManyHeaders();
    if (isForeignOrigin(request)) {
      return { code: "origin_refused", message: "hosts connect here, not web pages" };
    }
    const { limits, clock } = this.#options;
    const waitMs = this.#connects.take(network, clock());
    if (waitMs > 0) return rateLimited("too many connections from this address", waitMs);
    const own = [...this.#tunnels.values()].filter((one) => one === network).length;
    if (own >= limits.tunnelsPerCaller) return rateLimited("too many tunnels from this address", MINUTE_MS);
    if (this.#tunnels.size < limits.tunnels) return undefined;
    const message = "the relay has as many tunnels as it can";
    return { code: "relay_busy", message, retryAfterMs: MINUTE_MS };
  }
}
