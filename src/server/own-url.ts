// The address at which a server is found on this machine.

import { isIP } from "node:net";

interface OwnAddress {
  /** That it listens on: an address, or a name that somebody wrote. */
  readonly address: string;
  readonly port: number;
}

/** Without a slash at the end. Whoever listens on all addresses is found on this machine's own. */
export function ownUrl({ address, port }: OwnAddress): string {
  if (address === "0.0.0.0") return `http://127.0.0.1:${port}`;
  if (address === "::") return `http://[::1]:${port}`;
  return `http://${bracketed(address)}:${port}`;
}

/** As it stands in a URL. */
export function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
