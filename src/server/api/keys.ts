// /api/v1/keys: access keys, for whoever has one that is not for one agent alone. The key itself is told once.

import { accessKeyDocument } from "../../host/access-keys-host.ts";
import { KEYS_API } from "../../protocol/api/keys.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const KEY_ROUTES: readonly ApiRoute[] = [
  apiRoute(KEYS_API.list_keys, async ({ host }) => ({
    keys: (await (await host.accessKeys()).list()).map(accessKeyDocument),
  })),
  apiRoute(KEYS_API.create_key, async ({ host, body }) => {
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
  }),
  apiRoute(KEYS_API.revoke_key, async ({ host, params }) =>
    accessKeyDocument(await (await host.accessKeys()).revoke(params.key)),
  ),
];
