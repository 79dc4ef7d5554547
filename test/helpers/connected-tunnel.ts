// A tunnel of a host that is connected to a small relay, with the relay's end of it.

import type { IncomingMessage } from "node:http";
import { firstAddress, openTestTunnel, type TestTunnelOptions } from "./open-test-tunnel.ts";
import { openSmallRelay } from "./small-relay.ts";

/** What the relay that Osprey brings can do beyond the protocol. */
export const ALL_FEATURES = ["base64", "flow"];

/** @param features what the relay says that it can; without them, what the small one says by itself. */
export async function connectedTunnel(options: TestTunnelOptions, features?: readonly string[]) {
  const relay = await openSmallRelay(features === undefined ? {} : { features });
  const opened = await openTestTunnel(relay.url, options);
  await opened.tunnel.connect();
  return { ...opened, relay, host: await relay.nextHost(), address: await firstAddress(opened) };
}

/** All of a request's body. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
