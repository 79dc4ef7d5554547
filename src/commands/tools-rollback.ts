// osaurus tools rollback: back to the version before.

import { EXIT } from "../protocol/errors.ts";
import { harmlessLines } from "../terminal/labelled.ts";
import { hostCatchesUp } from "./catch-up.ts";
import type { Command } from "./command.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const toolsRollback: Command = {
  usage: "PLUGIN_ID",
  about: "Goes back to the highest installed version below the one in use.",
  positionals: { min: 1, max: 1 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const pluginId = input.positionals[0]!;
    const { from, to } = await withHost(io, flags, async (host) => (await host.installs()).rollback(pluginId));
    await hostCatchesUp(input, settings, new Map([[pluginId, to]]));
    if (settings.json) {
      await showRows(input, settings, [rowOf({ plugin_id: pluginId, version: to, previous: from })], { single: true });
    } else {
      io.stdout.write(`Rolled back ${harmlessLines(`${pluginId} to ${to}`)}\n`);
    }
    return EXIT.done;
  },
};
