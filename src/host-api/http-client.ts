// The client behind http_request, one for a host: what it may reach, how often each plugin may ask, and what runs. All
// else is loaded with the first request.

import {
  HTTP_LARGE_BODIES_MAX,
  HTTP_LARGE_BODIES_PLUGIN_MAX,
  HTTP_LOOKUPS_PLUGIN_MAX,
  HTTP_REQUESTS_MAX,
  HTTP_WINDOW_MS,
} from "../protocol/limits.ts";
import type { HostAnswer } from "./host-answer.ts";
import type { OpenExchange } from "./http-exchange.ts";
import { HttpFailure } from "./http-failure.ts";
import { createRateWindow, type RateWindow } from "./rate-window.ts";
import { Turns } from "./turns.ts";
import type { WarnOnce } from "./warn-once.ts";

export interface HttpClientOptions {
  /** Whether somebody allowed this plugin to reach this host, spelled as URLs have it, although it is in a private network. */
  mayReach(pluginId: string, host: string, port: number): boolean | Promise<boolean>;
  /** All addresses that a name has now; without it, those that the operating system knows. */
  resolve?(host: string): Promise<readonly string[]>;
  /** Certificates (PEM) that are trusted in place of the usual ones. */
  readonly trusted?: string;
  /** Takes the place of the network, behind all that is looked at before a connection is made; for tests of plugins. */
  readonly exchange?: OpenExchange;
  /** A clock that never goes back, in milliseconds: for the limit of requests. */
  now?(): number;
}

/** Who asks. */
export interface HttpAsker {
  /** Whose grants count; without it, none. */
  readonly pluginId: string | undefined;
  /** Whose requests are counted together. */
  readonly placeId: string;
  readonly agentId: string | undefined;
  readonly warnOnce: WarnOnce;
  /** Awaited before the answer's text is made: see `HostCall`. */
  room(): Promise<boolean>;
}

export interface HttpClient {
  /** Makes the request that the JSON text asks for. Whatever goes wrong with it is in the answer. */
  request(json: string, asker: HttpAsker): Promise<HostAnswer>;
  /** Ends what runs, and refuses what comes later. Safe to call twice. */
  close(): void;
}

/** What the requests of one client share. */
export interface HttpShared {
  readonly options: HttpClientOptions;
  readonly rate: RateWindow;
  /** Bytes of responses that are held just now, for each plugin. */
  readonly heldBytes: Map<string, number>;
  /** For bodies that are not small: these are what fills memory. */
  readonly largeBodies: Turns;
  readonly lookups: Turns;
  /** Aborted when the client is closed. */
  readonly closed: AbortSignal;
}

/** Opens nothing. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const closing = new AbortController();
  const shared: HttpShared = {
    options,
    rate: createRateWindow({
      requestsMax: HTTP_REQUESTS_MAX,
      windowMs: HTTP_WINDOW_MS,
      ...(options.now === undefined ? {} : { now: options.now }),
    }),
    heldBytes: new Map(),
    largeBodies: new Turns(HTTP_LARGE_BODIES_MAX, HTTP_LARGE_BODIES_PLUGIN_MAX),
    lookups: new Turns(Number.POSITIVE_INFINITY, HTTP_LOOKUPS_PLUGIN_MAX),
    closed: closing.signal,
  };
  return {
    async request(json, asker) {
      const { serveHttp } = await import("./serve-http.ts");
      return await serveHttp(json, asker, shared);
    },
    close: () => closing.abort(new HttpFailure("cancelled", "The host is stopping.")),
  };
}
