// What stands before every plugin: one check after the other, in an order that tells nobody what he may not know. It needs
// a request and nothing to answer with, so that what becomes a WebSocket passes here as well. Nothing behind it asks again
// who may do what.

import type { IncomingMessage } from "node:http";
import type { NativePlugin } from "../../host/native-host.ts";
import { DEFAULT_AGENT_ID } from "../../protocol/agent-id.ts";
import { HostError } from "../../protocol/errors.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import { type ManifestWeb, mountCaptures } from "../../protocol/manifest-routes.ts";
import { isPluginSelected } from "../../tools/tool-selection.ts";
import type { Permit } from "../key-watch.ts";
import type { ServerHost } from "../server-host.ts";
import { isForeign, isNavigation, isTopNavigation } from "./browser-rule.ts";
import { AGENT_COOKIE, pluginCookie } from "./cookies.ts";
import { type Door, doorOf } from "./door.ts";
import { ExposedPlugins } from "./exposed-plugins.ts";
import { PluginFinder } from "./find-plugin.ts";
import { type HostAnswer, noRoute, refusal } from "./host-answer.ts";
import { ownerNeededPage } from "./host-pages.ts";
import { matchRoute, type RouteMatch } from "./match-route.ts";
import { openLink } from "./open-link.ts";
import { keyPermit, type OwnerSession, ownerSession } from "./owner.ts";
import type { PageNames } from "./page-names.ts";
import { awayFromLocalhost, pluginName } from "./plugin-name.ts";
import { type PluginPath, parsePluginUrl } from "./plugin-path.ts";
import { preflightAnswer } from "./preflight.ts";
import { agentNeeded, requestAgent } from "./request-agent.ts";
import { TokenBuckets } from "./token-bucket.ts";
import type { WebSessions } from "./web-sessions.ts";

/** What was asked for, of those things that a plugin has. */
type Target =
  | { readonly kind: "route"; readonly match: RouteMatch }
  | { readonly kind: "web"; readonly web: ManifestWeb; readonly folder: string; readonly rest: string };

/** What is known of a request that was let in. */
export interface Admission {
  readonly kind: "admission";
  readonly target: Target;
  readonly door: Door;
  readonly pluginId: string;
  readonly plugin: NativePlugin;
  /** An agent that is there and has the plugin: a UUID in capital letters. */
  readonly agentId: string;
  /** Of the agent, for routes; empty when it cannot be made. */
  readonly agentAddress: string;
  /** Below the plugin, begins with "/", as it came: percent-encoded, without the query. */
  readonly path: string;
  /** Behind the question mark, as it came; empty without one. */
  readonly search: string;
  /** The value of the `Set-Cookie` that a page gets, so that what it loads works for the same agent; undefined: nothing new. */
  readonly agentCookie: string | undefined;
  /** Something that a page loads, for which nobody named an agent: whatever is a page itself is not for whoever asks. */
  readonly isPart: boolean;
  /** Public, for pages of others as well. */
  readonly isExposed: boolean;
  /** Whatever is answered gets no origin. */
  readonly isSandboxed: boolean;
  /** The origins of the dashboard, in whose frame the owner opened the page; undefined: in no frame. */
  readonly framedBy: readonly string[] | undefined;
  /** What let it in, where not everybody is; the answer ends with it. */
  readonly permit: Permit | undefined;
}

export interface GateOptions {
  readonly sessions: WebSessions;
  readonly names: PageNames;
  /** Requests from elsewhere may look as if they came from this machine. */
  readonly hasProxy: boolean;
  /** See `TokenBuckets`. */
  readonly clock?: (() => number) | undefined;
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
  readonly #names: PageNames;
  readonly #hasProxy: boolean;
  readonly #plugins: PluginFinder;
  readonly #exposed: ExposedPlugins;
  readonly #buckets: TokenBuckets;

  constructor(host: ServerHost, { sessions, names, hasProxy, clock }: GateOptions) {
    this.#host = host;
    this.#sessions = sessions;
    this.#names = names;
    this.#hasProxy = hasProxy;
    this.#buckets = new TokenBuckets(clock);
    this.#plugins = new PluginFinder(host);
    this.#exposed = new ExposedPlugins(host);
  }

  /** Lets a request in, or says what it is answered. Its URL is one of `isPluginUrl`. */
  async admit(request: IncomingMessage): Promise<Admission | HostAnswer> {
    const door = doorOf(request);
    if (request.method === "OPTIONS") return preflightAnswer(request.headers, await this.#isPublic(request, door));
    const away = awayFromLocalhost(door, request);
    if (away !== undefined) return away;
    const asked = parsePluginUrl(request.url!);
    if (asked.kind === "answer") return asked;
    const name = pluginName(door, asked, this.#names);
    if (name.kind === "answer") return name;
    const mayHaveSession = name.isOwn && door.isLocal;
    const opened = mayHaveSession ? await openLink(this.#host, request, asked, this.#sessions) : undefined;
    if (opened !== undefined) return opened;
    const session = mayHaveSession
      ? await ownerSession(this.#host, request, asked.pluginId, this.#sessions)
      : undefined;
    const admitted = await this.#admitAs(request, asked, door, session, name.isSandboxed);
    const isUnproved = this.#hasProxy && mayHaveSession && session === undefined;
    // Whoever knows the name of the page is told how it is opened, whether it is there or not.
    if (isUnproved && isNavigation(request.headers) && isNotThere(admitted)) return ownerNeededPage(asked.pluginId, {});
    return admitted;
  }

  async #admitAs(
    request: IncomingMessage,
    asked: PluginPath,
    claimed: Door,
    session: OwnerSession | undefined,
    isSandboxed: boolean,
  ): Promise<Admission | HostAnswer> {
    const { pluginId, path, search } = asked;
    const by = requestAgent(request, asked, claimed, session);
    if (by === undefined) return isSandboxed ? await this.#admitPart(request, asked, claimed) : agentNeeded();
    if (by.kind === "answer") return by;
    const ofSession = session?.agentId === by.agentId ? session.permit : undefined;
    const proof = this.#hasProxy ? await this.#proofOf(request, claimed, by.agentId, ofSession) : undefined;
    const door = this.#hasProxy && proof === undefined ? { ...claimed, isLocal: false } : claimed;
    const found = await this.#find(pluginId, door);
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
    let permit = proof;
    if (auth === "owner") {
      const owner = ofSession ?? (await keyPermit(this.#host, request, pluginId, agent.id));
      if (owner.kind === "answer") return owner;
      permit = owner;
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
      agentId: agent.id,
      agentAddress: target.kind === "route" ? (agent.address ?? (await this.#newAddress(agent.id))) : "",
      path,
      search,
      // Where pages have no origin, nothing that they load brings a cookie.
      agentCookie: by.isFromQuery && !isSandboxed ? pluginCookie(pluginId, AGENT_COOKIE, agent.id) : undefined,
      isPart: false,
      framedBy: session?.agentId === agent.id ? session.framedBy : undefined,
      isExposed,
      isSandboxed,
      permit,
    };
  }

  /**
   * What a public page without an origin loads: it brings no cookie, and its address does not say for which agent the page
   * is. The files are the same for all agents. Whoever asks for anything else learns nothing but that an agent is missing.
   */
  async #admitPart(
    { method }: IncomingMessage,
    { pluginId, path, search }: PluginPath,
    door: Door,
  ): Promise<Admission | HostAnswer> {
    if (method !== "GET" && method !== "HEAD") return agentNeeded();
    const found = await this.#find(pluginId, door);
    const target = found && targetOf(found, method, path);
    if (target?.kind !== "web" || !target.web.tunnel_exposed || target.web.auth === "owner") return agentNeeded();
    const agent = await this.#firstAgentWith(found!.manifest, pluginId);
    if (agent === undefined) return agentNeeded();
    return {
      kind: "admission",
      target,
      door,
      pluginId,
      plugin: found!.plugin,
      agentId: agent.id,
      agentAddress: "",
      path,
      search,
      agentCookie: undefined,
      isPart: true,
      framedBy: undefined,
      isExposed: true,
      isSandboxed: true,
      permit: undefined,
    };
  }

  /**
   * Behind a proxy, where a request comes from says nothing, and what a proxy hands on of it depends on its settings. What
   * this machine alone gets to see has to be asked for with something that only its owner has.
   */
  async #proofOf(request: IncomingMessage, { isLocal }: Door, agentId: string, ofSession: Permit | undefined) {
    if (!isLocal || ofSession !== undefined) return ofSession;
    const permit = await keyPermit(this.#host, request, "", agentId);
    return permit.kind === "permit" ? permit : undefined;
  }

  /** The agent, if it is there and has the plugin. */
  async #agentWith({ capabilities }: Manifest, pluginId: string, agentId: string) {
    const agents = await this.#host.agents();
    const agent = await agents.find(agentId).catch(noneIfUnknown);
    if (agent === undefined || agent.tools.mode === "all") return agent;
    const toolIds = (capabilities.tools ?? []).map(({ id }) => id);
    return isPluginSelected(agent.tools, pluginId, toolIds) ? agent : undefined;
  }

  /** The default agent where it has the plugin, else another one that has it. */
  async #firstAgentWith(manifest: Manifest, pluginId: string) {
    const agent = await this.#agentWith(manifest, pluginId, DEFAULT_AGENT_ID);
    if (agent !== undefined) return agent;
    for (const id of await (await this.#host.agents()).ids()) {
      const other = await this.#agentWith(manifest, pluginId, id);
      if (other !== undefined) return other;
    }
    return undefined;
  }

  async #newAddress(agentId: string): Promise<string> {
    return await (await this.#host.agents()).addressOf(agentId);
  }

  async #find(pluginId: string, door: Door): Promise<FoundPlugin | undefined> {
    const serving = (await this.#host.native()).servingPlugin(pluginId);
    if (serving !== undefined) return await whenLoaded(serving);
    if (!door.isLocal && !(await this.#exposed.has(pluginId))) return undefined;
    const plugin = await this.#plugins.find(pluginId);
    return plugin && (await whenLoaded(plugin));
  }

  /** Whether pages of others may ask for what a preflight is about. Whoever asks learns no more than by asking for it. */
  async #isPublic(request: IncomingMessage, door: Door): Promise<boolean> {
    if (awayFromLocalhost(door, request) !== undefined) return false;
    const asked = parsePluginUrl(request.url!);
    if (asked.kind === "answer" || pluginName(door, asked, this.#names).kind === "answer") return false;
    const { pluginId, path } = asked;
    const method = request.headers["access-control-request-method"];
    // A browser does not name the agent yet, unless the address does.
    const by = requestAgent(request, asked, door, undefined);
    if (typeof method !== "string" || by?.kind === "answer") return false;
    // Nothing is loaded for what is only a question.
    const serving = (await this.#host.native()).servingPlugin(pluginId);
    const found = serving && (await whenLoaded(serving));
    if (found === undefined) return false;
    const { manifest } = found;
    const agent = await (by === undefined
      ? this.#firstAgentWith(manifest, pluginId)
      : this.#agentWith(manifest, pluginId, by.agentId));
    const target = agent && targetOf(found, method, path);
    if (target === undefined) return false;
    return target.kind === "web" ? target.web.tunnel_exposed : target.match.route.tunnel_exposed;
  }
}

/** One that is loaded for the first time is waited for. */
async function whenLoaded(plugin: NativePlugin): Promise<FoundPlugin | undefined> {
  const loaded = plugin.loaded ?? (await plugin.ready().catch(() => undefined));
  return loaded && { plugin, manifest: loaded.manifest, folder: loaded.folder };
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

function isNotThere(admitted: Admission | HostAnswer): boolean {
  return admitted.kind === "answer" && admitted.status === 404;
}

function noneIfUnknown(error: unknown): undefined {
  if (error instanceof HostError && error.code === "agent_unknown") return undefined;
  throw error;
}
