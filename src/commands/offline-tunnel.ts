// The tunnel while no host serves: nothing is connected, and agents are who they are.

import { resolvePaths } from "../base/paths.ts";
import type { TunnelAnswer } from "../protocol/control-answers.ts";
import type { CommandInput } from "./command.ts";
import { withHost } from "./with-host.ts";

export async function offlineTunnel({ io, flags }: CommandInput): Promise<TunnelAnswer> {
  const agents = await withHost(io, flags, async (host) => (await host.agents()).list());
  return {
    connected: false,
    state: "off",
    relay_url: await relayOf(io.env["OSAURUS_RELAY_URL"]),
    error: null,
    retry_in_ms: null,
    agents: agents.map(({ id, name, address }) => {
      return { id, name, address, status: "disconnected" as const, url: null, error: null };
    }),
  };
}

async function relayOf(configured: string | undefined): Promise<string> {
  const { relayUrlOf } = await import("../server/tunnel/relay-url.ts");
  try {
    return relayUrlOf(configured);
  } catch {
    return ""; // "tunnel connect" says what is wrong with it.
  }
}

/** The next host that serves does not connect it by itself. */
export async function forgetTunnel({ io }: Pick<CommandInput, "io">): Promise<void> {
  const { TunnelWish } = await import("../server/tunnel/tunnel-wish.ts");
  new TunnelWish(resolvePaths({ env: io.env, platform: process.platform }).data).forget();
}
