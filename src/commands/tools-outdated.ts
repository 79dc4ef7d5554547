// `osaurus tools outdated`: installed plugins that a registry has a newer version of.

import { neutralise } from "../terminal/neutralise.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { errorMember, reportFailures } from "./registry-failures.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const toolsOutdated: Command = {
  usage: "",
  about: "Lists installed plugins that a registry has a newer version of.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const note = (text: string) => notify(io, settings, "warning", text);
    const outdated = await withHost(io, flags, async (host) => (await host.registries(note)).outdated());
    if (settings.json || settings.format !== "auto") {
      const rows = outdated.map(({ pluginId, error, ...row }) =>
        rowOf({ plugin_id: pluginId, ...row, error: errorMember(error) }),
      );
      await showRows(input, settings, rows, { columns: ["plugin_id", "installed", "available", "registry"] });
    } else {
      if (outdated.length === 0) io.stdout.write("All up to date.\n");
      for (const { pluginId, installed, available, error } of outdated) {
        if (error) continue;
        io.stdout.write(`${neutralise(`${pluginId}\tinstalled: ${installed}\tavailable: ${available}`)}\n`);
      }
    }
    return reportFailures(io, settings, outdated, () => "");
  },
};
