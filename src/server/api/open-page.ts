// Makes the link that `osaurus open` prints: to a plugin's page, at the name that only this plugin has, with a code that
// begins a session of its owner.

import type { FastifyRequest } from "fastify";
import type { OpenedPage } from "../../protocol/control-answers.ts";
import { HostError } from "../../protocol/errors.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import { isPluginSelected } from "../../tools/tool-selection.ts";
import { agentOf } from "../authenticate.ts";
import type { ApiContext } from "./api-route.ts";
import { localPort } from "./local-port.ts";

interface Wanted {
  /** An id or a name. */
  readonly agent?: string | undefined;
  /** The page is shown in a frame of the dashboard. */
  readonly frame?: boolean | undefined;
  /** The key of a status among the plugin's settings: the page that connects it, in place of the plugin's own. */
  readonly field?: string | undefined;
}

/** Fails with `plugin_unknown`, with what keeps the plugin from loading, and with `web_ui_missing`. */
export async function openPage(
  {
    host,
    sessions,
    names,
    publicUrl,
    request,
  }: Pick<ApiContext, "host" | "sessions" | "names" | "publicUrl"> & { readonly request: FastifyRequest },
  pluginId: string,
  { agent: agentNamed, frame = false, field }: Wanted,
): Promise<OpenedPage> {
  const port = localPort(request, "where no plugin has a name of its own");
  const agent = await agentOf(host, request, agentNamed);
  const plugin = await (await host.native()).plugin(pluginId);
  const { manifest } = await plugin.ready();
  const path = field === undefined ? pagePath(pluginId, manifest) : connectPath(pluginId, manifest, field);
  const { tools = [] } = manifest.capabilities;
  const toolIds = tools.map(({ id }) => id);
  if (!isPluginSelected(agent.tools, pluginId, toolIds)) {
    throw new HostError("web_ui_missing", `the agent "${agent.name}" does not have the plugin "${pluginId}"`, {
      hint: 'name another one with --agent, or change its tools with "osaurus agents update"',
    });
  }
  const session = { pluginId, agentId: agent.id, keyId: request.accessKey!.id };
  const code = sessions.issue(frame ? { ...session, framedBy: dashboardOrigins(port, publicUrl) } : session);
  const url = new URL(path, `http://${names.hostOf(pluginId)}:${port}`);
  url.searchParams.append("osr_agent", agent.id);
  url.searchParams.append("osr_open", code);
  return { plugin_id: pluginId, agent_id: agent.id, url: url.href };
}

/** Whoever has one of these may show the page in a frame. */
function dashboardOrigins(port: number, publicUrl: string | undefined): string[] {
  const outside = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  return [`http://localhost:${port}`, ...(outside === undefined ? [] : [outside])];
}

function pagePath(pluginId: string, manifest: Manifest): string {
  const { web } = manifest.capabilities;
  if (web === undefined) throw noPage(pluginId, manifest);
  const mount = web.mount.split("/").map(encodeURIComponent).join("/").replace(/\/$/, "");
  return `${rootOf(pluginId)}${mount}/`;
}

/** What a plugin says of its path leads nowhere but to the plugin. */
function connectPath(pluginId: string, { capabilities }: Manifest, key: string): string {
  const fields = (capabilities.config?.sections ?? []).flatMap((section) => section.fields);
  const route = fields.find((one) => one.type === "status" && one.key === key)?.connect_action?.url_route;
  const base = `http://localhost${rootOf(pluginId)}/`;
  const url = route === undefined ? null : URL.parse(`./${route.replace(/^\/+/, "")}`, base);
  if (url?.href.startsWith(base)) return `${url.pathname}${url.search}`;
  throw new HostError("web_ui_missing", `the plugin "${pluginId}" has no page that connects "${key}"`, {
    hint: "a plugin's manifest declares it as the connect_action of a status field",
  });
}

function rootOf(pluginId: string): string {
  return `/plugins/${encodeURIComponent(pluginId)}`;
}

function noPage(pluginId: string, { capabilities: { tools = [], routes = [] } }: Manifest): HostError {
  const [hasTools, hasRoutes] = [tools.length > 0, routes.length > 0];
  const other = hasTools && hasRoutes ? "tools and routes" : hasTools ? "tools" : hasRoutes ? "routes" : "nothing else";
  return new HostError("web_ui_missing", `the plugin "${pluginId}" has no page to open; it has ${other}`, {
    hint: "a plugin's manifest declares its page as capabilities.web",
  });
}
