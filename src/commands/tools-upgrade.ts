// `osaurus tools upgrade`: installs what a registry has newer. One plugin's failure keeps no other from being upgraded.

import { parseOrderedJson } from "../base/ordered-json.ts";
import { EXIT } from "../protocol/errors.ts";
import { printFailureLines } from "../terminal/failure-lines.ts";
import { lookOf } from "../terminal/look.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { askInstall } from "./ask-install.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
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
    const failures = upgraded.flatMap(({ pluginId, error }) => (error ? [{ pluginId, error }] : []));
    if (settings.json) {
      const rows = upgraded.map(({ pluginId, error, ...row }) =>
        rowOf({
          plugin_id: pluginId,
          ...row,
          upgraded: error === undefined,
          error: error && parseOrderedJson(JSON.stringify(error.toBody().error)),
        }),
      );
      await showRows(input, settings, rows);
    } else {
      if (upgraded.length === 0) io.stdout.write("All up to date.\n");
      for (const { pluginId, available, error } of upgraded) {
        if (!error) io.stdout.write(`${neutralise(`Upgraded ${pluginId} to ${available}`)}\n`);
      }
    }
    const look = lookOf(io.stderr, io.env, settings.wish);
    for (const { pluginId, error } of failures) {
      printFailureLines(io, `${pluginId} was not upgraded: ${error.message}`, error.code, error.hint, look);
    }
    if (failures.length === 0) return EXIT.done;
    return failures.length === 1 ? failures[0]!.error.exitCode : EXIT.reportedFailure;
  },
};
