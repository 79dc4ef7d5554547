// /api/v1/host: which program answers here.

import type { AddressInfo } from "node:net";
import * as z from "zod/mini";
import { VERSION } from "../../base/version.ts";
import { ownUrl } from "../own-url.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const HOST_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: "GET",
    path: "/host",
    name: "show_host",
    summary: "says which version runs, and where it is found",
    answer: z.object({ version: z.string(), url: z.string() }),
    async handle({ publicUrl, request }) {
      return { version: VERSION, url: publicUrl ?? ownUrl(request.server.server.address() as AddressInfo) };
    },
  }),
];
