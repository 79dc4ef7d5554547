// /api/v1/plugins: the installed native plugins, loading them afresh, and links to their pages.

import * as z from "zod/mini";
import { OpenedPage } from "../control-answers.ts";
import { MANIFEST_KEY_CHARS_MAX } from "../limits.ts";
import { AgentName, PluginDocument } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

const PLUGIN_PARAM = { plugin: "a plugin's id" };
const Plugins = z.object({ plugins: z.array(PluginDocument) });

export const PLUGINS_API = {
  list_plugins: endpoint({
    method: "GET",
    path: "/plugins",
    name: "list_plugins",
    summary: "lists installed native plugins, their state and their tools",
    answer: Plugins,
  }),
  reload_plugins: endpoint({
    method: "POST",
    path: "/plugins/reload",
    name: "reload_plugins",
    summary: "loads all installed native plugins afresh",
    answer: Plugins,
    needsWholeKey: true,
  }),
  show_plugin: endpoint({
    method: "GET",
    path: "/plugins/{plugin}",
    name: "show_plugin",
    summary: "shows an installed native plugin",
    params: PLUGIN_PARAM,
    answer: PluginDocument,
  }),
  reload_plugin: endpoint({
    method: "POST",
    path: "/plugins/{plugin}/reload",
    name: "reload_plugin",
    summary: "loads a native plugin afresh; calls that run finish first",
    params: PLUGIN_PARAM,
    answer: PluginDocument,
    needsWholeKey: true,
  }),
  retry_plugin: endpoint({
    method: "POST",
    path: "/plugins/{plugin}/retry",
    name: "retry_plugin",
    summary: "releases a native plugin from quarantine and loads it once",
    params: PLUGIN_PARAM,
    answer: PluginDocument,
    needsWholeKey: true,
  }),
  open_plugin: endpoint({
    method: "POST",
    path: "/plugins/{plugin}/open",
    name: "open_plugin",
    summary: "makes a link to the plugin's page that lets its owner in, once and within a few minutes",
    params: PLUGIN_PARAM,
    body: z.strictObject({
      /** An id or a name; without it the agent of the access key, or the default agent. */
      agent: z.optional(AgentName),
      /** The link is for a frame of the dashboard, and works in no other place. */
      frame: z.optional(z.boolean()),
      /** The key of a status among its settings: the link leads to where that is connected. */
      field: z.optional(z.string().check(z.maxLength(MANIFEST_KEY_CHARS_MAX))),
    }),
    answer: OpenedPage,
  }),
} as const;
