// /api/v1/plugins/ID/logs: what a native plugin logged and printed, and how it crashed; or, as a stream, what it logs now.

import * as z from "zod/mini";
import { PLUGIN_LOG_LINES_SHOWN_DEFAULT, PLUGIN_LOG_LINES_SHOWN_MAX } from "../limits.ts";
import { LOG_LEVELS } from "../log-levels.ts";
import { LogRecord } from "../plugin-log.ts";
import { endpoint } from "./endpoint.ts";

export const PLUGIN_LOGS_API = {
  list_plugin_logs: endpoint({
    method: "GET",
    path: "/plugins/{plugin}/logs",
    name: "list_plugin_logs",
    summary: "lists the last lines of a plugin's log, oldest first, or, as a stream, those and each new one",
    params: { plugin: "the id of a plugin that is installed, or was" },
    query: {
      level: {
        about: `lines of this level or a more urgent one: ${LOG_LEVELS.join(", ")}`,
        schema: z.enum(LOG_LEVELS),
      },
      crashes: { about: "true: only reports of crashes", schema: z.boolean() },
      limit: {
        about: `how many at most; ${PLUGIN_LOG_LINES_SHOWN_DEFAULT} without it`,
        schema: z.int().check(z.minimum(1), z.maximum(PLUGIN_LOG_LINES_SHOWN_MAX)),
      },
    },
    answer: z.object({
      lines: z.array(LogRecord),
      /** There are older ones. */
      has_more: z.boolean(),
    }),
    hasEvents: true,
    needsWholeKey: true,
  }),
} as const;
