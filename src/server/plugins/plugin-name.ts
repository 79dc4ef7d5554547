// The name by which a plugin is asked for decides whose origin its pages have. Every name has one meaning: `localhost` and
// configured names are the host's own, a plugin's label is that plugin's alone, addresses are everybody's.

import type { IncomingMessage } from "node:http";
import { cameBeside } from "../beside.ts";
import { isLoopback, plainAddress } from "../host-name.ts";
import type { Door } from "./door.ts";
import { type HostAnswer, redirect, refusal } from "./host-answer.ts";
import type { PageNames } from "./page-names.ts";
import type { PluginPath } from "./plugin-path.ts";

export interface PluginName {
  readonly kind: "name";
  /** The plugin's own host name, where its owner's cookie counts. */
  readonly isOwn: boolean;
  /** Pages must not have the origin of that name: the host's own pages have it. */
  readonly isSandboxed: boolean;
}

const OWN: PluginName = { kind: "name", isOwn: true, isSandboxed: false };
const SHARED: PluginName = { kind: "name", isOwn: false, isSandboxed: false };
const SANDBOXED: PluginName = { kind: "name", isOwn: false, isSandboxed: true };

/** What the name means for that plugin; `localhost` was dealt with before. */
export function pluginName(
  { name, tunnelAgentId }: Door,
  { pluginId }: Pick<PluginPath, "pluginId">,
  names: Pick<PageNames, "hostOf">,
): PluginName | HostAnswer {
  if (tunnelAgentId !== undefined || isLoopback(name)) return SHARED;
  if (!name.endsWith(".localhost")) return SANDBOXED;
  return name === names.hostOf(pluginId) ? OWN : refusal(404, `Plugin not found: ${pluginId}`);
}

/** From `localhost` to the same path at the address that was dialled: no plugin is served on the dashboard's name. */
export function awayFromLocalhost({ name, tunnelAgentId }: Door, request: IncomingMessage): HostAnswer | undefined {
  if (name !== "localhost" || tunnelAgentId !== undefined) return undefined;
  // Pages of plugins have one address, also where the host takes connections at a second one.
  const dialled = cameBeside(request.socket) ? "127.0.0.1" : (plainAddress(request.socket.localAddress) ?? "");
  const address = !isLoopback(dialled) ? "127.0.0.1" : dialled === "::1" ? "[::1]" : dialled;
  // The port as it was asked for: between here and there somebody may map ports.
  const port = /:\d+$/.exec(request.headers.host!)?.[0] ?? "";
  return redirect(307, `http://${address}${port}${request.url}`);
}
