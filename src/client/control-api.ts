// The control API of the host that serves a data folder, for commands: typed calls, and failures as this program's own
// errors. The connection is made straight to this machine, with the key that the host left for its user; neither proxies of
// the environment nor redirections get to see that key.

import * as z from "zod/mini";
import { localTokenPath } from "../base/local-token.ts";
import type { Paths } from "../base/paths.ts";
import { readSmallFile } from "../base/read-small-file.ts";
import { VERSION } from "../base/version.ts";
import type { AnswerOf, BodyOf, ParamsOf } from "../protocol/api/client-types.ts";
import { DASHBOARD_API } from "../protocol/api/dashboard.ts";
import { ErrorDocument } from "../protocol/api/documents.ts";
import type { Endpoint } from "../protocol/api/endpoint.ts";
import { PLUGINS_API } from "../protocol/api/plugins.ts";
import { TUNNEL_API } from "../protocol/api/tunnel.ts";
import type { OpenedDashboard, OpenedPage, TunnelAnswer } from "../protocol/control-answers.ts";
import { ERRORS, type ErrorCode, HostError } from "../protocol/errors.ts";
import { LOCAL_TOKEN_BYTES_MAX } from "../protocol/limits.ts";
import { type JsonAnswer, sendJson } from "./send-json.ts";

export interface ControlApi {
  /** Fails with `plugin_unknown`, `web_ui_missing`, `agent_unknown`, and with what keeps the plugin from loading. */
  openPage(pluginId: string, agent: string | undefined): Promise<OpenedPage>;
  openDashboard(): Promise<OpenedDashboard>;
  tunnelStatus(): Promise<TunnelAnswer>;
  /** Fails with `tunnel_failed`, `relay_invalid`. */
  connectTunnel(): Promise<TunnelAnswer>;
  disconnectTunnel(): Promise<TunnelAnswer>;
}

export interface ControlApiOptions {
  readonly paths: Pick<Paths, "data">;
  /** Where the host answers, without a slash at the end. */
  readonly url: string;
  readonly signal?: AbortSignal | undefined;
}

/** Fails with `host_not_running` when the host left no key. */
export function openControlApi({ paths, url, signal }: ControlApiOptions): ControlApi {
  const token = readToken(paths, url);
  const ask = async <E extends Asked>({ method, path, answer }: E, params: ParamsOf<E>, body?: BodyOf<E>) => {
    const given = method === "POST" ? (body ?? {}) : undefined;
    const json = await sendJson({ url: `${url}/api/v1${fill(path, params)}`, method, token, body: given, signal });
    return answerOf<AnswerOf<E>>(answer as z.ZodMiniType<AnswerOf<E>>, json, url);
  };
  return {
    openPage: (plugin, agent) => ask(PLUGINS_API.open_plugin, { plugin }, agent === undefined ? {} : { agent }),
    openDashboard: () => ask(DASHBOARD_API.open_dashboard, {}),
    tunnelStatus: () => ask(TUNNEL_API.tunnel_status, {}),
    connectTunnel: () => ask(TUNNEL_API.connect_tunnel, {}),
    disconnectTunnel: () => ask(TUNNEL_API.disconnect_tunnel, {}),
  };
}

type Asked = Endpoint & { readonly method: "GET" | "POST" };

function fill(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name]!));
}

function readToken(paths: Pick<Paths, "data">, url: string): string {
  const path = localTokenPath(paths);
  const read = readSmallFile(path, LOCAL_TOKEN_BYTES_MAX);
  if (read?.text !== undefined) return read.text.trim();
  if (read === undefined) throw otherProgram(url);
  throw new HostError("host_not_running", `the key of the host at ${url} cannot be read: ${path}: ${read.problem}`, {
    hint: "ask as the user who started the host",
  });
}

function answerOf<Answer>(schema: z.ZodMiniType<Answer>, { status, body }: JsonAnswer, url: string): Answer {
  if (status === 200) {
    const read = z.safeParse(schema, body);
    if (read.success) return read.data;
    throw otherProgram(url);
  }
  const failure = z.safeParse(ErrorDocument, body);
  if (!failure.success) throw otherProgram(url);
  const { code, message, hint, details } = failure.data.error;
  // Another key, or none of these paths: what answers is not what left the key.
  if (!Object.hasOwn(ERRORS, code) || code === "unauthorized" || code === "route_unknown") throw otherProgram(url);
  throw new HostError(code as ErrorCode, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });
}

function otherProgram(url: string): HostError {
  return new HostError("host_not_running", `what answers at ${url} is no host of version ${VERSION}`, {
    hint: '"osaurus stop" and "osaurus serve" start the host anew',
  });
}
