// osaurus status: whether a host serves the data folder, and where.

import { JsonNumber } from "../base/ordered-json.ts";
import { resolvePaths } from "../base/paths.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { foundHost } from "../server/serve-file.ts";
import type { Command } from "./command.ts";
import { rowOf, showRows } from "./show-rows.ts";

export const status: Command = {
  usage: "",
  about: "Says whether a host serves this data folder, and at which URL.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const paths = resolvePaths({ env: input.io.env, platform: process.platform });
    const found = await foundHost(paths);
    if (found === undefined) throw notRunning(paths.data);
    const row = rowOf({ running: true, pid: new JsonNumber(String(found.pid)), url: found.url });
    await showRows(input, settings, [row], { single: true });
    return EXIT.done;
  },
};

export function notRunning(data: string): HostError {
  return new HostError("host_not_running", `no host serves the data folder ${data}`, {
    hint: '"osaurus serve" starts one',
    details: { running: false },
  });
}
