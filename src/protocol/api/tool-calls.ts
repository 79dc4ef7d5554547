// /api/v1/tools/call: one call of a tool, as somebody types it.

import * as z from "zod/mini";
import { PLUGIN_ID_CHARS_MAX, TOOL_ID_CHARS_MAX } from "../limits.ts";
import { PROCESS_ID_PREFIX } from "../process-id.ts";
import { AgentName, ErrorDocument } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

const NAME_CHARS_MAX = PROCESS_ID_PREFIX.length + PLUGIN_ID_CHARS_MAX + 1 + TOOL_ID_CHARS_MAX;

export const TOOL_CALLS_API = {
  call_tool: endpoint({
    method: "POST",
    path: "/tools/call",
    name: "call_tool",
    summary: "calls a tool; whoever asks for it consents to it, and a denied tool stays denied",
    body: z.strictObject({
      /** `PLUGIN/TOOL`, `process:PLUGIN/COMMAND`, or any other name of the tool. */
      tool: z.string().check(z.minLength(1), z.maxLength(NAME_CHARS_MAX)),
      arguments: z.record(z.string(), z.unknown()),
      /** An id or a name; without it the default agent. */
      agent: z.optional(AgentName),
    }),
    answer: z.object({
      /** What the tool answered, or why it did not: with `ok`, and `result` or `message`. */
      envelope: z.record(z.string(), z.unknown()),
      duration_ms: z.number(),
      /** The tool did not run, or gave no answer: it was refused, it crashed, it hung. */
      breakdown: z.optional(ErrorDocument.shape.error),
    }),
    needsWholeKey: true,
  }),
} as const;
