// /api/v1/approvals: calls that wait for somebody's consent, tools whose definition changed, and answering both.

import * as z from "zod/mini";
import { APPROVAL_ARGUMENTS_CHARS_MAX } from "../limits.ts";
import { endpoint } from "./endpoint.ts";

const APPROVAL_PARAM = { id: "the id of what waits" };

const text = z.string();
const REMEMBER = ["once", "session", "always"] as const;

const CallApproval = z.object({
  id: text,
  kind: z.literal("call"),
  plugin_id: text,
  /** The tool's own id. */
  tool: text,
  agent_id: text,
  /** Null: there is no such agent any more. */
  agent_name: z.nullable(text),
  /** The session for which an answer for the session holds; null: it holds until the program that asks ends. */
  session_id: z.nullable(text),
  description: text,
  requirements: z.array(text),
  /** The arguments, JSON text; of longer ones the beginning. */
  input: text,
  created_at: text,
  expires_at: text,
});

const DefinitionApproval = z.object({
  id: text,
  kind: z.literal("definition"),
  plugin_id: text,
  tool: text,
  old: text,
  new: text,
  /** `+ new`, `- old`, and what is around them. */
  diff: text,
  created_at: text,
});

const ApprovalDocument = z.discriminatedUnion("kind", [CallApproval, DefinitionApproval]);

const Answer = z.strictObject({
  decision: z.enum(["allow", "deny"]),
  /** A changed definition is answered for good; a call once, without it. */
  remember: z.optional(z.enum(REMEMBER)),
  /** JSON text, or the object itself: the call is made with these in place of its own. */
  arguments: z.optional(
    z.union([z.string().check(z.maxLength(APPROVAL_ARGUMENTS_CHARS_MAX)), z.record(z.string(), z.unknown())]),
  ),
});

export const APPROVALS_API = {
  list_approvals: endpoint({
    method: "GET",
    path: "/approvals",
    name: "list_approvals",
    summary: "lists calls that wait for consent, oldest first, and tools whose definition changed",
    answer: z.object({ approvals: z.array(ApprovalDocument) }),
    needsWholeKey: true,
  }),
  show_approval_arguments: endpoint({
    method: "GET",
    path: "/approvals/{id}/arguments",
    name: "show_approval_arguments",
    summary: "shows the whole arguments of a call that waits, and what the tool takes",
    params: APPROVAL_PARAM,
    answer: z.object({
      id: text,
      /** JSON text. Null: too long to be kept, so that they cannot be changed either. */
      arguments: z.nullable(text),
      /** JSON Schema; null: the tool takes anything, or see above. */
      schema: z.unknown(),
    }),
    needsWholeKey: true,
  }),
  answer_approval: endpoint({
    method: "POST",
    path: "/approvals/{id}",
    name: "answer_approval",
    summary: "allows or denies a call, also with other arguments, or a changed definition; the first answer counts",
    params: APPROVAL_PARAM,
    body: Answer,
    answer: z.object({
      id: text,
      kind: z.enum(["call", "definition"]),
      plugin_id: text,
      tool: text,
      agent_id: z.nullable(text),
      status: z.enum(["allowed", "denied"]),
      remember: z.enum(REMEMBER),
      /** The call is made with other arguments. */
      edited: z.boolean(),
    }),
    needsWholeKey: true,
  }),
} as const;
