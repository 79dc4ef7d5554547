// /api/v1/host: which program answers here.

import type { AddressInfo } from "node:net";
import * as z from "zod/mini";
import { VERSION } from "../../base/version.ts";
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

/** On this machine. */
function ownUrl({ address, port }: AddressInfo): string {
  if (address === "0.0.0.0") return `http://127.0.0.1:${port}`;
  if (address === "::") return `http://[::1]:${port}`;
  return `http://${address.includes(":") ? `[${address}]` : address}:${port}`;
}
