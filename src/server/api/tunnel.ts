// /api/v1/tunnel: whether agents have public addresses now, and which. It is the whole host's, not one agent's.

import type * as z from "zod/mini";
import { TunnelAnswer } from "../../protocol/control-answers.ts";
import type { TunnelStatus } from "../tunnel/tunnel-service.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const TUNNEL_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: "GET",
    path: "/tunnel",
    name: "tunnel_status",
    summary: "says whether the tunnel is connected, and the addresses of all agents",
    answer: TunnelAnswer,
    needsWholeKey: true,
    handle: async ({ tunnel }) => tunnelAnswer(await tunnel.status()),
  }),
  apiRoute({
    method: "POST",
    path: "/tunnel/connect",
    name: "connect_tunnel",
    summary: "connects the tunnel, and again whenever it is lost or the host starts anew",
    answer: TunnelAnswer,
    needsWholeKey: true,
    handle: async ({ tunnel }) => tunnelAnswer(await tunnel.connect()),
  }),
  apiRoute({
    method: "POST",
    path: "/tunnel/disconnect",
    name: "disconnect_tunnel",
    summary: "ends the tunnel until somebody connects it again",
    answer: TunnelAnswer,
    needsWholeKey: true,
    handle: async ({ tunnel }) => tunnelAnswer(await tunnel.disconnect()),
  }),
];

function tunnelAnswer(status: TunnelStatus): z.infer<typeof TunnelAnswer> {
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
