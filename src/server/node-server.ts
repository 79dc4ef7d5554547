// Node's server below the framework: its bounds, and what is the same for every request whatever it asks for.

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { HostError } from "../protocol/errors.ts";
import {
  SERVER_CONNECTIONS_MAX,
  SERVER_HEADERS_BYTES_MAX,
  SERVER_HEADERS_MAX,
  SERVER_HEADERS_MS_MAX,
  SERVER_IDLE_MS_MAX,
  SERVER_REQUEST_MS_MAX,
  SERVER_UNREAD_MS_MAX,
} from "../protocol/limits.ts";
import { answerBadRequest } from "./bad-request.ts";
import { endBehindUpgrade, isBehindUpgrade } from "./behind-upgrade.ts";
import { checkRequest, type OwnNames } from "./check-browser.ts";
import type { Counts } from "./health.ts";
import { statusOf } from "./http-error.ts";
import type { OpenConnections } from "./open-connections.ts";
import type { DevProxy } from "./plugins/dev-proxy.ts";
import { noRoute } from "./plugins/host-answer.ts";
import { isPluginUrl } from "./plugins/plugin-path.ts";
import { tunnelAgentOf } from "./tunnelled.ts";

export interface NodeServerOptions {
  /** Names that are this host's, besides those of this machine. */
  readonly names: OwnNames;
  /** Shorter times, for tests. */
  readonly times?: {
    readonly headersMs?: number;
    readonly requestMs?: number;
    readonly idleMs?: number;
    readonly unreadMs?: number;
  };
}

/** Node's server with our bounds. What is wrong with a request whatever it asks for is said before anybody looks at it. */
export function nodeServer(
  handler: RequestListener,
  { names, times }: NodeServerOptions,
  connections: OpenConnections,
  counts: Counts,
  dev: DevProxy,
): Server {
  const checked = (serve: RequestListener) => (request: IncomingMessage, response: ServerResponse) => {
    if (isBehindUpgrade(request)) return;
    endBehindUpgrade(request, response);
    connections.watch(request, response);
    counts.open++;
    response.once("close", () => {
      counts.open--;
      const digit = Math.floor(response.statusCode / 100);
      counts.answered.set(digit, (counts.answered.get(digit) ?? 0) + 1);
    });
    // A whole answer waits for its reader no longer than the events of a stream do. The time begins anew with all that is read.
    // Connections inside this process have no such timer: the tunnel has one of its own.
    if (typeof request.socket.setTimeout === "function") {
      response.setTimeout(times?.unreadMs ?? SERVER_UNREAD_MS_MAX, () => {
        if (response.writableEnded && !response.writableFinished) response.destroy();
      });
    }
    const problem = checkRequest(request, names);
    if (problem !== undefined) return answerAtOnce(response, statusOf(problem), JSON.stringify(problem.toBody()));
    // At public addresses there are plugins, and nothing else of this host.
    if (tunnelAgentOf(request.socket) !== undefined && !isPluginUrl(request.url!)) {
      return answerAtOnce(response, noRoute().status, noRoute().body);
    }
    serve(request, response);
  };
  const server = createServer(
    {
      maxHeaderSize: SERVER_HEADERS_BYTES_MAX,
      headersTimeout: times?.headersMs ?? SERVER_HEADERS_MS_MAX,
      requestTimeout: times?.requestMs ?? SERVER_REQUEST_MS_MAX,
      keepAliveTimeout: times?.idleMs ?? SERVER_IDLE_MS_MAX,
      connectionsCheckingInterval: Math.min(1_000, times?.headersMs ?? 1_000),
      // Ours to refuse, so that it is said in our words.
      requireHostHeader: false,
      // Whoever asks for an upgrade where there is none gets an ordinary answer.
      shouldUpgradeCallback: (request) => !isBehindUpgrade(request) && dev.wantsUpgrade(request),
    },
    checked(handler),
  );
  // One more than may be: the parser leaves out what is beyond, and that there was more has to be seen.
  server.maxHeadersCount = SERVER_HEADERS_MAX + 1;
  server.maxConnections = SERVER_CONNECTIONS_MAX;
  server.on("connection", (socket) => connections.add(socket));
  server.on("checkExpectation", checked(refuseExpectation));
  server.on("clientError", answerBadRequest);
  return server;
}

/** Whoever sends "100-continue" is told to go on by Node. */
function refuseExpectation(_: IncomingMessage, response: ServerResponse): void {
  const problem = new HostError("request_invalid", 'nothing but "100-continue" may be expected');
  answerAtOnce(response, 417, JSON.stringify(problem.toBody()));
}

/** Without looking at the body that may be under way. */
function answerAtOnce(response: ServerResponse, status: number, json: string): void {
  const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(json), connection: "close" }).end(json);
}
