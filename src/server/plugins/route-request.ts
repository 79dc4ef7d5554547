// A request as `handle_route` gets it: one JSON document ("Osaurus: Routes and Web UIs", handle_route).

import { isUtf8 } from "node:buffer";
import type { RouteMatch } from "./match-route.ts";
import type { PluginContext } from "./plugin-context.ts";
import { OURS } from "./plugin-cookies.ts";
import { decoded } from "./plugin-path.ts";

export interface GivenRequest {
  readonly json: string;
  /** What Insights shows of the body; null without one. */
  readonly shownBody: string | null;
}

export function routeRequest(context: PluginContext, { route, params }: RouteMatch): GivenRequest {
  const { request, path, search, pluginId, agentAddress, baseUrl } = context;
  const bytes = request.body as Buffer | undefined;
  const isText = bytes === undefined || isUtf8(bytes);
  const body = bytes === undefined ? "" : bytes.toString(isText ? "utf8" : "base64");
  const json = JSON.stringify({
    route_id: route.id,
    method: request.raw.method,
    path: search === "" ? path : `${path}?${search}`,
    query: queryOf(search),
    path_params: params,
    headers: headersOf(request.raw.rawHeaders),
    body,
    body_encoding: isText ? "utf8" : "base64",
    remote_addr: "",
    plugin_id: pluginId,
    osaurus: {
      base_url: baseUrl,
      plugin_url: `${baseUrl}/plugins/${encodeURIComponent(pluginId)}`,
      agent_address: agentAddress,
    },
  });
  const shownBody = bytes === undefined || bytes.length === 0 ? null : isText ? body : binaryNote(bytes.length);
  return { json, shownBody };
}

/** What stands in Insights for what is no text. */
export function binaryNote(bytes: number): string {
  return `(${bytes} bytes that are no text)`;
}

/** Of a name that comes twice the last; "+" is no space. */
function queryOf(search: string): Record<string, string> {
  const pairs = search.split("&").filter((pair) => pair !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const end = pair.indexOf("=");
      if (end === -1) return [decoded(pair), ""];
      return [decoded(pair.slice(0, end)), decoded(pair.slice(end + 1))];
    }),
  );
}

/** Names in lower case; of one that comes twice the last. The host's own cookies are not the plugin's business. */
function headersOf(raw: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < raw.length; at += 2) headers.set(raw[at]!.toLowerCase(), utf8Text(raw[at + 1]!));
  const cookies = headers.get("cookie")?.split(";");
  const left = cookies?.filter((pair) => !OURS.test(pair));
  if (left?.length === 0) headers.delete("cookie");
  else if (left !== undefined && left.length < cookies!.length) headers.set("cookie", left.join(";").trim());
  return Object.fromEntries(headers);
}

const NOT_ASCII = /[^\0-\x7f]/;

/** The text of a header's bytes, which come as one character each: most who send other than ASCII mean UTF-8. */
function utf8Text(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  const bytes = Buffer.from(text, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : text;
}
