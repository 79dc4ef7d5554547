// A TCP server on this machine that sends whatever a test wants, for the length of a test.

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface RawServer {
  readonly port: number;
  /** Connections that were made, in order; all of them are ended with the test. */
  readonly connections: Socket[];
  /** Resolves when none of them is open. */
  allClosed(): Promise<void>;
}

/** Calls `serve` with each connection. */
export async function startRawServer(serve: (socket: Socket) => void): Promise<RawServer> {
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket.on("error", () => {}));
    serve(socket);
    socket.resume(); // Or its end would not be noticed.
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    for (const socket of connections) socket.destroy();
    await once(server, "close");
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    allClosed: async () => {
      const open = connections.filter((one) => !one.closed);
      await Promise.all(open.map((one) => new Promise((done) => one.once("close", done))));
    },
  };
}
