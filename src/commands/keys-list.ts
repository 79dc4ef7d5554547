// osaurus keys list: the access keys that were made. Never the keys themselves: nobody has them here.

import { isExpired } from "../host/access-keys-host.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const keysList: Command = {
  usage: "",
  about: "Lists access keys, those too that let nobody in any more: how each begins, never the whole key.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const keys = await withHost(input.io, input.flags, async (host) => (await host.accessKeys()).list());
    const rows = keys.map((key) =>
      rowOf({
        id: key.id,
        name: key.name,
        shown: settings.json ? key.shown : `${key.shown}…`,
        state: key.revokedAt !== null ? "revoked" : isExpired(key, Date.now()) ? "expired" : "valid",
        agent_id: settings.json ? key.agentId : (key.agentId ?? "(all)"),
        created_at: key.createdAt,
        expires_at: settings.json ? key.expiresAt : (key.expiresAt ?? "never"),
        revoked_at: key.revokedAt,
      }),
    );
    const columns = ["id", "name", "shown", "state", "agent_id", "expires_at"];
    await showRows(input, settings, rows, { columns, empty: "there are no access keys" });
    return EXIT.done;
  },
};
