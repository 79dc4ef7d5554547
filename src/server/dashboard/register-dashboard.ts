// `/` and `/ui/...`: the pages of the dashboard. They are the same for everybody and hold nothing of this host; what they show
// they ask for below /api/v1.

import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HostError } from "../../protocol/errors.ts";
import { hostName, isLoopback } from "../host-name.ts";
import { isForeign, isTopNavigation } from "../plugins/browser-rule.ts";
import { queryValue } from "../plugins/plugin-path.ts";
import type { Dashboard } from "./dashboard.ts";
import { PAGE, type PageFile, PageFiles } from "./page-files.ts";
import { FILE_HEADERS, pageHeaders } from "./page-headers.ts";

const CODE = "osr_open";
const BELOW = "/ui/";
/** What the build puts there has a hash of its content in its name. */
const ASSETS = "assets/";

/** @param files others than the build's, for tests. */
export function registerDashboard(app: FastifyInstance, dashboard: Dashboard, files = new PageFiles()): void {
  const serve = async (request: FastifyRequest, reply: FastifyReply) => {
    if (!dashboard.isFoundBy(request.raw)) return await elsewhere(request.raw, reply);
    if (!files.areThere) {
      throw new HostError("route_unknown", "the dashboard is not built", { hint: '"make setup" builds it' });
    }
    const [path, search] = splitUrl(request.raw.url!);
    if (path === "/") {
      const code = queryValue(search, CODE);
      if (code !== undefined && isGoingThere(request.raw))
        return await openLink(dashboard, request, reply, files, code);
    }
    const name = path.startsWith(BELOW) ? path.slice(BELOW.length) : "";
    const file = name === PAGE ? undefined : files.get(name);
    if (file !== undefined) return await sendFile(request, reply, file, name.startsWith(ASSETS));
    if (name.startsWith(ASSETS)) throw routeUnknown();
    return await sendPage(request, reply, files);
  };
  app.get("/", serve);
  app.get("/ui", serve);
  app.get("/ui/*", serve);
}

/** The address that all programs on this machine have leads to the name; on others there is no dashboard. */
async function elsewhere({ headers, url }: IncomingMessage, reply: FastifyReply): Promise<FastifyReply> {
  if (!isLoopback(hostName(headers.host!) ?? "")) throw routeUnknown();
  // The port as it was asked for: between here and there somebody may map ports.
  const port = /:\d+$/.exec(headers.host!)?.[0] ?? "";
  return await reply.header("cache-control", "no-store").redirect(`http://localhost${port}${url}`, 307);
}

/** A code becomes the cookie of a session, and is gone from the address. */
async function openLink(
  dashboard: Dashboard,
  request: FastifyRequest,
  reply: FastifyReply,
  files: PageFiles,
  code: string,
): Promise<FastifyReply> {
  const key = await dashboard.redeemCode(code);
  if (key !== undefined) reply.header("set-cookie", dashboard.begin(request.raw, key).setCookie);
  // Somebody went back, or loaded the page again. The page itself says what a code that is worth nothing means.
  else if ((await dashboard.signedIn(request.raw)).kind !== "signed in") {
    return await sendPage(request, reply.code(401).header("www-authenticate", "Bearer"), files);
  }
  return await reply.headers({ "cache-control": "no-store", "referrer-policy": "no-referrer" }).redirect("/", 303);
}

/** A browser that goes there, or a program that does as one. */
function isGoingThere(request: IncomingMessage): boolean {
  if (request.method !== "GET") return false;
  return isTopNavigation(request) || (request.headers["sec-fetch-mode"] === undefined && !isForeign(request));
}

async function sendPage({ raw }: FastifyRequest, reply: FastifyReply, files: PageFiles): Promise<FastifyReply> {
  return await send(raw, reply.headers(pageHeaders(raw.headers.host!, raw.socket.localPort)), files.get(PAGE)!);
}

async function sendFile(
  { raw }: FastifyRequest,
  reply: FastifyReply,
  file: PageFile,
  isForEver: boolean,
): Promise<FastifyReply> {
  const { headers } = raw;
  const etag = `"${file.etag}-${packingFor(headers["accept-encoding"], file) ?? "plain"}"`;
  reply.headers({
    ...FILE_HEADERS,
    etag,
    "cache-control": isForEver ? "public, max-age=31536000, immutable" : "no-cache",
  });
  const isKnown = (headers["if-none-match"] ?? "").split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
  return isKnown ? await reply.code(304).header("vary", "accept-encoding").send() : await send(raw, reply, file);
}

async function send({ headers }: IncomingMessage, reply: FastifyReply, file: PageFile): Promise<FastifyReply> {
  const packing = packingFor(headers["accept-encoding"], file);
  if (packing !== undefined) reply.header("content-encoding", packing);
  reply.headers({ "content-type": file.type, vary: "accept-encoding" });
  return await reply.send(packing === undefined ? file.plain : file[packing]);
}

function packingFor(accepted: string | string[] | undefined, file: PageFile): "br" | "gzip" | undefined {
  const taken = String(accepted ?? "")
    .toLowerCase()
    .split(",")
    .filter((one) => !/;\s*q=0(?:\.0*)?\s*$/.test(one))
    .map((one) => one.split(";", 1)[0]!.trim());
  return (["br", "gzip"] as const).find((one) => taken.includes(one) && file[one] !== undefined);
}

function splitUrl(url: string): [path: string, search: string] {
  const at = url.indexOf("?");
  return at === -1 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}

function routeUnknown(): HostError {
  return new HostError("route_unknown", "nothing is served at this path");
}
