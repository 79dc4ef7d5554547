// `osp plugins refresh`: forgets what plugins said of themselves and asks them again.

import { JsonNumber } from "../base/ordered-json.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { openProcessHost } from "./open-process-host.ts";
import { rowOf, showRows } from "./show-rows.ts";

export const pluginsRefresh: Command = {
  usage: "",
  about: "Asks all process plugins again what they offer, also those whose answer is remembered.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const host = await openProcessHost(io, { config: settings.config, ...flags });
    const { forgotten, described, plugins } = await host.refresh();
    const broken = plugins.filter((plugin) => !plugin.healthy).length;
    if (settings.json) {
      const row = rowOf(numbers({ forgotten, described, broken }));
      await showRows(input, settings, [row], { single: true });
      return EXIT.done;
    }
    const remark = broken === 0 ? "" : `; ${broken} cannot be used: run "${input.program} plugins doctor"`;
    notify(io, settings, "success", `asked ${described} plugin${described === 1 ? "" : "s"} again${remark}`);
    return EXIT.done;
  },
};

function numbers(counts: Readonly<Record<string, number>>) {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, new JsonNumber(String(count))]));
}
