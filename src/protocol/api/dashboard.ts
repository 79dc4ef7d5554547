// /api/v1/dashboard: a link that opens the dashboard.

import { OpenedDashboard } from "../control-answers.ts";
import { endpoint } from "./endpoint.ts";

export const DASHBOARD_API = {
  open_dashboard: endpoint({
    method: "POST",
    path: "/dashboard/open",
    name: "open_dashboard",
    summary: "makes a link to the dashboard that signs in, once and within a few minutes",
    answer: OpenedDashboard,
    needsWholeKey: true,
  }),
} as const;
