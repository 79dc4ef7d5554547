// /api/v1/storage: where things are kept, how large they are, and how they are protected.

import { STORAGE_API } from "../../protocol/api/storage.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const STORAGE_ROUTES: readonly ApiRoute[] = [
  apiRoute(STORAGE_API.show_storage, async ({ host }) => {
    const { dataFolder, freeBytes, parts, keys, findings } = await (await host.storage()).report();
    return {
      data_folder: dataFolder,
      free_bytes: freeBytes,
      parts: parts.map(({ kind, name, path, bytes }) => ({ kind, name, path, bytes })),
      keys: {
        protected_by: keys.protectedBy,
        made_at: keys.madeAt,
        has_recovery_key: keys.hasRecoveryKey,
        older: keys.older,
      },
      findings: findings.map(({ code, status, label, detail, hint = null }) => ({ code, status, label, detail, hint })),
    };
  }),
];
