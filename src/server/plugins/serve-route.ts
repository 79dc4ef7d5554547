// Asks a plugin for the answer of its route, and sends it. Whatever the plugin answers or does, its client gets an answer;
// what of it is the host's to say is not taken from the plugin.

import type { FastifyReply } from "fastify";
import type { RouteShown } from "../../host/native-host.ts";
import { HostError } from "../../protocol/errors.ts";
import { ROUTE_MS_MAX } from "../../protocol/limits.ts";
import { parseRouteAnswer, type RouteAnswer } from "../../protocol/route-answer.ts";
import type { ServerHost } from "../server-host.ts";
import { refuse } from "./host-answer.ts";
import type { RouteMatch } from "./match-route.ts";
import type { PluginContext } from "./plugin-context.ts";
import { pluginSetCookie } from "./plugin-cookies.ts";
import { binaryNote, routeRequest } from "./route-request.ts";

interface Refused {
  readonly kind: "problem";
  readonly status: number;
  readonly message: string;
  readonly code?: string;
}

type Outcome = RouteAnswer | Refused;

export async function serveRoute(context: PluginContext, match: RouteMatch, host: ServerHost): Promise<void> {
  const { request, reply, agentId, path, plugin, pluginId } = context;
  const { json, shownBody } = routeRequest(context, match);
  // The call may last longer than its client stays.
  request.body = undefined;
  let outcome: Outcome | undefined;
  const row = { agentId, json, method: request.raw.method!, path, body: shownBody };
  const native = await host.native();
  try {
    const isThere = await native.callRoute(plugin, row, (given) => {
      outcome = outcomeOf(given);
      return shownOf(outcome);
    });
    if (isThere === undefined) return refuse(reply, 501, "Plugin does not support route handling");
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    outcome ??= failureOf(error);
  }
  if (reply.raw.destroyed) return;
  if (outcome!.kind === "problem") return refuse(reply, outcome!.status, outcome!.message);
  sendRouteAnswer(reply, outcome!, pluginId);
}

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
  return { status, response: typeof body === "string" ? body : binaryNote(body.length), errorCode: undefined };
}

/** The host's to say, or about a connection that is not the plugin's. */
const NOT_TAKEN: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "content-length",
  "service-worker-allowed",
  "clear-site-data",
  "alt-svc",
  "strict-transport-security",
  "date",
  "x-content-type-options",
]);

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

function sendRouteAnswer(reply: FastifyReply, { status, headers, body }: RouteAnswer, pluginId: string): void {
  const connection = headers.find(([name]) => name === "connection")?.[1] ?? "";
  const named = new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
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
