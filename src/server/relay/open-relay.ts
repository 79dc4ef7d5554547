// A relay: gives agents of hosts that nobody can reach a public address. Hosts connect to it from inside with a WebSocket and
// say, with signatures, whose agents they have ("Osaurus: Tunnel"); what somebody asks at an agent's address goes to its host.
// It keeps nothing on disk, and trusts neither side.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { HeldBytes } from "../../base/held-bytes.ts";
import {
  SERVER_CONNECTIONS_MAX,
  SERVER_HEADERS_BYTES_MAX,
  SERVER_HEADERS_MAX,
  SERVER_HEADERS_MS_MAX,
  SERVER_IDLE_MS_MAX,
  SERVER_REQUEST_MS_MAX,
} from "../../protocol/limits.ts";
import { answerBadRequest } from "../bad-request.ts";
import { endBehindUpgrade, isBehindUpgrade } from "../behind-upgrade.ts";
import { type Address, listenAt } from "../listen.ts";
import { RateWindow } from "./rate-window.ts";
import { readRequestBody } from "./read-request-body.ts";
import { RelayAgents } from "./relay-agents.ts";
import { answerProblem, type RelayProblem, rateLimited, tooManyHeaders } from "./relay-answer.ts";
import { callerOf } from "./relay-caller.ts";
import { preflightHeaders, requestHeaders } from "./relay-headers.ts";
import { RELAY_LIMITS, type RelayLimits } from "./relay-limits.ts";
import { RelayNames } from "./relay-names.ts";
import { RelayTunnels } from "./relay-tunnels.ts";

const MINUTE_MS = 60_000;
const CONNECT_PATH = "/tunnel/connect";
const DRAIN_LOOK_MS = 20;

export interface RelayOptions extends Address {
  /** Under which the relay is known outside; without it agents' names end in `localhost`. See `parseRelayUrl`. */
  readonly publicUrl?: URL | undefined;
  /** Addresses of the agents that may connect; without it, any. */
  readonly allow?: readonly string[] | undefined;
  /** A proxy on this machine says who asked it. */
  readonly trustsProxy?: boolean | undefined;
  readonly limits?: Partial<RelayLimits> | undefined;
  /** Milliseconds on a clock that nobody sets, for what may happen so often a minute. */
  clock?(): number;
}

export interface Relay {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Takes nothing new, lets open requests finish, closes the tunnels. */
  close(): Promise<void>;
}

/** Listens. Fails with `listen_failed`. */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const state = new RelayState(options);
  const url = await listenAt(state.server, options);
  return { url, port: state.port, close: () => state.close() };
}

class RelayState {
  readonly server: Server;
  readonly #limits: RelayLimits;
  readonly #names: RelayNames;
  readonly #trustsProxy: boolean;
  readonly #clock: () => number;
  readonly #agents = new RelayAgents();
  readonly #tunnels: RelayTunnels;
  readonly #requests: RateWindow;
  readonly #held: HeldBytes;
  #base: URL | undefined;
  /** Requests that are being answered. */
  #open = 0;
  #isStopping = false;

  constructor({ allow, limits, publicUrl, trustsProxy = false, clock = () => performance.now() }: RelayOptions) {
    this.#limits = { ...RELAY_LIMITS, ...limits };
    this.#base = publicUrl;
    this.#trustsProxy = trustsProxy;
    this.#clock = clock;
    // The port is known when it listens, and nobody asks before.
    this.#names = new RelayNames(() => (this.#base ??= new URL(`http://localhost:${this.port}`)));
    this.#requests = new RateWindow(this.#limits.requestsPerMinute, MINUTE_MS, this.#limits.callersKept);
    this.#held = new HeldBytes(this.#limits.heldBytes, this.#limits.heldBytesEach);
    this.#tunnels = new RelayTunnels({
      agents: this.#agents,
      names: this.#names,
      limits: this.#limits,
      allowed: allow === undefined ? undefined : new Set(allow.map((address) => address.toLowerCase())),
      clock,
    });
    this.server = this.#createServer();
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#isStopping = true;
    this.#tunnels.drain();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const endMs = performance.now() + this.#limits.drainMs;
    while (this.#open > 0 && performance.now() < endMs) await delay(DRAIN_LOOK_MS);
    await this.#tunnels.stop();
    this.server.closeAllConnections();
    await closed;
  }

  #createServer(): Server {
    const server = createServer(
      {
        maxHeaderSize: SERVER_HEADERS_BYTES_MAX,
        headersTimeout: SERVER_HEADERS_MS_MAX,
        requestTimeout: SERVER_REQUEST_MS_MAX,
        keepAliveTimeout: SERVER_IDLE_MS_MAX,
        connectionsCheckingInterval: 1_000,
        requireHostHeader: false,
        // Everything else that asks for another protocol is an ordinary request, and is told so.
        shouldUpgradeCallback: (request) => !isBehindUpgrade(request) && this.#isConnect(request),
      },
      (request, response) => void this.#answer(request, response),
    );
    server.maxHeadersCount = SERVER_HEADERS_MAX + 1;
    server.maxConnections = SERVER_CONNECTIONS_MAX;
    // Node's own answer would keep a connection open on which an upgrade was refused.
    server.on("checkExpectation", (request, response) => void this.#answer(request, response));
    server.on("clientError", answerBadRequest);
    server.on("upgrade", (request, socket, head) => {
      this.#tunnels.connect(request, socket, head, callerOf(request, this.#trustsProxy));
    });
    return server;
  }

  #isConnect(request: IncomingMessage): boolean {
    return (
      request.method === "GET" &&
      request.headers.upgrade?.toLowerCase() === "websocket" &&
      request.url?.split("?", 1)[0] === CONNECT_PATH &&
      this.#names.agentIn(request.headers.host) === undefined
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isBehindUpgrade(request)) return;
    endBehindUpgrade(request, response);
    request.on("error", () => {}); // The caller is gone, which the response notices too.
    response.on("error", () => {});
    this.#open++;
    response.once("close", () => this.#open--);
    if (this.#isStopping) response.setHeader("connection", "close");
    const agent = this.#names.agentIn(request.headers.host);
    const problem = refuseShape(request) ?? (agent === undefined ? this.#answerItself(request, response) : undefined);
    if (problem !== undefined) return answerProblem(response, problem);
    if (agent !== undefined) await this.#relay(agent, request, response);
  }

  /** What is asked of the relay itself: whether it is there. */
  #answerItself({ url, method }: IncomingMessage, response: ServerResponse): RelayProblem | undefined {
    const path = url!.split("?", 1)[0];
    if (path === "/health" && (method === "GET" || method === "HEAD")) {
      const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
      response.writeHead(200, headers).end('{"status":"ok"}');
      return undefined;
    }
    if (path === CONNECT_PATH) return { code: "upgrade_required", message: "a WebSocket is spoken here" };
    return { code: "invalid_subdomain", message: "the host name does not begin with an agent's address" };
  }

  async #relay(agent: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "OPTIONS") return void response.writeHead(204, preflightHeaders(request.headers)).end();
    const wanted = this.#agents.tunnelOf(agent);
    if (wanted === undefined) return answerProblem(response, offline());
    const waitMs = this.#requests.take(agent, this.#clock());
    if (waitMs > 0) return answerProblem(response, rateLimited("too many requests to this agent", waitMs));
    const { address, network } = callerOf(request, this.#trustsProxy);
    // Neither one caller nor one host takes the room of all the others.
    const held = this.#held.open(network, wanted);
    response.once("close", () => held.release());
    const body = await readRequestBody(request, this.#limits.bodyBytes, held);
    if (body === undefined) return void response.destroy();
    if (!Buffer.isBuffer(body)) return answerProblem(response, body);
    // Somebody else may have taken the address over while the body came.
    const tunnel = this.#agents.tunnelOf(agent);
    if (tunnel === undefined) return answerProblem(response, offline());
    const headers = requestHeaders(request.headers, agent, address);
    tunnel.ask({ method: request.method!, path: request.url!, headers, body }, response, held);
  }
}

/** What is wrong with a request whoever it is for. */
function refuseShape(request: IncomingMessage): RelayProblem | undefined {
  const { headers, rawHeaders, url } = request;
  if (rawHeaders.length > 2 * SERVER_HEADERS_MAX) return tooManyHeaders();
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "host");
  if (hosts.length !== 1) return badRequest("a request has to have one Host header");
  // A target with a host in it could say another one than the header.
  if (!url?.startsWith("/")) return badRequest("the target of a request has to be a path");
  if (headers.expect !== undefined && !/^100-continue$/i.test(headers.expect)) {
    return badRequest('nothing but "100-continue" may be expected');
  }
  if (headers.upgrade?.toLowerCase() === "websocket") return badRequest("WebSockets do not pass the relay");
  return undefined;
}

function badRequest(message: string): RelayProblem {
  return { code: "invalid_request", message };
}

function offline(): RelayProblem {
  return { code: "agent_offline", message: "no host is connected for this agent" };
}
