// /api/v1/permissions: which tools run always, when somebody says so, or never; and which hosts in private networks plugins may
// reach.

import * as z from "zod/mini";
import { HOST_TARGET_CHARS_MAX, PLUGIN_ID_CHARS_MAX, TOOL_ID_CHARS_MAX } from "../limits.ts";
import { AgentName } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

const text = z.string();
const Policy = z.enum(["auto", "ask", "deny"]);

const ToolPermission = z.object({
  /** What models call it. */
  name: text,
  kind: z.enum(["native", "process", "built-in"]),
  plugin_id: text,
  tool_id: text,
  /** By which decisions about it are made, whatever else has the same name. */
  tool: text,
  description: text,
  requirements: z.array(text),
  /** What counts now. */
  policy: Policy,
  /** Where that comes from; `session`: for what the host does outside conversations, until it stops. */
  source: z.enum(["plugin", "all_agents", "agent", "session"]),
  /** What counts while nobody decided. */
  plugin_policy: Policy,
});

const GrantDocument = z.object({
  plugin_id: text,
  tool_id: text,
  agent_id: z.nullable(text),
  policy: Policy,
  /** `session`: nobody remembers it; as far as this host knows of it. */
  source: z.enum(["settings", "prompt", "approval", "session"]),
  created_at: text,
  /** Only with the source `session`: the conversation in which it counts; null: a program, or the host outside conversations. */
  session_id: z.optional(z.nullable(text)),
});

const HostDocument = z.object({ plugin_id: text, host: text, port: z.nullable(z.number()), created_at: text });

const ToolText = z.string().check(z.trim(), z.minLength(1), z.maxLength(PLUGIN_ID_CHARS_MAX + 1 + TOOL_ID_CHARS_MAX));
const PluginText = z.string().check(z.trim(), z.maxLength(PLUGIN_ID_CHARS_MAX));
const HostText = z.string().check(z.trim(), z.maxLength(HOST_TARGET_CHARS_MAX));
const OfAgent = "an agent's id or name";

export const PERMISSIONS_API = {
  list_permissions: endpoint({
    method: "GET",
    path: "/permissions",
    name: "list_permissions",
    summary: "lists what counts for each tool and why, what was decided, and private hosts that plugins may reach",
    query: {
      agent: {
        about: `${OfAgent}: what counts for it; without it, for agents about which nothing was decided`,
        schema: AgentName,
      },
    },
    answer: z.object({
      tools: z.array(ToolPermission),
      /** Tools that do not run, whatever their policy is. */
      held_back: z.array(z.object({ plugin_id: text, tool_id: text, reason: text, approval_id: z.nullable(text) })),
      grants: z.array(GrantDocument),
      hosts: z.array(HostDocument),
    }),
    needsWholeKey: true,
  }),
  set_permission: endpoint({
    method: "PUT",
    path: "/permissions",
    name: "set_permission",
    summary: "decides about a tool, for one agent or for all; auto approves its definition as it is now",
    body: z.strictObject({ tool: ToolText, policy: Policy, agent: z.optional(z.nullable(AgentName)) }),
    answer: z.object({
      plugin_id: text,
      tool_id: text,
      agent_id: z.nullable(text),
      policy: Policy,
      /** Agents for whom something else was decided. */
      others: z.array(GrantDocument),
    }),
    needsWholeKey: true,
  }),
  reset_permissions: endpoint({
    method: "DELETE",
    path: "/permissions",
    name: "reset_permissions",
    summary: "forgets what was decided: all of it, or what is about one tool or one agent",
    query: {
      tool: { about: "a tool, as `PLUGIN/TOOL` or by its name", schema: ToolText },
      agent: { about: OfAgent, schema: AgentName },
    },
    answer: z.object({ forgotten: z.array(GrantDocument) }),
    needsWholeKey: true,
  }),
  allow_host: endpoint({
    method: "PUT",
    path: "/permissions/hosts",
    name: "allow_host",
    summary: "lets a plugin reach a host in a private network over HTTP",
    body: z.strictObject({ plugin: PluginText, host: HostText }),
    answer: z.object({ plugin_id: text, host: text, port: z.nullable(z.number()), is_new: z.boolean() }),
    needsWholeKey: true,
  }),
  revoke_host: endpoint({
    method: "DELETE",
    path: "/permissions/hosts",
    name: "revoke_host",
    summary: "takes that back: for one port, or, without one, for the host and all its ports",
    query: {
      plugin: { about: "a plugin's id", schema: PluginText },
      host: { about: "a name or an address, with or without a port", schema: HostText },
    },
    answer: z.object({ removed: z.array(HostDocument), left: z.array(HostDocument) }),
    needsWholeKey: true,
  }),
} as const;
