// /api/v1/process-plugins: the process plugins that were found, and their commands.

import * as z from "zod/mini";
import { AgentName } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

const text = z.string();
const Policy = z.enum(["auto", "ask", "deny"]);

export const ProcessPluginDocument = z.object({
  plugin_id: text,
  /** Null when it could not be described. */
  version: z.nullable(text),
  /** By which way it was found. */
  source: text,
  path: text,
  healthy: z.boolean(),
  enabled: z.boolean(),
  /** What is wrong, in one line. */
  issue: z.nullable(text),
  commands: z.array(z.object({ name: text, about: text })),
  dev: z.optional(z.boolean()),
});
export type ProcessPluginDocument = z.infer<typeof ProcessPluginDocument>;

export const ProcessToolDocument = z.object({
  /** The words of the command, with spaces between them. */
  id: text,
  description: text,
  schema: z.record(text, z.unknown()),
  /** What holds while nobody decided otherwise. */
  policy: Policy,
  /** What holds for the agent, by what was decided. */
  effective_policy: Policy,
});
export type ProcessToolDocument = z.infer<typeof ProcessToolDocument>;

export const PROCESS_PLUGINS_API = {
  list_process_plugins: endpoint({
    method: "GET",
    path: "/process-plugins",
    name: "list_process_plugins",
    summary: "lists the process plugins that were found, those too that do not work",
    answer: z.object({ plugins: z.array(ProcessPluginDocument) }),
    needsWholeKey: true,
  }),
  show_process_plugin: endpoint({
    method: "GET",
    path: "/process-plugins/{plugin}",
    name: "show_process_plugin",
    summary: "shows a process plugin with those of its commands that are tools",
    params: { plugin: "a process plugin's id" },
    query: {
      agent: { about: "whose permissions are shown, by id or name; the default agent's without it", schema: AgentName },
    },
    answer: z.object({
      /** Each place where one with this id was found; the first is used. */
      plugins: z.array(ProcessPluginDocument),
      agent: z.object({ id: text, name: text }),
      tools: z.array(ProcessToolDocument),
    }),
    needsWholeKey: true,
  }),
} as const;
