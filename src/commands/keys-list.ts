// osaurus keys list: the access keys that were made. Never the keys themselves: nobody has them here.

import { accessKeyDocument } from "../host/access-keys-host.ts";
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
    const rows = keys.map((key) => {
      const document = accessKeyDocument(key);
      if (settings.json) return rowOf(document);
      const { agent_id, expires_at } = document;
      const shown = `${key.shown}…`;
      return rowOf({ ...document, shown, agent_id: agent_id ?? "(all)", expires_at: expires_at ?? "never" });
    });
    const columns = ["id", "name", "shown", "state", "agent_id", "expires_at"];
    await showRows(input, settings, rows, { columns, empty: "there are no access keys" });
    return EXIT.done;
  },
};
