// All that the control API offers, by name. Which handler serves what stands in src/server/api.

import { AGENTS_API } from "./agents.ts";
import { APPROVALS_API } from "./approvals.ts";
import { DASHBOARD_API } from "./dashboard.ts";
import { EVENTS_API } from "./events.ts";
import { HOST_API } from "./host-facts.ts";
import { INSIGHTS_API } from "./insights.ts";
import { KEYS_API } from "./keys.ts";
import { MODELS_API } from "./models.ts";
import { PERMISSIONS_API } from "./permissions.ts";
import { PLUGIN_DETAILS_API } from "./plugin-details.ts";
import { PLUGIN_INSTALL_API } from "./plugin-install.ts";
import { PLUGIN_LOGS_API } from "./plugin-logs.ts";
import { PLUGIN_SETTINGS_API } from "./plugin-settings.ts";
import { PLUGINS_API } from "./plugins.ts";
import { PROCESS_PLUGINS_API } from "./process-plugins.ts";
import { PROVIDERS_API } from "./providers.ts";
import { REGISTRIES_API } from "./registries.ts";
import { RUNS_API } from "./runs.ts";
import { SIGN_IN_API } from "./session.ts";
import { SESSIONS_API } from "./sessions.ts";
import { SHELF_API } from "./shelf.ts";
import { STORAGE_API } from "./storage.ts";
import { TASK_ARTIFACTS_API } from "./task-artifacts.ts";
import { TASK_EVENTS_API } from "./task-events.ts";
import { TASKS_API } from "./tasks.ts";
import { TOOL_CALLS_API } from "./tool-calls.ts";
import { TUNNEL_API } from "./tunnel.ts";

export const ENDPOINTS = {
  ...HOST_API,
  ...SIGN_IN_API,
  ...DASHBOARD_API,
  ...AGENTS_API,
  ...APPROVALS_API,
  ...INSIGHTS_API,
  ...KEYS_API,
  ...PLUGIN_INSTALL_API,
  ...PLUGIN_SETTINGS_API,
  ...REGISTRIES_API,
  ...PLUGINS_API,
  ...PLUGIN_DETAILS_API,
  ...PLUGIN_LOGS_API,
  ...PROCESS_PLUGINS_API,
  ...RUNS_API,
  ...SESSIONS_API,
  ...TASKS_API,
  ...TASK_EVENTS_API,
  ...TASK_ARTIFACTS_API,
  ...TOOL_CALLS_API,
  ...TUNNEL_API,
  ...EVENTS_API,
  ...PROVIDERS_API,
  ...MODELS_API,
  ...PERMISSIONS_API,
  ...STORAGE_API,
  ...SHELF_API,
} as const;
export type Endpoints = typeof ENDPOINTS;
