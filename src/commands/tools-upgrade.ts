// `osaurus tools upgrade`: installs what a registry has newer. One plugin's failure keeps no other from being upgraded.

import { neutralise } from "../terminal/neutralise.ts";
import { askInstall } from "./ask-install.ts";
import { hostCatchesUp } from "./catch-up.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { errorMember, reportFailures } from "./registry-failures.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const toolsUpgrade: Command = {
  usage: "[ID] [--consent]",
  about: "Installs newer versions of installed plugins from the registries: of one, or of all.",
  positionals: { min: 0, max: 1 },
  options: { consent: { type: "boolean", about: "consent to what the new versions ask for" } },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const note = (text: string) => notify(io, settings, "warning", text);
    const how = { consentGiven: input.options["consent"] === true, ask: askInstall(io) };
    const upgraded = await withHost(io, flags, async (host) =>
      (await host.registries(note)).upgrade(input.positionals[0], how),
    );
    const done = upgraded.flatMap(({ pluginId, available, error }) =>
      error === undefined && available !== undefined ? [[pluginId, available] as const] : [],
    );
    if (done.length > 0) await hostCatchesUp(input, settings, new Map(done));
    if (settings.json) {
      const rows = upgraded.map(({ pluginId, error, ...row }) =>
        rowOf({
          plugin_id: pluginId,
          ...row,
          upgraded: error === undefined,
          error: errorMember(error),
        }),
      );
      await showRows(input, settings, rows);
    } else {
      if (upgraded.length === 0) io.stdout.write("All up to date.\n");
      for (const { pluginId, available, error } of upgraded) {
        if (!error) io.stdout.write(`${neutralise(`Upgraded ${pluginId} to ${available}`)}\n`);
      }
    }
    const what = (count: number) => (count === 1 ? " was not upgraded" : " were not upgraded");
    return reportFailures(io, settings, upgraded, what);
  },
};
