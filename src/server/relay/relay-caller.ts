// Whose request it is, as far as the network says.

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { isLoopback, plainAddress } from "../host-name.ts";

/** Who has one address of the sixth version mostly has all of the same first half. */
const NETWORK_BITS = 64;

export interface Caller {
  readonly address: string;
  /** What its connections are counted under. */
  readonly network: string;
}

type Looked = Pick<IncomingMessage, "headers"> & { readonly socket: { readonly remoteAddress?: string | undefined } };

/** `trustsProxy`: a proxy on this machine says who asked it; what is said from elsewhere is a claim of the caller's. */
export function callerOf({ headers, socket }: Looked, trustsProxy: boolean): Caller {
  const peer = plainAddress(socket.remoteAddress) ?? "";
  const address = trustsProxy && isLoopback(peer) ? (lastForwarded(headers["x-forwarded-for"]) ?? peer) : peer;
  return { address, network: networkOf(address) };
}

/** The proxy puts the address that it saw behind whatever the caller wrote. */
function lastForwarded(header: string | string[] | undefined): string | undefined {
  const last = plainAddress([header].flat().join(",").split(",").at(-1)!.trim())!;
  return isIP(last) === 0 ? undefined : last;
}

function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  return ipaddr.IPv6.networkAddressFromCIDR(`${address}/${NETWORK_BITS}`).toString();
}
