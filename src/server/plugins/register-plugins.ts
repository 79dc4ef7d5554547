// /plugins/<plugin_id>/...: routes and web UIs of plugins ("Osaurus: Routes and Web UIs").
//
// Everything happens in the first hook of a request. The framework would look at types of bodies, and refuse some, before
// a handler gets its turn; here bodies are whatever their senders say, and nothing of one is read for those who are refused.

import type { AddressInfo } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HeldBytes, type HeldShare } from "../../base/held-bytes.ts";
import {
  PLUGIN_HELD_BYTES_MAX,
  PLUGIN_REMOTE_BODY_BYTES_MAX,
  PLUGIN_REMOTE_HELD_BYTES_MAX,
  SERVER_BODY_BYTES_MAX,
} from "../../protocol/limits.ts";
import { type NoteBug, requestError } from "../error-answer.ts";
import { HttpError, statusOf } from "../http-error.ts";
import type { KeyWatch } from "../key-watch.ts";
import { ownUrl } from "../own-url.ts";
import type { ServerHost } from "../server-host.ts";
import type { DevProxy } from "./dev-proxy.ts";
import { refuse, sendAnswer } from "./host-answer.ts";
import type { PluginContext } from "./plugin-context.ts";
import type { PluginGate } from "./plugin-gate.ts";
import { isPluginUrl } from "./plugin-path.ts";
import { readBody } from "./read-body.ts";
import { serveRoute } from "./serve-route.ts";
import { serveWeb } from "./serve-web.ts";

export interface PluginsOptions {
  readonly gate: PluginGate;
  readonly dev: DevProxy;
  readonly watch: KeyWatch;
  /** Under which this host is known outside, without a slash at the end; undefined: the address that it listens on. */
  readonly publicUrl: string | undefined;
  /** The public address of an agent while the tunnel has one. */
  tunnelUrl(agentId: string): string | undefined;
  note(request: FastifyRequest): NoteBug;
  /** Aborted when requests that are still open have to end. */
  readonly stopping: AbortSignal;
}

/** The one path below the prefix that the framework knows: it neither decodes nor refuses what plugins are asked for. */
const ROUTE = "/-";
const REWRITTEN = `/plugins${ROUTE}`;

/** For `rewriteUrl`. What was asked for is back in its place when the request is served. */
export function pluginRoute(request: FastifyRequest["raw"], dev: DevProxy): string {
  const url = request.url!;
  return isPluginUrl(url) || dev.asksForRoot(request) ? REWRITTEN : url;
}

const SANDBOX = "sandbox allow-scripts allow-forms allow-popups allow-downloads";
const CSP = "content-security-policy";

declare module "fastify" {
  interface FastifyRequest {
    /** Whatever is answered gets no origin in a browser. */
    isSandboxed: boolean;
  }
}

/** @param scope with the prefix /plugins. */
export function registerPlugins(scope: FastifyInstance, host: ServerHost, options: PluginsOptions): void {
  const baseUrl = baseUrlOf(scope, options);
  const held = new HeldBytes(PLUGIN_HELD_BYTES_MAX, PLUGIN_REMOTE_HELD_BYTES_MAX);
  scope.decorateRequest("isSandboxed", false);
  scope.addHook("onRequest", (request, reply, _goOn) => {
    const { raw } = request;
    raw.url = (raw as { originalUrl?: string }).originalUrl ?? raw.url;
    serve(request, reply, host, options, held, baseUrl).catch((error: unknown) => reply.send(error));
  });
  scope.addHook("onSend", (request, reply, payload, done) => {
    if (request.isSandboxed) addSandbox(reply);
    done(null, payload);
  });
  scope.setErrorHandler((thrown, request, reply) => {
    const error = requestError(thrown, options.note(request));
    const status = statusOf(error);
    const headers = error instanceof HttpError ? error.headers : {};
    // What is no bug was said in words that may be read.
    refuse(reply, status, error instanceof HttpError || status < 500 ? error.message : "Internal error", headers);
  });
  scope.all(ROUTE, () => undefined);
}

async function serve(
  request: FastifyRequest,
  reply: FastifyReply,
  host: ServerHost,
  { gate, dev, watch, stopping }: PluginsOptions,
  held: HeldBytes,
  baseUrl: (agentId: string) => string,
): Promise<void> {
  reply.header("x-content-type-options", "nosniff");
  if (!isPluginUrl(request.raw.url!)) return await dev.serveRoot(request, reply, watch);
  const admission = await gate.admit(request.raw);
  if (admission.kind === "answer") return sendAnswer(reply, admission);
  request.isSandboxed = admission.isSandboxed;
  if (admission.permit !== undefined) watch.endWith(admission.permit, reply.raw);
  if (admission.isExposed) reply.header("access-control-allow-origin", "*");
  const context: PluginContext = { ...admission, request, reply, baseUrl: baseUrl(admission.agentId) };
  const { target } = admission;
  if (target.kind === "web") {
    const { web, folder, rest } = target;
    return await serveWeb({ ...context, web, folder, rest, dev });
  }
  const { isLocal } = admission.door;
  const bytesMax = isLocal ? SERVER_BODY_BYTES_MAX : PLUGIN_REMOTE_BODY_BYTES_MAX;
  const share = isLocal ? held.open() : held.open("not from this machine");
  try {
    request.body = await readBody(request.raw, { bytesMax, held: share, stopping });
    await serveRoute(context, target.match, { host, held: share, stopping });
  } finally {
    releaseOnceSent(reply, share);
  }
}

/** The answer is in memory until its reader has it, or is gone. */
function releaseOnceSent({ raw }: FastifyReply, share: HeldShare): void {
  if (raw.closed) share.release();
  else raw.once("close", () => share.release());
}

/** The address that an agent's plugins may give to others. */
function baseUrlOf({ server }: FastifyInstance, { tunnelUrl, publicUrl }: PluginsOptions): (agentId: string) => string {
  let own: string | undefined;
  return (agentId) => {
    const known = tunnelUrl(agentId) ?? publicUrl ?? own;
    if (known !== undefined) return known;
    own = ownUrl(server.address() as AddressInfo);
    return own;
  };
}

/** A line of its own: what the plugin says counts beside it, and cannot take it back. */
function addSandbox(reply: FastifyReply): void {
  const said = reply.getHeader(CSP);
  const lines = said === undefined ? [] : [said].flat().map(String);
  reply.removeHeader(CSP).header(CSP, [...lines, SANDBOX]);
}
