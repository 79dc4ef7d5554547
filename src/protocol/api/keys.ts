// /api/v1/keys: access keys. The key itself is told once.

import * as z from "zod/mini";
import { ACCESS_KEY_NAME_CHARS_MAX } from "../limits.ts";
import { AgentName, KeyDocument, NewKeyDocument } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

const TIME_CHARS_MAX = 100;

/** What a name and a time may be is looked at by whoever keeps keys. */
const NewKey = z.strictObject({
  name: z.optional(z.string().check(z.maxLength(ACCESS_KEY_NAME_CHARS_MAX))),
  /** An id or a name; without it the key is for every agent. */
  agent_id: z.optional(z.nullable(AgentName)),
  /** An ISO time; without it the key lets in until it is revoked. */
  expires_at: z.optional(z.nullable(z.string().check(z.maxLength(TIME_CHARS_MAX)))),
});

export const KEYS_API = {
  list_keys: endpoint({
    method: "GET",
    path: "/keys",
    name: "list_keys",
    summary: "lists access keys, those too that let nobody in any more",
    answer: z.object({ keys: z.array(KeyDocument) }),
    needsWholeKey: true,
  }),
  create_key: endpoint({
    method: "POST",
    path: "/keys",
    name: "create_key",
    summary: "makes an access key; the answer is the only one that has it",
    body: NewKey,
    answer: NewKeyDocument,
    status: 201,
    needsWholeKey: true,
  }),
  revoke_key: endpoint({
    method: "DELETE",
    path: "/keys/{key}",
    name: "revoke_key",
    summary: "makes an access key worthless",
    params: { key: "the id or the name of an access key; never the key itself" },
    answer: KeyDocument,
    needsWholeKey: true,
  }),
} as const;
