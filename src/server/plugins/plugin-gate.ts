// What stands before every plugin: one check after the other, in an order that tells nobody what he may not know. It needs
// a request and nothing to answer with, so that what becomes a WebSocket passes here as well. Nothing behind it asks again
// who may do what.

import type { IncomingMessage } from "node:http";
import type { NativePlugin } from "../../host/native-host.ts";
import { HostError } from "../../protocol/errors.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import { type ManifestWeb, mountCaptures } from "../../protocol/manifest-routes.ts";
import { isPluginSelected } from "../../tools/tool-selection.ts";
import type { ServerHost } from "../server-host.ts";
import { isForeign, isTopNavigation } from "./browser-rule.ts";
import { AGENT_COOKIE, pluginCookie } from "./cookies.ts";
import { type Door, doorOf } from "./door.ts";
import { PluginFinder } from "./find-plugin.ts";
import { type HostAnswer, noRoute, refusal } from "./host-answer.ts";
import { matchRoute, type RouteMatch } from "./match-route.ts";
import { openLink } from "./open-link.ts";
import { ownerSession, refusalOfKey } from "./owner.ts";
import type { Owner } from "./plugin-context.ts";
import { awayFromLocalhost, pluginName } from "./plugin-name.ts";
import { type PluginPath, parsePluginUrl } from "./plugin-path.ts";
import { preflightAnswer } from "./preflight.ts";
import { requestAgent } from "./request-agent.ts";
import { TokenBuckets } from "./token-bucket.ts";
import type { WebSession, WebSessions } from "./web-sessions.ts";

/** What was asked for, of those things that a plugin has. */
type Target =
  | { readonly kind: "route"; readonly match: RouteMatch }
  | { readonly kind: "web"; readonly web: ManifestWeb; readonly folder: string; readonly rest: string };

/** See `PluginContext`. */
export interface Admission {
  readonly kind: "admission";
  readonly target: Target;
  readonly door: Door;
  readonly pluginId: string;
  readonly plugin: NativePlugin;
  readonly manifest: Manifest;
  readonly agentId: string;
  readonly agentAddress: string;
  readonly path: string;
  readonly search: string;
  readonly owner: Owner | undefined;
  readonly agentCookie: string | undefined;
  /** Public, for pages of others as well. */
  readonly isExposed: boolean;
  /** Whatever is answered gets no origin. */
  readonly isSandboxed: boolean;
}

interface FoundPlugin {
  readonly plugin: NativePlugin;
  readonly manifest: Manifest;
  /** Of the version that is loaded. */
  readonly folder: string | undefined;
}

export class PluginGate {
  readonly #host: ServerHost;
  readonly #sessions: WebSessions;
  readonly #plugins: PluginFinder;
  readonly #buckets = new TokenBuckets();

  constructor(host: ServerHost, sessions: WebSessions) {
    this.#host = host;
    this.#sessions = sessions;
    this.#plugins = new PluginFinder(host);
  }

  /** Lets a request in, or says what it is answered. Its URL is one of `isPluginUrl`. */
  async admit(request: IncomingMessage): Promise<Admission | HostAnswer> {
    const door = doorOf(request);
    if (request.method === "OPTIONS") return preflightAnswer(request.headers, await this.#isPublic(request, door));
    const away = awayFromLocalhost(door, request);
    if (away !== undefined) return away;
    const asked = parsePluginUrl(request.url!);
    if (asked.kind === "answer") return asked;
    const name = pluginName(door, asked);
    if (name.kind === "answer") return name;
    const mayHaveSession = name.isOwn && door.isLocal;
    const opened = mayHaveSession ? openLink(request, asked, this.#sessions) : undefined;
    if (opened !== undefined) return opened;
    const session = mayHaveSession ? ownerSession(request, asked.pluginId, this.#sessions) : undefined;
    return await this.#admitAs(request, asked, door, session, name.isSandboxed);
  }

  async #admitAs(
    request: IncomingMessage,
    asked: PluginPath,
    door: Door,
    session: WebSession | undefined,
    isSandboxed: boolean,
  ): Promise<Admission | HostAnswer> {
    const { pluginId, path, search } = asked;
    const by = requestAgent(request, asked, door, session);
    if (by.kind === "answer") return by;
    const found = await this.#find(pluginId);
    if (found === undefined) return door.isLocal ? refusal(404, `Plugin not found: ${pluginId}`) : noRoute();
    const agent = await this.#agentWith(found.manifest, pluginId, by.agentId);
    if (agent === undefined) {
      return door.isLocal ? refusal(404, "Plugin not available for this agent") : noRoute();
    }
    const target = targetOf(found, request.method!, path);
    if (target === undefined) return noRoute();
    const { auth, tunnel_exposed: isExposed } = target.kind === "web" ? target.web : target.match.route;
    if (!isExposed) {
      if (!door.isLocal) return noRoute();
      if (isForeign(request) && !isTopNavigation(request)) return refusal(403, "Request from a foreign page");
    }
    const hasSession = session?.agentId === agent.id;
    if (auth === "owner" && !hasSession) {
      const problem = await refusalOfKey(this.#host, request, pluginId, agent.id);
      if (problem !== undefined) return problem;
    }
    if (auth !== "owner" && target.kind === "route") {
      const waitSeconds = this.#buckets.take(pluginId);
      if (waitSeconds > 0) return refusal(429, "Rate limit exceeded", { "retry-after": String(waitSeconds) });
    }
    return {
      kind: "admission",
      target,
      door,
      pluginId,
      plugin: found.plugin,
      manifest: found.manifest,
      agentId: agent.id,
      agentAddress: agent.address ?? "",
      path,
      search,
      owner: hasSession ? "cookie" : auth === "owner" ? "key" : undefined,
      agentCookie: by.isFromQuery ? pluginCookie(pluginId, AGENT_COOKIE, agent.id) : undefined,
      isExposed,
      isSandboxed,
    };
  }

  /** The agent, if it is there and has the plugin. */
  async #agentWith({ capabilities }: Manifest, pluginId: string, agentId: string) {
    const agents = await this.#host.agents();
    const agent = await agents.find(agentId).catch(noneIfUnknown);
    if (agent === undefined || agent.tools.mode === "all") return agent;
    const toolIds = (capabilities.tools ?? []).map(({ id }) => id);
    return isPluginSelected(agent.tools, pluginId, toolIds) ? agent : undefined;
  }

  async #find(pluginId: string): Promise<FoundPlugin | undefined> {
    const plugin = await this.#plugins.find(pluginId);
    // One that is loaded for the first time is waited for.
    const loaded = plugin?.loaded ?? (await plugin?.ready().catch(() => undefined));
    return loaded && { plugin: plugin!, manifest: loaded.manifest, folder: loaded.folder };
  }

  /** Whether pages of others may ask for what a preflight is about. */
  async #isPublic(request: IncomingMessage, door: Door): Promise<boolean> {
    if (awayFromLocalhost(door, request) !== undefined) return false;
    const asked = parsePluginUrl(request.url!);
    if (asked.kind === "answer" || pluginName(door, asked).kind === "answer") return false;
    const method = request.headers["access-control-request-method"];
    const found = typeof method === "string" ? await this.#find(asked.pluginId) : undefined;
    const target = found && targetOf(found, method!, asked.path);
    if (target === undefined) return false;
    return target.kind === "web" ? target.web.tunnel_exposed : target.match.route.tunnel_exposed;
  }
}

/** A web UI comes before all routes; where it has no folder, nothing is there. */
function targetOf({ manifest, folder }: FoundPlugin, method: string, path: string): Target | undefined {
  const { web, routes } = manifest.capabilities;
  if (web !== undefined && mountCaptures(web.mount, path)) {
    if (folder === undefined) return undefined;
    return { kind: "web", web, folder, rest: web.mount === "/" ? path : path.slice(web.mount.length) };
  }
  const match = routes === undefined ? undefined : matchRoute(routes, method, path);
  return match && { kind: "route", match };
}

function noneIfUnknown(error: unknown): undefined {
  if (error instanceof HostError && error.code === "agent_unknown") return undefined;
  throw error;
}
