// osaurus tools list: the installed native plugins, each loaded to see whether it can be.

import { formatOrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import type { Host } from "../host/create-host.ts";
import { EXIT } from "../protocol/errors.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Row } from "../terminal/rows.ts";
import type { Command } from "./command.ts";
import { showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const toolsList: Command = {
  usage: "",
  about: "Lists installed native plugins, their state and their tools.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const plugins = await withHost(io, flags, async (host) => (await host.native()).list());
    if (settings.json) {
      io.stdout.write(`${formatOrderedJson(parseOrderedJson(JSON.stringify(plugins.map(jsonRow))), 2)}\n`);
      return EXIT.done;
    }
    if (plugins.length === 0) {
      io.stderr.write("(no plugins installed)\n");
      return EXIT.done;
    }
    const rows = plugins.map(jsonRow).map((row) => parseOrderedJson(JSON.stringify(row)) as Row);
    await showRows(input, settings, rows, { columns: ["plugin_id", "version", "state", "abi", "tools"] });
    for (const { pluginId, error } of plugins) {
      if (error) io.stderr.write(`${neutralise(`${pluginId}: ${error.message} [${error.code}]`)}\n`);
    }
    return EXIT.done;
  },
};

type Status = Awaited<ReturnType<Awaited<ReturnType<Host["native"]>>["list"]>>[number];

function jsonRow({ pluginId, version, state, loaded, pid, error }: Status) {
  return {
    plugin_id: pluginId,
    version,
    state: state === "loaded" ? "loaded" : "failed",
    ...(error ? { error: error.toBody().error } : {}),
    abi: loaded?.abi ?? null,
    tools: (loaded?.manifest.capabilities.tools ?? []).map((tool) => tool.id),
    // Nothing is signed yet, so nothing was verified.
    unsigned: true,
    ...(pid === undefined ? {} : { pid }),
  };
}
