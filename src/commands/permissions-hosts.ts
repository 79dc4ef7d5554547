// osaurus permissions allow-host, revoke-host: which hosts in private networks a plugin may reach over HTTP.

import { JsonNumber } from "../base/ordered-json.ts";
import { hostTarget, hostText } from "../host/host-target.ts";
import { EXIT } from "../protocol/errors.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

const USAGE = "PLUGIN HOST[:PORT]";

export const permissionsAllowHost: Command = {
  usage: USAGE,
  about:
    "Lets a plugin reach a host over HTTP that lies in a private network: a name, with whatever addresses it has, or an address. Without a port, all of them.",
  positionals: { min: 2, max: 2 },
  async run(input) {
    const { io, flags } = input;
    const target = hostTarget(...(input.positionals as [string, string]));
    const settings = await input.settings();
    const isNew = await withHost(io, flags, async (host) => (await host.permissions()).allowHost(target));
    const { pluginId, host, port } = target;
    if (settings.json) {
      await showRows(input, settings, [rowOf({ plugin_id: pluginId, host, port: portValue(port) })], { single: true });
    } else if (isNew) {
      notify(io, settings, "success", neutralise(`"${pluginId}" may reach ${hostText(target)}`));
    } else {
      notify(io, settings, "info", neutralise(`"${pluginId}" may reach ${hostText(target)} already`));
    }
    return EXIT.done;
  },
};

export const permissionsRevokeHost: Command = {
  usage: USAGE,
  about: "Takes back what was allowed with allow-host. Without a port, for the host and all of its ports.",
  positionals: { min: 2, max: 2 },
  async run(input) {
    const { io, flags } = input;
    const target = hostTarget(...(input.positionals as [string, string]));
    const settings = await input.settings();
    const { gone, left } = await withHost(io, flags, async (host) => (await host.permissions()).revokeHost(target));
    const { pluginId } = target;
    if (settings.json) {
      const rows = gone.map(({ host, port }) => rowOf({ plugin_id: pluginId, host, port: portValue(port) }));
      await showRows(input, settings, rows);
      return EXIT.done;
    }
    for (const one of gone) {
      notify(io, settings, "success", neutralise(`"${pluginId}" may not reach ${hostText(one)} any more`));
    }
    if (gone.length === 0) notify(io, settings, "info", "there was nothing to take back");
    for (const one of left) {
      notify(
        io,
        settings,
        "warning",
        neutralise(`"${pluginId}" may still reach ${hostText(one)}: that is a decision of its own`),
      );
    }
    return EXIT.done;
  },
};

/** A port as a value in a row; null for all of them. */
export function portValue(port: number | null): JsonNumber | null {
  return port === null ? null : new JsonNumber(String(port));
}
