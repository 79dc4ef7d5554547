// What the control API answers with, as schemas, and what several of its requests have in them: the description of the API is made of them, and the compiler and tests
// hold the answers to them.

import * as z from "zod/mini";
import { AGENT_NAME_CHARS_MAX } from "../limits.ts";
import { TASK_EVENT, TASK_STATUSES } from "../task.ts";

const text = z.string();
const textOrNull = z.nullable(z.string());
const number = z.number();

const errorMembers = {
  code: text,
  message: text,
  hint: z.optional(text),
  details: z.optional(z.record(text, z.unknown())),
};

/** Of a failure that is a part of an answer. */
export const ErrorMembers = z.object(errorMembers);

/** Of a failure. */
export const ErrorDocument = z.object({ error: z.object(errorMembers) });

/** Of an agent, or its id, as requests have it. */
export const AgentName = z.string().check(z.normalize(), z.trim(), z.maxLength(AGENT_NAME_CHARS_MAX));

const ToolsDocument = z.discriminatedUnion("mode", [
  z.object({ mode: z.literal("all") }),
  z.object({ mode: z.literal("only"), names: z.array(text) }),
  z.object({ mode: z.literal("except"), names: z.array(text) }),
]);

export const AgentDocument = z.object({
  id: text,
  name: text,
  model: textOrNull,
  default: z.boolean(),
  address: text,
  prompt: text,
  temperature: z.nullable(number),
  max_tokens: z.nullable(number),
  tools: ToolsDocument,
  created_at: textOrNull,
});

export const KeyDocument = z.object({
  id: text,
  name: text,
  shown: text,
  state: z.enum(["valid", "expired", "revoked"]),
  agent_id: textOrNull,
  created_at: text,
  expires_at: textOrNull,
  revoked_at: textOrNull,
});

/** The only answer that has the key itself. */
export const NewKeyDocument = z.object({
  id: text,
  name: text,
  key: text,
  agent_id: z.optional(text),
  expires_at: z.optional(text),
});

export const PluginDocument = z.object({
  plugin_id: text,
  version: text,
  state: z.enum(["loaded", "failed", "quarantined", "consent_required"]),
  error: z.optional(z.object(errorMembers)),
  abi: z.nullable(number),
  tools: z.array(text),
  unsigned: z.boolean(),
  /** It is an author's own build, which `tools dev` put there. */
  dev: z.optional(z.boolean()),
  pid: z.optional(number),
  /** As the plugin's manifest has it. */
  name: z.optional(text),
  description: z.optional(text),
  /** All that are installed, the lowest first. */
  versions: z.optional(z.array(text)),
  /** Where the version was installed from. */
  source: z.optional(text),
});

const row = {
  id: text,
  title: text,
  status: z.enum(TASK_STATUSES),
  plugin_id: text,
  agent_id: text,
  session_id: text,
  session_key: textOrNull,
  round: number,
  resumes: number,
  is_served: z.boolean(),
  current_step: textOrNull,
  question: z.nullable(
    z.object({ question: text, allow_multiple: z.boolean(), options: z.optional(z.readonly(z.array(text))) }),
  ),
  summary: textOrNull,
  error_code: textOrNull,
  created_at: text,
  updated_at: text,
  ended_at: textOrNull,
};

export const TaskRowDocument = z.object(row);

export const TaskDocument = z.object({
  ...row,
  tools: z.readonly(z.array(text)),
  artifacts: z.readonly(
    z.array(
      z.object({
        filename: text,
        mime_type: text,
        size: number,
        host_path: text,
        is_directory: z.boolean(),
        description: z.optional(text),
      }),
    ),
  ),
  draft: z.unknown(),
  output: textOrNull,
});

const TASK_EVENT_KINDS = Object.keys(TASK_EVENT) as (keyof typeof TASK_EVENT)[];

export const TaskEventDocument = z.object({
  task_id: text,
  seq: number,
  kind: z.enum(TASK_EVENT_KINDS),
  type: number,
  payload: z.readonly(z.record(text, z.unknown())),
  at: text,
  told_at: textOrNull,
});

/** Those that are used more than once in the description, by their names there. */
export const SHARED_DOCUMENTS: Readonly<Record<string, z.ZodMiniType>> = {
  Error: ErrorDocument,
  Agent: AgentDocument,
  Tools: ToolsDocument,
  AccessKey: KeyDocument,
  Plugin: PluginDocument,
  TaskRow: TaskRowDocument,
  Task: TaskDocument,
  TaskEvent: TaskEventDocument,
};
