// /api/v1/plugins/ID/settings: what people set for a plugin, for one agent. The values of secrets go in and never come out.

import * as z from "zod/mini";
import { CONFIG_KEY_BYTES_MAX, CONFIG_VALUE_BYTES_MAX, SETTINGS_SAVED_MAX } from "../limits.ts";
import { FIELD_TYPES } from "../manifest-config.ts";
import { AgentName, ErrorMembers } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

const PLUGIN_PARAM = { plugin: "a plugin's id" };
const AGENT_QUERY = { agent: { about: "an agent's id or name; without it the default agent", schema: z.string() } };

const text = z.optional(z.string());
const number = z.optional(z.number());

const SettingFieldDocument = z.object({
  key: z.string(),
  /** `other`: it is stored, and the plugin does not declare it. */
  type: z.enum([...FIELD_TYPES, "other"]),
  label: z.string(),
  required: z.boolean(),
  is_set: z.boolean(),
  /** It is required, has no default, and nothing is stored. */
  is_missing: z.boolean(),
  /** What is stored; never of a secret, nor of what is not declared. */
  value: text,
  default: text,
  placeholder: text,
  description: text,
  /** Where to get it. */
  url: text,
  options: z.optional(z.array(z.object({ value: z.string(), label: z.string() }))),
  /** For hints; what may be saved is decided when it is. */
  validation: z.optional(
    z.object({ min_length: number, max_length: number, min: number, max: number, pattern_hint: text }),
  ),
  /** Of a readonly field. */
  text,
  copyable: z.optional(z.boolean()),
  /** Of a status. */
  is_connected: z.optional(z.boolean()),
  /** Whether it can be connected: `POST /plugins/{plugin}/open` with its key gives the link. */
  can_connect: z.optional(z.boolean()),
  /** What is removed to disconnect it. */
  clear_keys: z.optional(z.array(z.string())),
});

const Sheet = z.object({
  plugin_id: z.string(),
  agent_id: z.string(),
  title: z.nullable(z.string()),
  sections: z.array(
    z.object({
      /** Null for what stands in no section of the manifest. */
      title: z.nullable(z.string()),
      kind: z.enum(["secrets", "declared", "other"]),
      fields: z.array(SettingFieldDocument),
    }),
  ),
  /** Why it is not known what the plugin declares. */
  error: z.optional(ErrorMembers),
});

const Saved = z.object({
  plugin_id: z.string(),
  agent_id: z.string(),
  keys: z.array(z.string()),
  /** False when hosts could not be told: the plugin learns of it when it is loaded next. */
  told: z.boolean(),
});

const key = z.string().check(z.maxLength(CONFIG_KEY_BYTES_MAX));
const value = z.nullable(z.string().check(z.maxLength(CONFIG_VALUE_BYTES_MAX)));

export const PLUGIN_SETTINGS_API = {
  show_plugin_settings: endpoint({
    method: "GET",
    path: "/plugins/{plugin}/settings",
    name: "show_plugin_settings",
    summary: "shows what people set for a plugin, and the values of those settings that are no secrets",
    params: PLUGIN_PARAM,
    query: AGENT_QUERY,
    answer: Sheet,
    needsWholeKey: true,
  }),
  save_plugin_settings: endpoint({
    method: "PUT",
    path: "/plugins/{plugin}/settings",
    name: "save_plugin_settings",
    summary: "saves settings and secrets of a plugin, all or none of them; null removes one",
    params: PLUGIN_PARAM,
    body: z.strictObject({
      /** An id or a name; without it the default agent. */
      agent: z.optional(AgentName),
      values: z
        .record(key, value)
        .check(
          z.refine((values) => Object.keys(values).length <= SETTINGS_SAVED_MAX, `has ${SETTINGS_SAVED_MAX} at most`),
        ),
    }),
    answer: Saved,
    needsWholeKey: true,
  }),
  remove_plugin_setting: endpoint({
    method: "DELETE",
    path: "/plugins/{plugin}/settings/{key}",
    name: "remove_plugin_setting",
    summary: "removes what is stored for a setting or secret",
    params: { ...PLUGIN_PARAM, key: "what it is stored under" },
    query: AGENT_QUERY,
    answer: Saved,
    needsWholeKey: true,
  }),
} as const;
