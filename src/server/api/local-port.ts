// The port at which browsers on this machine find this host under `localhost` and the names below it.

import type { AddressInfo } from "node:net";
import type { FastifyRequest } from "fastify";
import { HostError } from "../../protocol/errors.ts";
import { isLoopback } from "../host-name.ts";

/** @param why what the listener's address means for whoever asks. Fails with `listen_failed`. */
export function localPort({ server }: FastifyRequest, why: string): number {
  const { address, port } = server.server.address() as AddressInfo;
  if (address === "::" || address === "0.0.0.0" || isLoopback(address)) return port;
  throw new HostError("listen_failed", `the host listens on ${address} alone, ${why}`, {
    hint: 'let it listen on 127.0.0.1, with a proxy in front for other computers: "osaurus serve --host 127.0.0.1"',
  });
}
