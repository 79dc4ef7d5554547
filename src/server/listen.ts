// Opens the port of a server, and closes it again.

import type { AddressInfo, Server } from "node:net";
import { HostError } from "../protocol/errors.ts";
import { SERVE_DRAIN_MS_MAX } from "../protocol/limits.ts";
import type { HttpServer } from "./http-server.ts";
import { bracketed, ownUrl } from "./own-url.ts";

export interface Address {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Listens; gives the URL at which the server is found on this machine. Fails with `listen_failed`. */
export async function listen({ app }: Pick<HttpServer, "app">, address: Address): Promise<string> {
  await app.ready();
  return await listenAt(app.server, address);
}

/** The same for any server of Node's. */
export async function listenAt(server: Server, address: Address): Promise<string> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: address.host, port: address.port }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    throw listenFailed(address, error as NodeJS.ErrnoException);
  }
  return ownUrl({ address: address.host, port: (server.address() as AddressInfo).port });
}

/** Takes no new requests, lets those that are open finish, and closes everything. */
export async function stopServer({ app, connections, readiness }: HttpServer, drainMs = SERVE_DRAIN_MS_MAX) {
  readiness.isReady = false;
  const closed = new Promise<void>((resolve) => {
    if (app.server.listening) app.server.close(() => resolve());
    else resolve();
  });
  await connections.drain(drainMs);
  await closed;
  await app.close();
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program uses it",
  EACCES: "this user may not use it",
  EADDRNOTAVAIL: "it is no address of this machine",
  ENOTFOUND: "there is no host of that name",
};

function listenFailed({ host, port }: Address, error: NodeJS.ErrnoException): HostError {
  const reason = REASONS[error.code ?? ""] ?? error.message;
  return new HostError("listen_failed", `cannot listen on ${bracketed(host)}:${port}: ${reason}`, {
    hint: "choose another with --port or --host; --port 0 takes any that is free",
    details: { host, port, reason: error.code },
    cause: error,
  });
}
