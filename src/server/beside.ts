// `localhost` means 127.0.0.1 and ::1 to browsers. A host that listens on one of them alone would leave the other to whoever takes it: a
// program of another user there would be the dashboard to a browser, and get its cookie and its one-time links.

import type { AddressInfo, Server } from "node:net";
import { createServer } from "node:net";
import { SERVER_CONNECTIONS_MAX } from "../protocol/limits.ts";
import { bracketed } from "./own-url.ts";

const OTHER: Readonly<Record<string, string>> = { "127.0.0.1": "::1", "::1": "127.0.0.1" };

const BESIDE = new WeakSet<object>();

/** Whether a connection came in at the address that the host was not told to listen on. */
export function cameBeside(socket: object): boolean {
  return BESIDE.has(socket);
}

/**
 * Has a server that listens on one of the two take connections to the same port of the other, until `ending` is aborted. Where there is no
 * such address nobody can take it; where somebody has taken it, `note` is told.
 */
export function listenBeside(server: Server, ending: AbortSignal, note: (text: string) => void): void {
  server.on("listening", () => {
    const { address, port } = server.address() as AddressInfo;
    const other = OTHER[address];
    if (other === undefined) return;
    const beside = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      BESIDE.add(socket);
      server.emit("connection", socket);
    });
    beside.maxConnections = SERVER_CONNECTIONS_MAX;
    beside.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code !== "EADDRINUSE") return;
      note(
        `another program listens on ${bracketed(other)}:${port}: "localhost" may lead browsers there, to something that is not this host`,
      );
    });
    beside.listen({ host: other, port, ipv6Only: true });
    ending.addEventListener("abort", () => beside.close(), { once: true });
  });
}
