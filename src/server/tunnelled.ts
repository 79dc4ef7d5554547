// Which connections are the tunnel's. They are made inside this process, which nobody else can do, and are marked before
// anything is read from them.

import type { Duplex } from "node:stream";

const TUNNELLED = new WeakMap<object, string>();

/** All that comes over this connection is asked at the public address of that agent. */
export function markTunnelled(connection: Duplex, agentId: string): void {
  TUNNELLED.set(connection, agentId);
}

/** The agent at whose public address somebody asks; undefined when the connection is not one of the tunnel's. */
export function tunnelAgentOf(connection: object): string | undefined {
  return TUNNELLED.get(connection);
}
