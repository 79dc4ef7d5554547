// Through which door a request came. A plugin's routes are for this machine unless its manifest says otherwise, and what a
// request says of itself can only make it less local: the tunnel's requests come over connections of their own inside this
// process, which nobody else can make.

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { hostName, isLoopback, plainAddress } from "../host-name.ts";

export interface Door {
  /** Asked for on this machine, under one of this machine's own names, and not on behalf of somebody elsewhere. */
  readonly isLocal: boolean;
  /** The agent at whose public address somebody asked; undefined when it did not come through the tunnel. */
  readonly tunnelAgentId: string | undefined;
  /** The name in the Host header, lower case and without brackets. */
  readonly name: string;
}

const TUNNELLED = new WeakMap<object, string>();

/** All that comes over this connection is asked at the public address of that agent. */
export function markTunnelled(connection: Duplex, agentId: string): void {
  TUNNELLED.set(connection, agentId);
}

/** Whether the connection is one of the tunnel's; `checkRequest` leaves the name of the host to the tunnel then. */
export function tunnelAgentOf(connection: object): string | undefined {
  return TUNNELLED.get(connection);
}

/** By these, proxies say on whose behalf they ask. A program on this machine that asks for itself sends none. */
const OF_PROXIES = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-port",
  "x-forwarded-server",
  "x-real-ip",
  "x-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "x-osaurus-relay-origin",
] as const;

export function doorOf({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">): Door {
  const tunnelAgentId = tunnelAgentOf(socket);
  const name = hostName(headers.host ?? "") ?? "";
  const isLocal =
    tunnelAgentId === undefined &&
    isLoopback(plainAddress(socket.remoteAddress) ?? "") &&
    isNameOfThisMachine(name) &&
    OF_PROXIES.every((header) => headers[header] === undefined);
  return { isLocal, tunnelAgentId, name };
}

function isNameOfThisMachine(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || isLoopback(name);
}
