// All that the control API serves.

import { AGENT_ROUTES } from "./agents.ts";
import type { ApiRoute } from "./api-route.ts";
import { HOST_ROUTES } from "./host-facts.ts";
import { KEY_ROUTES } from "./keys.ts";
import { PLUGIN_ROUTES } from "./plugins.ts";
import { TASK_EVENT_ROUTES } from "./task-events.ts";
import { TASK_ROUTES } from "./tasks.ts";
import { TUNNEL_ROUTES } from "./tunnel.ts";

export const API_PREFIX = "/api/v1";

export const API_ROUTES: readonly ApiRoute[] = [
  ...HOST_ROUTES,
  ...AGENT_ROUTES,
  ...KEY_ROUTES,
  ...PLUGIN_ROUTES,
  ...TASK_ROUTES,
  ...TASK_EVENT_ROUTES,
  ...TUNNEL_ROUTES,
];
