// osaurus tools uninstall: removes a native plugin.

import { EXIT } from "../protocol/errors.ts";
import { harmlessLines } from "../terminal/labelled.ts";
import { hostCatchesUp } from "./catch-up.ts";
import type { Command } from "./command.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const toolsUninstall: Command = {
  usage: "PLUGIN_ID | FOLDER [--keep-data]",
  about: "Removes a native plugin, all its versions and what it kept.",
  options: { "keep-data": { type: "boolean", about: "leave what the plugin itself kept" } },
  positionals: { min: 1, max: 1 },
  async run(input) {
    const { io, flags, options } = input;
    const settings = await input.settings();
    const keepData = options["keep-data"] === true;
    const name = await withHost(io, flags, async (host) =>
      (await host.installs()).uninstall(input.positionals[0]!, { keepData }),
    );
    await hostCatchesUp(input, settings, new Map());
    if (settings.json) {
      await showRows(input, settings, [rowOf({ plugin_id: name, data_kept: keepData })], { single: true });
    } else {
      io.stdout.write(`Uninstalled ${harmlessLines(name)}\n`);
    }
    return EXIT.done;
  },
};
