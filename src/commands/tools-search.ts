// `osaurus tools search`: what the registries have.

import { EXIT } from "../protocol/errors.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const toolsSearch: Command = {
  usage: "[TEXT]",
  about: "Lists the plugins of all registries whose id or name contains the text.",
  positionals: { min: 0, max: 1 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const note = (text: string) => notify(io, settings, "warning", text);
    const text = input.positionals[0] ?? "";
    const found = await withHost(io, flags, async (host) => (await host.registries(note)).search(text));
    if (settings.json || settings.format !== "auto") {
      const rows = found.map(({ pluginId, latest, runsHere, name, description, registry }) =>
        rowOf({
          plugin_id: pluginId,
          latest: latest ?? null,
          name: name ?? null,
          description,
          registry,
          runs_here: runsHere,
        }),
      );
      await showRows(input, settings, rows, { columns: ["plugin_id", "latest", "name", "registry"] });
      return EXIT.done;
    }
    if (found.length === 0) io.stderr.write("(no matches)\n");
    for (const { pluginId, latest = "-", runsHere, name = "" } of found) {
      const where = runsHere ? "" : "\t(not for this system)";
      io.stdout.write(`${oneLine(`${pluginId}\tlatest: ${latest}\t${name}${where}`)}\n`);
    }
    return EXIT.done;
  },
};

function oneLine(text: string): string {
  return neutralise(text).replaceAll(/\s*\n\s*/g, " ");
}
