// osaurus agents delete: an agent, and all that was kept for it.

import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { oneLine } from "./setting-notes.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const agentsDelete: Command = {
  usage: "AGENT",
  about:
    "Deletes an agent, its conversations, the settings and secrets that plugins have for it, and what was decided for it. Access keys for it alone are revoked.",
  positionals: { min: 1, max: 1 },
  async run(input) {
    const [named] = input.positionals as [string];
    const settings = await input.settings();
    const { id, name } = await withHost(input.io, input.flags, async (host) => (await host.agents()).delete(named));
    if (settings.json) await showRows(input, settings, [rowOf({ id, name, deleted: true })], { single: true });
    else notify(input.io, settings, "success", oneLine(`agent "${name}" deleted`));
    return EXIT.done;
  },
};
