// All that the control API offers, by name. Which handler serves what stands in src/server/api.

import { AGENTS_API } from "./agents.ts";
import { HOST_API } from "./host-facts.ts";
import { KEYS_API } from "./keys.ts";
import { PLUGINS_API } from "./plugins.ts";
import { TASK_EVENTS_API } from "./task-events.ts";
import { TASKS_API } from "./tasks.ts";
import { TUNNEL_API } from "./tunnel.ts";

export const ENDPOINTS = {
  ...HOST_API,
  ...AGENTS_API,
  ...KEYS_API,
  ...PLUGINS_API,
  ...TASKS_API,
  ...TASK_EVENTS_API,
  ...TUNNEL_API,
} as const;
export type Endpoints = typeof ENDPOINTS;
