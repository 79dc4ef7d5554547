// Answers of the control API that commands read: one shape for the host that sends them and for whoever takes them.

import * as z from "zod/mini";

/** How the tunnel is; see `TunnelStatus`. */
export const TunnelAnswer = z.object({
  connected: z.boolean(),
  state: z.enum(["off", "connecting", "connected", "waiting"]),
  relay_url: z.string(),
  /** What went wrong last. */
  error: z.nullable(z.string()),
  /** Until the next try. */
  retry_in_ms: z.nullable(z.number()),
  /** All agents that there are. */
  agents: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      address: z.string(),
      status: z.enum(["disconnected", "connecting", "connected", "error"]),
      url: z.nullable(z.string()),
      error: z.nullable(z.string()),
    }),
  ),
});
export type TunnelAnswer = z.infer<typeof TunnelAnswer>;

/** A link that leads to a plugin's page, once. */
export const OpenedPage = z.object({
  plugin_id: z.string(),
  agent_id: z.string(),
  url: z.string(),
});
export type OpenedPage = z.infer<typeof OpenedPage>;

/** A link that leads to the dashboard, once. */
export const OpenedDashboard = z.object({ url: z.string() });
export type OpenedDashboard = z.infer<typeof OpenedDashboard>;
