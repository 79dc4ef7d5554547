// Passes requests on to a server, with an access key added: for clients that cannot send one themselves.

import { createServer, type IncomingMessage, request as requestOf, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface KeyProxy {
  /** Without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startKeyProxy(port: number, key: string): Promise<KeyProxy> {
  const pass = (given: IncomingMessage, answer: ServerResponse) => {
    const headers = { ...given.headers, authorization: `Bearer ${key}` };
    const { url, method } = given;
    // Host and Origin stay as they are: what the server thinks of them is to be seen.
    const onwards = requestOf({ port, host: "127.0.0.1", path: url, method, headers, setHost: false }, (from) => {
      answer.writeHead(from.statusCode!, from.headers);
      from.pipe(answer);
    });
    onwards.on("error", () => answer.destroy());
    answer.on("close", () => onwards.destroy());
    given.pipe(onwards);
  };
  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
