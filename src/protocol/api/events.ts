// /api/v1/events: what changes on the host, by topic. A topic is the first word of the paths that tell of it.

import * as z from "zod/mini";
import { endpoint } from "./endpoint.ts";

/** What may change; `insights` has a stream of its own. */
export const TOPICS = [
  "plugins",
  "process-plugins",
  "registries",
  "approvals",
  "permissions",
  "tools",
  "agents",
  "sessions",
  "tasks",
  "keys",
  "providers",
  "models",
  "tunnel",
  "storage",
] as const;
export type Topic = (typeof TOPICS)[number];

export const EVENTS_API = {
  follow_changes: endpoint({
    method: "GET",
    path: "/events",
    name: "follow_changes",
    summary: "tells of each topic when something of it changed: as a stream, or by marks that are others then",
    answer: z.object({ marks: z.record(z.enum(TOPICS), z.string()) }),
    needsWholeKey: true,
    hasEvents: true,
  }),
} as const;
