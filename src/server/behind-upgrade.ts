// What comes on a connection behind an upgrade that was asked for and not made. Node's parser goes on then, but in a state in which
// it takes bodies for requests: whoever sits in front of us and reads correctly would let requests pass that it never saw.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Connections on which nothing counts any more but the answer that is under way. */
const ending = new WeakSet<Socket>();

/** Whether a request is to be left alone, also where it asks for an upgrade: its connection ends with the answer before it. */
export function isBehindUpgrade({ socket }: IncomingMessage): boolean {
  return ending.has(socket);
}

/** For each request that is answered: where an upgrade was asked for, the connection ends with the answer. */
export function endBehindUpgrade({ headers, socket }: IncomingMessage, response: ServerResponse): void {
  if (headers.upgrade === undefined) return;
  response.shouldKeepAlive = false;
  ending.add(socket);
}
