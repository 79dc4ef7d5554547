// All that the control API serves.

import { AGENT_ROUTES } from "./agents.ts";
import type { ApiRoute } from "./api-route.ts";
import { APPROVAL_ROUTES } from "./approvals.ts";
import { DASHBOARD_ROUTES } from "./dashboard.ts";
import { EVENT_ROUTES } from "./events.ts";
import { HOST_ROUTES } from "./host-facts.ts";
import { INSIGHTS_ROUTES } from "./insights.ts";
import { KEY_ROUTES } from "./keys.ts";
import { MODEL_ROUTES } from "./models.ts";
import { PERMISSION_ROUTES } from "./permissions.ts";
import { PLUGIN_DETAILS_ROUTES } from "./plugin-details.ts";
import { PLUGIN_INSTALL_ROUTES } from "./plugin-install.ts";
import { PLUGIN_LOG_ROUTES } from "./plugin-logs.ts";
import { PLUGIN_SETTINGS_ROUTES } from "./plugin-settings.ts";
import { PLUGIN_ROUTES } from "./plugins.ts";
import { PROCESS_PLUGIN_ROUTES } from "./process-plugins.ts";
import { PROVIDER_ROUTES } from "./providers.ts";
import { REGISTRY_ROUTES } from "./registries.ts";
import { RUN_ROUTES } from "./runs.ts";
import { SIGN_IN_ROUTES } from "./session.ts";
import { SESSION_ROUTES } from "./sessions.ts";
import { SHELF_ROUTES } from "./shelf.ts";
import { STORAGE_ROUTES } from "./storage.ts";
import { TASK_ARTIFACT_ROUTES } from "./task-artifacts.ts";
import { TASK_EVENT_ROUTES } from "./task-events.ts";
import { TASK_ROUTES } from "./tasks.ts";
import { TOOL_CALL_ROUTES } from "./tool-calls.ts";
import { TUNNEL_ROUTES } from "./tunnel.ts";

export const API_PREFIX = "/api/v1";

export const API_ROUTES: readonly ApiRoute[] = [
  ...HOST_ROUTES,
  ...SIGN_IN_ROUTES,
  ...DASHBOARD_ROUTES,
  ...AGENT_ROUTES,
  ...APPROVAL_ROUTES,
  ...INSIGHTS_ROUTES,
  ...KEY_ROUTES,
  ...PLUGIN_INSTALL_ROUTES,
  ...PLUGIN_SETTINGS_ROUTES,
  ...REGISTRY_ROUTES,
  ...PLUGIN_ROUTES,
  ...PLUGIN_DETAILS_ROUTES,
  ...PLUGIN_LOG_ROUTES,
  ...PROCESS_PLUGIN_ROUTES,
  ...RUN_ROUTES,
  ...SESSION_ROUTES,
  ...TASK_ROUTES,
  ...TASK_EVENT_ROUTES,
  ...TASK_ARTIFACT_ROUTES,
  ...TOOL_CALL_ROUTES,
  ...TUNNEL_ROUTES,
  ...EVENT_ROUTES,
  ...PROVIDER_ROUTES,
  ...MODEL_ROUTES,
  ...PERMISSION_ROUTES,
  ...STORAGE_ROUTES,
  ...SHELF_ROUTES,
];
