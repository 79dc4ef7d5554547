// osaurus tools reset: forgets which plugins crashed while they were loaded, and what was kept of registries.

import { parseOrderedJson } from "../base/ordered-json.ts";
import { EXIT } from "../protocol/errors.ts";
import { jsonText } from "../terminal/json-text.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { withHost } from "./with-host.ts";

export const toolsReset: Command = {
  usage: "",
  about: "Releases all native plugins from quarantine and forgets what was kept of registries.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const released = await withHost(input.io, input.flags, async (host) => {
      await (await host.registries()).clearCache();
      return await (await host.native()).resetQuarantine();
    });
    if (settings.json) input.io.stdout.write(jsonText(parseOrderedJson(JSON.stringify({ released }))));
    const plural = released === 1 ? "plugin was" : "plugins were";
    notify(input.io, settings, "success", `${released} ${plural} released from quarantine`);
    return EXIT.done;
  },
};
