// /api/v1/tunnel: whether agents have public addresses now, and which. It is the whole host's, not one agent's.

import { TunnelAnswer } from "../control-answers.ts";
import { endpoint } from "./endpoint.ts";

export const TUNNEL_API = {
  tunnel_status: endpoint({
    method: "GET",
    path: "/tunnel",
    name: "tunnel_status",
    summary: "says whether the tunnel is connected, and the addresses of all agents",
    answer: TunnelAnswer,
    needsWholeKey: true,
  }),
  connect_tunnel: endpoint({
    method: "POST",
    path: "/tunnel/connect",
    name: "connect_tunnel",
    summary: "connects the tunnel, and again whenever it is lost or the host starts anew",
    answer: TunnelAnswer,
    needsWholeKey: true,
  }),
  disconnect_tunnel: endpoint({
    method: "POST",
    path: "/tunnel/disconnect",
    name: "disconnect_tunnel",
    summary: "ends the tunnel until somebody connects it again",
    answer: TunnelAnswer,
    needsWholeKey: true,
  }),
} as const;
