// osaurus tools package: packs a library and what belongs to it into a zip archive.

import { EXIT } from "../protocol/errors.ts";
import { harmlessLines } from "../terminal/labelled.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const toolsPackage: Command = {
  usage: "PLUGIN_ID VERSION [LIB]",
  about: "Packs the library of this folder, its web pages, skills and documents into PLUGIN_ID-VERSION.zip.",
  positionals: { min: 2, max: 3 },
  async run(input) {
    const { io, flags } = input;
    const [pluginId, version, library] = input.positionals as [string, string, string?];
    const settings = await input.settings();
    const packed = await withHost(io, flags, async (host) =>
      (await host.installs()).pack({ pluginId, version }, library),
    );
    if (packed.unread !== undefined) {
      const { code, message } = packed.unread;
      const isForeign = code === "library_wrong_machine";
      const why = isForeign
        ? `the package is not for this machine: ${message}`
        : `its library was not loaded: ${message}`;
      notify(
        io,
        settings,
        "warning",
        `${why}; it has no manifest, so whoever installs it is not told what it asks for`,
      );
    }
    if (settings.json) {
      const row = rowOf({ path: packed.path, plugin_id: pluginId, version, files: [...packed.files] });
      await showRows(input, settings, [row], { single: true });
      return EXIT.done;
    }
    io.stdout.write(`Created ${harmlessLines(packed.path)}\n`);
    notify(io, settings, "info", `it holds ${packed.files.length} files: ${packed.files.join(", ")}`);
    notify(io, settings, "info", `to install it: ${input.program} tools install ${packed.path} --allow-unsigned`);
    return EXIT.done;
  },
};
