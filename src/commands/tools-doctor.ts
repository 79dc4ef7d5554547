// `osaurus tools doctor`: what is wrong with installed native plugins, with a library, or with the project one is in.

import { EXIT } from "../protocol/errors.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Command } from "./command.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const toolsDoctor: Command = {
  usage: "[ID|LIB|DIR|all]",
  about:
    "Examines installed native plugins, a library that is not installed, or the project in this folder. No function of a plugin is called.",
  positionals: { min: 0, max: 1 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const target = input.positionals[0];
    const findings = await withHost(io, flags, async (host) => (await host.doctor()).examine(target));
    const exit = findings.some(({ status }) => status === "fail") ? EXIT.reportedFailure : EXIT.done;
    if (settings.json || settings.format !== "auto") {
      const rows = findings.map(({ pluginId, code, status, label, detail, hint }) =>
        rowOf({ plugin_id: pluginId, code, status, label, detail, hint: hint ?? null }),
      );
      await showRows(input, settings, rows, { columns: ["plugin_id", "status", "label", "detail", "hint"] });
      return exit;
    }
    if (findings.length === 0) io.stderr.write("(no plugins installed)\n");
    let last: string | undefined;
    for (const { pluginId, status, label, detail, hint } of findings) {
      if (pluginId !== undefined && pluginId !== last) io.stdout.write(`${neutralise(pluginId)}\n`);
      last = pluginId;
      io.stdout.write(`${oneLine(`[${status.toUpperCase()}] ${label} - ${detail}`)}\n`);
      if (hint !== undefined && status !== "ok") io.stdout.write(`${oneLine(`       ${hint}`)}\n`);
    }
    return exit;
  },
};

/** Names of files and texts of the system's loader may hold line breaks. */
function oneLine(text: string): string {
  return neutralise(text).replaceAll(/\s*\n\s*/g, " ");
}
