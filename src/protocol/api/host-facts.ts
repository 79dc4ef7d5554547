// /api/v1/host: which program answers here.

import * as z from "zod/mini";
import { endpoint } from "./endpoint.ts";

export const HOST_API = {
  show_host: endpoint({
    method: "GET",
    path: "/host",
    name: "show_host",
    summary: "says which version runs, and where it is found",
    answer: z.object({ version: z.string(), url: z.string() }),
  }),
} as const;
