// Which relay the tunnel connects to.

import { HostError } from "../../protocol/errors.ts";

/** The one that gives out addresses to everybody. */
const PUBLIC_RELAY_URL = "wss://agent.osaurus.ai/tunnel/connect";
const RELAY_PATH = "/tunnel/connect";

/** The relay's address, the public one when none is configured. Fails with `relay_invalid`. */
export function relayUrlOf(configured: string | undefined): string {
  if (configured === undefined || configured === "") return PUBLIC_RELAY_URL;
  const url = URL.parse(configured);
  const problem = url === null ? "it is no address" : problemOf(url);
  if (problem === undefined) return url!.href;
  throw new HostError("relay_invalid", `the address of the relay cannot be used: ${problem}`, {
    hint: `set OSAURUS_RELAY_URL to one like wss://relay.example.org${RELAY_PATH}, or leave it out`,
  });
}

/** What goes to such a relay can be read on the way: it is none on this machine, and there is no TLS. */
export function isReadable(relayUrl: string): boolean {
  const { protocol, hostname } = new URL(relayUrl);
  return protocol === "ws:" && !/^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

function problemOf(url: URL): string | undefined {
  if (url.protocol !== "ws:" && url.protocol !== "wss:") return "it has to begin with wss:// or ws://";
  if (url.username !== "" || url.password !== "") return "it holds a name or a password";
  if (url.search !== "" || url.hash !== "") return "it goes on behind its path";
  return url.pathname.endsWith(RELAY_PATH) ? undefined : `its path has to end in ${RELAY_PATH}`;
}
