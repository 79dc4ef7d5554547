// osaurus tools list: the installed native plugins, each loaded to see whether it can be.

import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { showInstalled } from "./show-installed.ts";
import { withHost } from "./with-host.ts";

export const toolsList: Command = {
  usage: "",
  about: "Lists installed native plugins, their state and their tools.",
  positionals: { min: 0, max: 0 },
  isResident: () => true,
  async run(input) {
    const settings = await input.settings();
    const plugins = await withHost(input.io, input.flags, async (host) => (await host.native()).list());
    await showInstalled(input, settings, plugins);
    return EXIT.done;
  },
};
