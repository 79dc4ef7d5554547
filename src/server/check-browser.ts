// Keeps web pages out that a person on this machine happens to look at. A page can make its own name point here (DNS
// rebinding) and then reads whatever answers: so a request has to name this host. And it can send requests whose answers
// it does not get to see: so one that says which page it comes from has to come from this host's own.
//
// This runs before anything looks at the path, so that no spelling of a path gets around it.

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { SERVER_HEADERS_MAX } from "../protocol/limits.ts";
import { hostName, isLoopback, plainAddress } from "./host-name.ts";
import { HttpError } from "./http-error.ts";
import { tunnelAgentOf } from "./tunnelled.ts";

/** Names that are this host's, besides those of this machine: lower case, no port. */
export type OwnNames = ReadonlySet<string>;

type Looked = Pick<IncomingMessage, "rawHeaders" | "headers" | "url"> & {
  readonly socket: { readonly localAddress?: string | undefined };
};

/** What is wrong with a request whatever it asks for; undefined when it may be looked at. */
export function checkRequest(request: Looked, names: OwnNames): HttpError | undefined {
  if (request.rawHeaders.length > 2 * SERVER_HEADERS_MAX) {
    return new HttpError("request_invalid", `a request has ${SERVER_HEADERS_MAX} headers at most`, { status: 431 });
  }
  // A target with a host in it could say another one than the header.
  if (!request.url?.startsWith("/") && request.url !== "*") {
    return new HttpError("request_invalid", "the target of a request has to be a path");
  }
  if (countOf(request.rawHeaders, "host") !== 1) {
    return new HttpError("request_invalid", "a request has to have one Host header");
  }
  // At the public address of an agent the relay knows the names.
  const isTunnelled = tunnelAgentOf(request.socket) !== undefined;
  if (!isTunnelled && !isOwnHost(request.headers.host!, names, request.socket.localAddress)) {
    return new HttpError("origin_refused", "the request names a host that is not this one", {
      hint: 'use 127.0.0.1 or localhost, or allow the name with "osaurus serve --allow-host NAME"',
    });
  }
  // What turns a connection into another protocol is open to pages without any asking.
  if (request.headers.upgrade !== undefined && isForeignOrigin(request)) return foreignOrigin();
  return undefined;
}

/** Whether a page of somebody else's sent the request. Those without an Origin were not sent by a page's program. */
export function isForeignOrigin({ headers, rawHeaders }: Pick<Looked, "headers" | "rawHeaders">): boolean {
  const count = countOf(rawHeaders, "origin");
  if (count === 0) return false;
  if (count > 1 || headers.origin === undefined || headers.host === undefined) return true;
  const origin = URL.parse(headers.origin);
  if (origin === null || (origin.protocol !== "http:" && origin.protocol !== "https:")) return true;
  // The Host was found to be ours, so a page of the same name and port is ours.
  return origin.host !== URL.parse(`${origin.protocol}//${headers.host}`)?.host;
}

export function foreignOrigin(): HttpError {
  return new HttpError("origin_refused", "the request comes from a web page that is not this host's");
}

function isOwnHost(host: string, names: OwnNames, localAddress: string | undefined): boolean {
  const name = hostName(host);
  if (name === undefined) return false;
  if (name === "localhost" || name.endsWith(".localhost") || names.has(name)) return true;
  if (isIP(name) === 0) return false;
  // An address is no name that somebody could point here; it still has to be the one that was dialled.
  return isLoopback(name) || name === plainAddress(localAddress);
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]!.toLowerCase() === name) count++;
  return count;
}
