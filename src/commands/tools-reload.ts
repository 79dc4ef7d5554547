// osaurus tools reload: loads installed plugins afresh, here and in every host that runs on the same data folder.

import { EXIT, HostError } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { showInstalled } from "./show-installed.ts";
import { withHost } from "./with-host.ts";

export const toolsReload: Command = {
  usage: "[ID] [--changed]",
  options: {
    changed: { type: "boolean", about: "only what was installed anew since it was loaded; tells no other host" },
  },
  about: "Loads installed native plugins afresh. Hosts that run on do so too; calls that run there finish first.",
  positionals: { min: 0, max: 1 },
  isResident: () => true,
  async run(input) {
    const settings = await input.settings();
    const [id] = input.positionals;
    const isChangedOnly = input.options["changed"] === true;
    if (isChangedOnly && id !== undefined)
      throw new HostError("usage_invalid", "--changed is for all plugins: name none");
    const plugins = await withHost(input.io, input.flags, async (host) => {
      const native = await host.native();
      return isChangedOnly ? await native.catchUp() : await native.reload(id);
    });
    await showInstalled(input, settings, plugins);
    if (!isChangedOnly) notify(input.io, settings, "success", "Reload signal sent.");
    const failed = plugins.find((plugin) => plugin.error);
    return failed?.error?.exitCode ?? EXIT.done;
  },
};
