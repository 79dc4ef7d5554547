// /api/v1/keys: access keys, for whoever has one that is not for one agent alone. The key itself is told once.

import * as z from "zod/mini";
import { accessKeyDocument } from "../../host/access-keys-host.ts";
import { ACCESS_KEY_NAME_CHARS_MAX } from "../../protocol/limits.ts";
import { type ApiRoute, apiRoute, apiRouteWithBody } from "./api-route.ts";
import { AgentName, KeyDocument, NewKeyDocument } from "./documents.ts";

const TIME_CHARS_MAX = 100;

/** What a name and a time may be is looked at by whoever keeps keys. */
const NewKey = z.strictObject({
  name: z.optional(z.string().check(z.maxLength(ACCESS_KEY_NAME_CHARS_MAX))),
  /** An id or a name; without it the key is for every agent. */
  agent_id: z.optional(z.nullable(AgentName)),
  /** An ISO time; without it the key lets in until it is revoked. */
  expires_at: z.optional(z.nullable(z.string().check(z.maxLength(TIME_CHARS_MAX)))),
});

export const KEY_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: "GET",
    path: "/keys",
    name: "list_keys",
    summary: "lists access keys, those too that let nobody in any more",
    answer: z.object({ keys: z.array(KeyDocument) }),
    needsWholeKey: true,
    handle: async ({ host }) => ({ keys: (await (await host.accessKeys()).list()).map(accessKeyDocument) }),
  }),
  apiRouteWithBody({
    method: "POST",
    path: "/keys",
    name: "create_key",
    summary: "makes an access key; the answer is the only one that has it",
    body: NewKey,
    answer: NewKeyDocument,
    status: 201,
    needsWholeKey: true,
    async handle({ host, body }) {
      const { name = "", agent_id: named = null, expires_at: expiresAt = null } = body;
      const agentId = named === null ? null : (await (await host.agents()).find(named)).id;
      const { key, entry } = await (await host.accessKeys()).create({ name, agentId, expiresAt });
      return {
        id: entry.id,
        name: entry.name,
        key,
        ...(entry.agentId === null ? {} : { agent_id: entry.agentId }),
        ...(entry.expiresAt === null ? {} : { expires_at: entry.expiresAt }),
      };
    },
  }),
  apiRoute({
    method: "DELETE",
    path: "/keys/{key}",
    name: "revoke_key",
    summary: "makes an access key worthless",
    params: { key: "the id or the name of an access key; never the key itself" },
    answer: KeyDocument,
    needsWholeKey: true,
    handle: async ({ host, params }) => accessKeyDocument(await (await host.accessKeys()).revoke(params["key"]!)),
  }),
];
