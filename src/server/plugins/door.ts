// Through which door a request came. A plugin's routes are for this machine unless its manifest says otherwise, and what a
// request says of itself can only make it less local: the tunnel's requests come over connections of their own inside this
// process, which nobody else can make.

import type { IncomingMessage } from "node:http";
import { hostName, isLoopback, plainAddress } from "../host-name.ts";
import { tunnelAgentOf } from "../tunnelled.ts";

export interface Door {
  /** Asked for on this machine, under one of this machine's own names, and not on behalf of somebody elsewhere. */
  readonly isLocal: boolean;
  /** The agent at whose public address somebody asked; undefined when it did not come through the tunnel. */
  readonly tunnelAgentId: string | undefined;
  /** The name in the Host header, lower case and without brackets. */
  readonly name: string;
}

/** How others find this host. */
interface Reached {
  readonly names: ReadonlySet<string>;
  readonly publicUrl?: string | undefined;
}

/** To listen on these says nothing of a proxy. */
const ALL_ADDRESSES: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

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

/**
 * Whether somebody may stand between this host and those who ask it: names that are not this machine's lead here through a
 * proxy. Of what it is asked, it may hand on as much as a request from this machine has.
 */
export function hasProxy({ names, publicUrl }: Reached): boolean {
  return publicUrl !== undefined || [...names].some((name) => !ALL_ADDRESSES.has(name) && !isNameOfThisMachine(name));
}

function isNameOfThisMachine(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || isLoopback(name);
}
