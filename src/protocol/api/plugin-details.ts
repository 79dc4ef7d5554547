// /api/v1/plugins/ID/details and what people do with an installed plugin: going back a version, removing it.

import * as z from "zod/mini";
import { AgentName, ErrorDocument, PluginDocument } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

const text = z.string();
const textOrNull = z.nullable(text);
const texts = z.array(text);
const PLUGIN_PARAM = { plugin: "a plugin's id" };
const Policy = z.enum(["auto", "ask", "deny"]);

/** A text that the plugin's author wrote; of one that is too long the beginning. */
const DocDocument = z.object({ text, is_cut: z.boolean() });

const ToolDocument = z.object({
  id: text,
  description: text,
  /** JSON Schema of the arguments; null: anything goes. */
  schema: z.nullable(z.record(text, z.unknown())),
  requirements: texts,
  /** Those that this system cannot grant: the tool does not run. */
  ungrantable: texts,
  /** What the manifest says. */
  policy: Policy,
  /** What holds for the agent, by what was decided. */
  effective_policy: Policy,
  /** Why it does not run although it may: its definition is not the one that was approved. */
  held_back: z.optional(ErrorDocument.shape.error),
});

const ReceiptDocument = z.object({
  installed_at: textOrNull,
  source: text,
  /** Null: no signature vouches for it. */
  signed_by: textOrNull,
  library: text,
  sha256: text,
  /** Of an author's own build: where it is built, and when it was. */
  dev: z.optional(z.object({ project: text, built_at: text })),
});

export const PluginDetailsDocument = z.object({
  plugin: PluginDocument,
  /** Whose permissions are shown. */
  agent: z.object({ id: text, name: text }),
  authors: texts,
  license: textOrNull,
  readme: z.nullable(DocDocument),
  changelog: z.nullable(DocDocument),
  links: z.array(z.object({ label: text, url: text })),
  tools: z.array(ToolDocument),
  /** What its tools need, all together. */
  requirements: texts,
  routes: z.array(
    z.object({
      id: text,
      path: text,
      methods: texts,
      auth: text,
      description: textOrNull,
      tunnel_exposed: z.boolean(),
    }),
  ),
  web: z.nullable(z.object({ mount: text, auth: text, tunnel_exposed: z.boolean() })),
  /** Whether there is something that people can set. */
  has_settings: z.boolean(),
  /** Null when it cannot be read. */
  receipt: z.nullable(ReceiptDocument),
  /** The lowest first. */
  versions: z.array(z.object({ version: text, is_active: z.boolean(), is_dev: z.boolean() })),
  /** The version to which going back leads; null when there is none. */
  rollback_to: textOrNull,
  /** Why it is left alone. */
  quarantine: z.nullable(z.object({ reason: textOrNull })),
});
export type PluginDetailsDocument = z.infer<typeof PluginDetailsDocument>;

export const PLUGIN_DETAILS_API = {
  show_plugin_details: endpoint({
    method: "GET",
    path: "/plugins/{plugin}/details",
    name: "show_plugin_details",
    summary: "shows all that is known of a native plugin, also of one that does not load",
    params: PLUGIN_PARAM,
    query: {
      agent: { about: "whose permissions are shown, by id or name; the default agent's without it", schema: AgentName },
    },
    answer: PluginDetailsDocument,
    needsWholeKey: true,
  }),
  rollback_plugin: endpoint({
    method: "POST",
    path: "/plugins/{plugin}/rollback",
    name: "rollback_plugin",
    summary: "goes back to the highest installed version below the one in use",
    params: PLUGIN_PARAM,
    answer: z.object({ from: text, to: text, plugin: PluginDocument }),
    needsWholeKey: true,
  }),
  remove_plugin: endpoint({
    method: "DELETE",
    path: "/plugins/{plugin}",
    name: "remove_plugin",
    summary: "removes a native plugin with its settings, its data and what was decided about its tools",
    params: PLUGIN_PARAM,
    query: {
      keep_data: { about: "true: settings, decisions and what the plugin itself kept stay", schema: z.boolean() },
    },
    answer: z.object({ plugin_id: text, deleted: z.literal(true), data_kept: z.boolean() }),
    needsWholeKey: true,
  }),
} as const;
