// Asks a plugin for the answer of its route, and sends it. Whatever the plugin answers or does, its client gets an answer;
// what of it is the host's to say is not taken from the plugin.

import { isUtf8 } from "node:buffer";
import type { FastifyReply } from "fastify";
import type { HeldShare } from "../../base/held-bytes.ts";
import { untilAborted } from "../../base/until-aborted.ts";
import type { RouteShown } from "../../host/native-host.ts";
import { HostError } from "../../protocol/errors.ts";
import { ROUTE_MS_MAX } from "../../protocol/limits.ts";
import { parseRouteAnswer, type RouteAnswer } from "../../protocol/route-answer.ts";
import { CONNECTION_HEADERS, connectionNames } from "../connection-headers.ts";
import type { ServerHost } from "../server-host.ts";
import { refuse } from "./host-answer.ts";
import type { RouteMatch } from "./match-route.ts";
import type { PluginContext } from "./plugin-context.ts";
import { pluginSetCookie } from "./plugin-cookies.ts";
import { HOST_STOPS } from "./read-body.ts";
import { binaryNote, routeRequest } from "./route-request.ts";

interface Refused {
  readonly kind: "problem";
  readonly status: number;
  readonly message: string;
  readonly code?: string;
}

type Outcome = RouteAnswer | Refused;

/** What calls of routes need besides their requests. */
export interface RouteService {
  readonly host: ServerHost;
  /** Takes what waits in memory for its reader. */
  readonly held: HeldShare;
  /** When nobody waits for plugins any more. */
  readonly stopping: AbortSignal;
}

export async function serveRoute(context: PluginContext, match: RouteMatch, service: RouteService): Promise<void> {
  const { request, reply, agentId, path, plugin, pluginId } = context;
  const { json, shownBody } = routeRequest(context, match);
  // The call may last longer than its client stays.
  request.body = undefined;
  let outcome: Outcome | undefined;
  const row = { agentId, json, method: request.raw.method!, path, body: shownBody };
  const native = await service.host.native();
  try {
    const call = native.callRoute(plugin, row, (given) => {
      outcome = outcomeOf(given);
      return shownOf(outcome);
    });
    const isThere = await untilAborted(call, service.stopping);
    if (isThere === undefined) return refuse(reply, 501, "Plugin does not support route handling");
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    outcome ??= service.stopping.aborted ? STOPPED : failureOf(error);
  }
  if (reply.raw.destroyed) return;
  if (outcome!.kind !== "problem" && !service.held.take(Buffer.byteLength(outcome!.body))) {
    return refuse(reply, 503, "Too many answers wait to be read", { "retry-after": "1" });
  }
  if (outcome!.kind === "problem") return refuse(reply, outcome!.status, outcome!.message);
  sendRouteAnswer(reply, outcome!, pluginId);
}

const STOPPED: Refused = { kind: "problem", status: 503, message: HOST_STOPS };

function outcomeOf(given: string | null | HostError): Outcome {
  if (given instanceof HostError) return failureOf(given);
  if (given === null)
    return {
      kind: "problem",
      status: 500,
      message: "Plugin error: the route handler gave no answer",
      code: "invalid_response",
    };
  const answer = parseRouteAnswer(given);
  return answer.kind === "problem" ? { ...answer, code: "invalid_response" } : answer;
}

/** What of the failures of plugins may be told to anybody: they name the plugin and no place on this machine. */
const TOLD: ReadonlySet<string> = new Set([
  "plugin_crashed",
  "plugin_exited",
  "plugin_protocol",
  "plugin_overloaded",
  "plugin_restarting",
  "plugin_stopped",
  "output_too_large",
  "input_too_large",
]);

export function failureOf({ code, message }: HostError): Refused {
  if (code === "plugin_timeout") {
    const text = `Plugin error: Plugin route handler timed out after ${ROUTE_MS_MAX / 1_000}s`;
    return { kind: "problem", status: 500, message: text, code };
  }
  const detail = TOLD.has(code) ? message : "the plugin could not be asked";
  return { kind: "problem", status: 500, message: `Plugin error: ${detail}`, code };
}

function shownOf(outcome: Outcome): RouteShown {
  if (outcome.kind === "problem") {
    const { status, message, code } = outcome;
    return { status, response: message, errorCode: code };
  }
  const { status, body } = outcome;
  const text = typeof body === "string" || isUtf8(body) ? body.toString() : binaryNote(body.length);
  return { status, response: text, errorCode: undefined };
}

/** The host's to say, or about a connection that is not the plugin's. */
const NOT_TAKEN: ReadonlySet<string> = new Set([
  ...CONNECTION_HEADERS,
  "content-length",
  "service-worker-allowed",
  "clear-site-data",
  "alt-svc",
  "strict-transport-security",
  "date",
  "x-content-type-options",
  // Browsers send no cookies where everybody may ask.
  "access-control-allow-credentials",
]);

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

function sendRouteAnswer(reply: FastifyReply, { status, headers, body }: RouteAnswer, pluginId: string): void {
  const named = connectionNames(headers.find(([name]) => name === "connection")?.[1]);
  reply.code(status);
  for (const [name, value] of headers) {
    if (NOT_TAKEN.has(name) || named.has(name)) continue;
    const line = name === "set-cookie" ? pluginSetCookie(value, pluginId) : value;
    if (line !== undefined) reply.header(name, line);
  }
  if (WITHOUT_BODY.has(status)) return void reply.send();
  // Behind a serializer of its own, the framework leaves the type of the content as the plugin said it, or did not. It sends
  // bytes as well as text, whatever its types say.
  reply.serializer(() => body as string).send({});
}
