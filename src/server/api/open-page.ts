// Makes the link that `osaurus open` prints: to a plugin's page, at the name that only this plugin has, with a code that
// begins a session of its owner.

import type { AddressInfo } from "node:net";
import type { FastifyRequest } from "fastify";
import type { OpenedPage } from "../../protocol/control-answers.ts";
import { HostError } from "../../protocol/errors.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import { isPluginSelected } from "../../tools/tool-selection.ts";
import { agentOf } from "../authenticate.ts";
import { isLoopback } from "../host-name.ts";
import type { ApiContext } from "./api-route.ts";

/** Fails with `plugin_unknown`, with what keeps the plugin from loading, and with `web_ui_missing`. */
export async function openPage(
  {
    host,
    sessions,
    names,
    request,
  }: Pick<ApiContext, "host" | "sessions" | "names"> & { readonly request: FastifyRequest },
  pluginId: string,
  agentNamed: string | undefined,
): Promise<OpenedPage> {
  const port = localPort(request);
  const agent = await agentOf(host, request, agentNamed);
  const plugin = await (await host.native()).plugin(pluginId);
  const { manifest } = await plugin.ready();
  const { web, tools = [] } = manifest.capabilities;
  if (web === undefined) throw noPage(pluginId, manifest);
  const toolIds = tools.map(({ id }) => id);
  if (!isPluginSelected(agent.tools, pluginId, toolIds)) {
    throw new HostError("web_ui_missing", `the agent "${agent.name}" does not have the plugin "${pluginId}"`, {
      hint: 'name another one with --agent, or change its tools with "osaurus agents update"',
    });
  }
  const code = sessions.issue({ pluginId, agentId: agent.id, keyId: request.accessKey!.id });
  const mount = web.mount.split("/").map(encodeURIComponent).join("/").replace(/\/$/, "");
  const path = `/plugins/${encodeURIComponent(pluginId)}${mount}/`;
  const query = new URLSearchParams({ osr_agent: agent.id, osr_open: code });
  return {
    plugin_id: pluginId,
    agent_id: agent.id,
    url: `http://${names.hostOf(pluginId)}:${port}${path}?${query}`,
  };
}

function noPage(pluginId: string, { capabilities: { tools = [], routes = [] } }: Manifest): HostError {
  const [hasTools, hasRoutes] = [tools.length > 0, routes.length > 0];
  const other = hasTools && hasRoutes ? "tools and routes" : hasTools ? "tools" : hasRoutes ? "routes" : "nothing else";
  return new HostError("web_ui_missing", `the plugin "${pluginId}" has no page to open; it has ${other}`, {
    hint: "a plugin's manifest declares its page as capabilities.web",
  });
}

/** Browsers look for names below `localhost` on this machine alone. */
function localPort({ server }: FastifyRequest): number {
  const { address, port } = server.server.address() as AddressInfo;
  if (address === "::" || address === "0.0.0.0" || isLoopback(address)) return port;
  throw new HostError("listen_failed", `the host listens on ${address} alone, where no plugin has a name of its own`, {
    hint: 'let it listen on 127.0.0.1, with a proxy in front for other computers: "osaurus serve --host 127.0.0.1"',
  });
}
