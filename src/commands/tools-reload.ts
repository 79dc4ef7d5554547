// osaurus tools reload: loads installed plugins afresh, here and in every host that runs on the same data folder.

import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { showInstalled } from "./show-installed.ts";
import { withHost } from "./with-host.ts";

export const toolsReload: Command = {
  usage: "[ID]",
  about: "Loads installed native plugins afresh. Hosts that run on do so too; calls that run there finish first.",
  positionals: { min: 0, max: 1 },
  isResident: () => true,
  async run(input) {
    const settings = await input.settings();
    const [id] = input.positionals;
    const plugins = await withHost(input.io, input.flags, async (host) => (await host.native()).reload(id));
    await showInstalled(input, settings, plugins);
    notify(input.io, settings, "success", "Reload signal sent.");
    const failed = plugins.find((plugin) => plugin.error);
    return failed?.error?.exitCode ?? EXIT.done;
  },
};
