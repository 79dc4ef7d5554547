// osaurus tools verify: compares installed libraries with their receipts. Nothing is loaded.

import { parseOrderedJson } from "../base/ordered-json.ts";
import type { Host } from "../host/create-host.ts";
import { EXIT } from "../protocol/errors.ts";
import { harmlessLines } from "../terminal/labelled.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const toolsVerify: Command = {
  usage: "",
  about: "Compares installed native plugins with their receipts.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const { io, flags } = input;
    const settings = await input.settings();
    const found = await withHost(io, flags, async (host) => (await host.installs()).verify());
    if (settings.json) await showRows(input, settings, found.map(jsonRow));
    else {
      if (found.length === 0) notify(io, settings, "info", "no plugins installed");
      for (const one of found) io.stdout.write(`${harmlessLines(textLine(one))}\n`);
    }
    for (const { pluginId, warning } of found) {
      if (warning !== undefined) notify(io, settings, "warning", `${pluginId}: ${warning}`);
    }
    return found.some(({ error }) => error !== undefined) ? EXIT.reportedFailure : EXIT.done;
  },
};

type Verification = Awaited<ReturnType<Awaited<ReturnType<Host["installs"]>>["verify"]>>[number];

function textLine({ pluginId, version, file, error, unsigned, dev }: Verification): string {
  const name = version === undefined ? pluginId : `${pluginId}@${version}`;
  if (error !== undefined) return `FAIL  ${name}  ${error.message} [${error.code}]`;
  return `OK  ${name}  ${file}${dev ? "  (dev)" : unsigned ? "  (unsigned)" : ""}`;
}

function jsonRow({ pluginId, version, file, error, unsigned, dev, publicKey }: Verification) {
  return rowOf({
    plugin_id: pluginId,
    version: version ?? null,
    ok: error === undefined,
    file: file ?? null,
    unsigned,
    dev: dev ? true : undefined,
    public_key: publicKey ?? null,
    error: error && parseOrderedJson(JSON.stringify(error.toBody().error)),
  });
}
