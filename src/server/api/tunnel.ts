// /api/v1/tunnel: whether agents have public addresses now, and which. It is the whole host's, not one agent's.

import { TUNNEL_API } from "../../protocol/api/tunnel.ts";
import type { TunnelAnswer } from "../../protocol/control-answers.ts";
import type { TunnelStatus } from "../tunnel/tunnel-service.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const TUNNEL_ROUTES: readonly ApiRoute[] = [
  apiRoute(TUNNEL_API.tunnel_status, async ({ tunnel }) => tunnelAnswer(await tunnel.status())),
  apiRoute(TUNNEL_API.connect_tunnel, async ({ tunnel }) => tunnelAnswer(await tunnel.connect())),
  apiRoute(TUNNEL_API.disconnect_tunnel, async ({ tunnel }) => tunnelAnswer(await tunnel.disconnect())),
];

function tunnelAnswer(status: TunnelStatus): TunnelAnswer {
  return {
    connected: status.connected,
    state: status.state,
    relay_url: status.relayUrl,
    error: status.error,
    retry_in_ms: status.retryInMs,
    agents: status.agents.map(({ id, name, address, status: one, url, error }) => ({
      id,
      name,
      address,
      status: one,
      url,
      error,
    })),
  };
}
