// osaurus tunnel status: whether agents have public addresses now, and which.

import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { offlineTunnel } from "./offline-tunnel.ts";
import { servingApi } from "./serving-host.ts";
import { showTunnel } from "./tunnel-rows.ts";

export const tunnelStatus: Command = {
  usage: "",
  about: "Says whether the tunnel is connected, and the public address of each agent.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const api = await servingApi(input);
    await showTunnel(input, settings, api === undefined ? await offlineTunnel(input) : await api.tunnelStatus());
    return EXIT.done;
  },
};
