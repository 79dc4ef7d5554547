// /api/v1/dashboard: the link that `osaurus ui` opens.

import { DASHBOARD_API } from "../../protocol/api/dashboard.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";
import { localPort } from "./local-port.ts";

export const DASHBOARD_ROUTES: readonly ApiRoute[] = [
  apiRoute(DASHBOARD_API.open_dashboard, async ({ dashboard, request }) => {
    const port = localPort(request, "where the dashboard's name, localhost, does not lead");
    const code = dashboard.issueCode(request.accessKey!);
    return { url: `http://localhost:${port}/?${new URLSearchParams({ osr_open: code })}` };
  }),
];
