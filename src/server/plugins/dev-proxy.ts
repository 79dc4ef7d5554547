// Serves a plugin's web UI from its author's dev server ("Osaurus: Dev proxy"): below the mount everything is passed on, and
// HTML gets the host's script. Who may ask was found out before.
//
// Dev servers put absolute addresses into pages. One that was told the plugin's path is asked for that whole path, once it
// showed that it wants that. One that was told nothing has its files at the root: there they are found on the plugin's own
// host name, by browsers that were shown a page.

import { randomBytes } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { DEV_PROXY_MS_MAX } from "../../protocol/limits.ts";
import { type ManifestWeb, mountCaptures } from "../../protocol/manifest-routes.ts";
import type { KeyWatch } from "../key-watch.ts";
import { isForeign, isNavigation, isOwnPage } from "./browser-rule.ts";
import { type DevPassage, isAtOrBelow, sendDevAnswer } from "./dev-answer.ts";
import { type DevAccess, DevCookies } from "./dev-cookie.ts";
import { devRequestHeaders } from "./dev-headers.ts";
import { devServerDownPage } from "./dev-page.ts";
import { DevProxyFile, type DevServer } from "./dev-proxy-file.ts";
import { askDevServer, DevServerProblem } from "./dev-request.ts";
import { doorOf } from "./door.ts";
import { noRoute, refuse, sendAnswer } from "./host-answer.ts";
import type { PageNames } from "./page-names.ts";
import type { WebContext } from "./plugin-context.ts";
import { isPluginUrl } from "./plugin-path.ts";

/** What serves a web UI instead of its files. */
interface DevTarget {
  readonly proxy: DevProxy;
  /** Undefined: the file names none that may be asked. */
  readonly server: DevServer | undefined;
}

/** Undefined: the plugin's own files are served. */
export function findDevTarget({ dev, pluginId }: WebContext): DevTarget | undefined {
  const setting = dev?.file.current();
  if (dev === undefined || setting?.pluginId !== pluginId) return undefined;
  return { proxy: dev, server: setting.server };
}

export async function proxyToDevServer(context: WebContext, { proxy, server }: DevTarget): Promise<void> {
  await proxy.serve(context, server);
}

/** Of a page, what is asked for at the root of its host name needs to know. */
interface Shown {
  readonly pluginId: string;
  readonly web: ManifestWeb;
}

/** How a request is passed on. */
interface Passage extends DevPassage {
  /** Paths that may be meant, each with its query, the likelier first. */
  readonly paths: readonly string[];
}

/** Paths that are the host's own on every name. */
const OF_THE_HOST = ["/v1", "/api", "/mcp", "/health", "/ready", "/metrics", "/openapi.json"];
/** By this, a request that comes back to where it was sent from is known. */
const LOOP_HEADER = "x-osaurus-dev-proxy";

export class DevProxy {
  readonly file: DevProxyFile;
  readonly msMax: number;
  readonly #names: PageNames;
  readonly #cookies = new DevCookies();
  readonly #loopMark = randomBytes(16).toString("hex");
  #shown: Shown | undefined;
  /** Which server wants the whole path. */
  #wantsWhole: string | undefined;

  /** @param data the folder of the host's data. @param msMax until an answer begins. */
  constructor(data: string, names: PageNames, msMax = DEV_PROXY_MS_MAX) {
    this.#names = names;
    this.file = new DevProxyFile(data);
    this.msMax = msMax;
  }

  async serve(context: WebContext, server: DevServer | undefined): Promise<void> {
    const { request, reply, pluginId, agentId, agentCookie, web, door, isPart, permit, framedBy } = context;
    this.#shown = { pluginId, web };
    if (server === undefined) return refuse(reply, 502, "Invalid proxy URL");
    const isOwnName = door.isLocal && door.name === this.#names.hostOf(pluginId);
    const cookies = isOwnName ? [this.#cookies.issue(pluginId, { agentId, permit })] : [];
    if (agentCookie !== undefined) cookies.push(agentCookie);
    const paths = this.pathsBelowMount(request.raw.url!, context.rest, server);
    const mount = mountOf(request.raw.url!, context.rest);
    await this.#pass({ request, reply, pluginId, agentId, web, server, mount, paths, cookies, isPart, framedBy });
  }

  /** Whether a request is for what the dev server has at the root of the plugin's own host name. */
  asksForRoot(request: IncomingMessage): boolean {
    return this.#rootAccess(request) !== undefined;
  }

  /** What lets in a request of `asksForRoot`; undefined when it does no more. */
  async rootAccess(request: IncomingMessage): Promise<DevAccess | undefined> {
    const access = this.#rootAccess(request);
    return access?.permit === undefined || (await access.permit.holds()) ? access : undefined;
  }

  /** @param request one of `asksForRoot`. */
  async serveRoot(request: FastifyRequest, reply: FastifyReply, watch: Pick<KeyWatch, "endWith">): Promise<void> {
    const access = await this.rootAccess(request.raw);
    const server = this.file.current()?.server;
    if (access === undefined) return sendAnswer(reply, noRoute());
    const { agentId, permit } = access;
    if (permit !== undefined) watch.endWith(permit, reply.raw);
    if (server === undefined) return refuse(reply, 502, "Invalid proxy URL");
    const { pluginId, web } = this.#shown!;
    const paths = [request.raw.url!];
    const plain = { mount: undefined, cookies: [], isPart: false };
    await this.#pass({ request, reply, pluginId, agentId, web, server, paths, ...plain });
  }

  /** Whether a WebSocket is asked for that may be the dev server's. Who asks is not looked at below a mount. */
  wantsUpgrade(request: IncomingMessage): boolean {
    const { method, headers, url } = request;
    if (method !== "GET" || headers.upgrade?.toLowerCase() !== "websocket") return false;
    if (!isPluginUrl(url!)) return this.asksForRoot(request);
    const setting = this.file.current();
    if (setting?.server === undefined) return false;
    const below = `/plugins/${setting.pluginId}`;
    const [path] = url!.split("?", 1);
    if (!path!.startsWith(`${below}/`)) return false;
    const shown = this.#shown?.pluginId === setting.pluginId ? this.#shown : undefined;
    return shown === undefined || mountCaptures(shown.web.mount, path!.slice(below.length));
  }

  /** With the query. */
  pathsBelowMount(url: string, rest: string, server: DevServer): string[] {
    const [whole, ...query] = url.split("?");
    const search = query.length === 0 ? "" : `?${query.join("?")}`;
    const paths = [`${server.prefix}${rest === "" ? "/" : rest}${search}`, `${whole}${search}`];
    return this.#wantsWhole === nameOf(server) ? paths.reverse() : paths;
  }

  headersFor(request: IncomingMessage, server: DevServer): OutgoingHttpHeaders {
    return { ...devRequestHeaders(request.headers, server), [LOOP_HEADER]: this.#loopMark };
  }

  isLoop(request: IncomingMessage): boolean {
    return request.headers[LOOP_HEADER] === this.#loopMark;
  }

  #rootAccess(request: IncomingMessage): DevAccess | undefined {
    const { headers, url } = request;
    // Most requests are none; this is all that they cost.
    if (headers.cookie === undefined || this.#shown === undefined) return undefined;
    if (isPluginUrl(url!) || OF_THE_HOST.some((path) => isAtOrBelow(path, url!))) return undefined;
    const { pluginId } = this.#shown;
    const door = doorOf(request);
    if (!door.isLocal || door.name !== this.#names.hostOf(pluginId)) return undefined;
    if (isForeign(request) || !isOwnPage(request)) return undefined;
    if (this.file.current()?.pluginId !== pluginId) return undefined;
    return this.#cookies.accessOf(headers.cookie, pluginId);
  }

  async #pass(passage: Passage): Promise<void> {
    const { request, reply, server } = passage;
    if (this.isLoop(request.raw)) return refuse(reply, 502, "Invalid proxy URL");
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    try {
      sendDevAnswer(passage, await this.#ask(passage, gone.signal));
    } catch (error) {
      if (!(error instanceof DevServerProblem)) throw error;
      if (isNavigation(request.headers)) sendAnswer(reply, devServerDownPage(server.authority, error.message));
      else refuse(reply, 502, error.message);
    }
  }

  /** What is read is asked for again by the other path, when the server does not know the first. */
  async #ask({ request, server, mount, paths }: Passage, signal: AbortSignal): Promise<IncomingMessage> {
    const { raw } = request;
    const { method } = raw;
    const isRead = method === "GET" || method === "HEAD";
    const headers = this.headersFor(raw, server);
    if (isRead) delete headers["content-length"];
    const body = isRead || !hasBody(raw) ? undefined : raw;
    const ask = (path: string) =>
      askDevServer(server, { method: method!, path, headers, body, msMax: this.msMax, signal });
    const [first, second] = paths;
    const answer = await ask(first!);
    if (!isRead || second === undefined || second === first || !isElsewhere(answer, mount, first!)) return answer;
    const other = await ask(second).catch(() => undefined);
    if (other === undefined) return answer;
    const isBetter = other.statusCode! < 400 && !isElsewhere(other, mount, second);
    (isBetter ? answer : other).destroy();
    if (!isBetter) return answer;
    const [whole] = raw.url!.split("?", 1);
    this.#wantsWhole = second.split("?", 1)[0] === whole ? nameOf(server) : undefined;
    return other;
  }
}

/** Whether the answer says that this is not the path, and the other one may be. */
function isElsewhere({ statusCode, headers }: IncomingMessage, mount: string | undefined, path: string): boolean {
  if (mount === undefined) return false;
  if (statusCode === 404) return true;
  const { location } = headers;
  if (statusCode! < 300 || statusCode! > 399 || location === undefined) return false;
  const to = URL.parse(location, "http://localhost")?.pathname;
  return to !== undefined && isAtOrBelow(mount, to) && !isAtOrBelow(mount, path);
}

function mountOf(url: string, rest: string): string {
  const [whole] = url.split("?", 1);
  return whole!.slice(0, whole!.length - rest.length);
}

function nameOf({ authority, prefix }: DevServer): string {
  return `${authority}${prefix}`;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
