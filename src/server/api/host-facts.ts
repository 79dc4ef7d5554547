// /api/v1/host: which program answers here.

import type { AddressInfo } from "node:net";
import { VERSION } from "../../base/version.ts";
import { HOST_API } from "../../protocol/api/host-facts.ts";
import { ownUrl } from "../own-url.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const HOST_ROUTES: readonly ApiRoute[] = [
  apiRoute(HOST_API.show_host, async ({ publicUrl, request }) => {
    return { version: VERSION, url: publicUrl ?? ownUrl(request.server.server.address() as AddressInfo) };
  }),
];
