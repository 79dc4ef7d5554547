// osaurus tunnel connect, osaurus tunnel disconnect: public addresses for all agents of the host that serves.

import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { forgetTunnel, offlineTunnel } from "./offline-tunnel.ts";
import { neededApi, servingApi } from "./serving-host.ts";
import { showTunnel } from "./tunnel-rows.ts";

export const tunnelConnect: Command = {
  usage: "",
  about:
    "Gives each agent a public address, until the tunnel is disconnected: also when the host is started anew. Only what " +
    "plugins declare as tunnel_exposed is reached there.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const api = await neededApi(input);
    await showTunnel(input, settings, await api.connectTunnel());
    return EXIT.done;
  },
};

export const tunnelDisconnect: Command = {
  usage: "",
  about: "Ends the tunnel: agents have no public addresses any more.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const api = await servingApi(input);
    // Then it is only wanted, by the host that serves next.
    if (api === undefined) await forgetTunnel(input);
    await showTunnel(input, settings, api === undefined ? await offlineTunnel(input) : await api.disconnectTunnel());
    return EXIT.done;
  },
};
