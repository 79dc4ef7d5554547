// /api/v1/tools: all tools that an agent has, of native and process plugins.

import * as z from "zod/mini";
import { AgentName } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

const text = z.string();

export const SHELF_API = {
  list_tools: endpoint({
    method: "GET",
    path: "/tools",
    name: "list_tools",
    summary: "lists the tools of an agent, and those that are not to be had with the reason",
    query: {
      agent: { about: "an agent's id or name; without it that of the key, or the default agent", schema: AgentName },
    },
    answer: z.object({
      tools: z.array(
        z.object({
          name: text,
          kind: z.enum(["native", "process", "built-in"]),
          plugin_id: text,
          tool_id: text,
          description: text,
          input_schema: z.record(text, z.unknown()),
          requirements: z.array(text),
          /** What counts while nobody decided. */
          policy: z.enum(["auto", "ask", "deny"]),
        }),
      ),
      /** Of the whole host: a key for one agent is told of none. */
      missing: z.array(z.object({ plugin_id: text, tool_id: z.nullable(text), reason: text })),
    }),
  }),
} as const;
