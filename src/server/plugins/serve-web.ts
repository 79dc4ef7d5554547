// Answers requests below the mount of a plugin's web UI: a file of its folder, its entry page for what is no file, or what
// its author's dev server says ("Osaurus: Web UIs"). Who may ask was found out before.

import { isUtf8 } from "node:buffer";
import type { FileHandle } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { WEB_PIECE_BYTES_MAX } from "../../protocol/limits.ts";
import { byteRange } from "./byte-range.ts";
import { findDevTarget, proxyToDevServer } from "./dev-proxy.ts";
import { FilePart } from "./file-part.ts";
import { addFramePolicy } from "./frame-policy.ts";
import { redirect, refuse, sendAnswer } from "./host-answer.ts";
import { injectedPage, osaurusScript } from "./inject.ts";
import { HtmlInjector } from "./inject-stream.ts";
import { isPage, webMediaType } from "./media-types.ts";
import type { WebContext } from "./plugin-context.ts";
import { agentNeeded } from "./request-agent.ts";
import { findWebFile, type WebFile } from "./web-file.ts";
import { isRangeOf, isUnchanged } from "./web-validators.ts";

const REFUSALS = {
  invalid: { status: 400, message: "Invalid path" },
  denied: { status: 403, message: "Access denied" },
  missing: { status: 404, message: "File not found" },
} as const;

const AN_HOUR = "public, max-age=3600";

export async function serveWeb(context: WebContext): Promise<void> {
  if (isPageWithoutSlash(context)) return redirectToSlash(context);
  const target = findDevTarget(context);
  if (target !== undefined) return await proxyToDevServer(context, target);
  const { request, reply, web, folder, rest, framedBy } = context;
  addFramePolicy(reply, web, framedBy);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return refuse(reply, 405, "Method not allowed", { allow: "GET, HEAD" });
  }
  const file = await findWebFile({ folder, staticDir: web.static_dir, entry: web.entry }, rest);
  if (typeof file === "string") return refuse(reply, REFUSALS[file].status, REFUSALS[file].message);
  try {
    const mediaType = webMediaType(file.name);
    if (context.isPart && isPage(mediaType)) return sendAnswer(reply, agentNeeded());
    await (isPage(mediaType) ? sendPage(context, file) : sendFile(context, file, mediaType));
  } finally {
    // Whatever was to be sent has been; closing twice does no harm.
    await file.handle?.close();
  }
}

/** Without the slash, relative addresses in the page would be looked for beside the mount. */
function isPageWithoutSlash({ request, rest }: WebContext): boolean {
  const isRead = request.method === "GET" || request.method === "HEAD";
  return rest === "" && isRead && request.headers["sec-fetch-mode"] === "navigate";
}

function redirectToSlash({ request, reply, search }: WebContext): void {
  const [path] = request.raw.url!.split("?", 1);
  sendAnswer(reply, redirect(307, `${path}/${search === "" ? "" : `?${search}`}`));
}

/** A page is made for its agent, so nobody keeps it, and there are no parts of it. */
async function sendPage(context: WebContext, { bytes, handle, state }: WebFile): Promise<void> {
  const { request, reply, pluginId, agentId, web, agentCookie } = context;
  const script = osaurusScript({ pluginId, agentId, apiMount: web.api_mount });
  reply.header("cache-control", "no-store");
  if (agentCookie !== undefined) reply.header("set-cookie", agentCookie);
  if (bytes !== undefined) {
    const page = injectedPage(bytes, script);
    reply.headers({ "content-type": pageType(isUtf8(bytes)), "content-length": page.length });
    return void reply.send(request.method === "HEAD" ? undefined : page);
  }
  // A long page is never in memory as a whole, and its charset is judged by how it begins.
  reply.header("content-type", pageType(await beginsAsUtf8(handle)));
  if (request.method === "HEAD") return void reply.send();
  const part = new FilePart(handle, { first: 0, last: state.size - 1 });
  await Promise.all([
    closed(part),
    sendStream(
      reply,
      pipeline(part, new HtmlInjector(script), () => {}),
    ),
  ]);
}

function pageType(isUtf8: boolean): string {
  return isUtf8 ? "text/html; charset=utf-8" : "text/html";
}

async function beginsAsUtf8(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(WEB_PIECE_BYTES_MAX), 0, WEB_PIECE_BYTES_MAX, 0);
  try {
    // As a stream: the last character may be cut.
    new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, bytesRead), { stream: true });
    return true;
  } catch {
    return false;
  }
}

async function sendFile(context: WebContext, { bytes, handle, state }: WebFile, mediaType: string): Promise<void> {
  const { request, reply, web } = context;
  const { method, headers } = request;
  reply.headers({ etag: state.etag, "last-modified": state.lastModified, "cache-control": AN_HOUR });
  // Caches between us and others must not give the owner's files to anybody else.
  if (web.auth === "owner") reply.header("vary", "Authorization, Cookie");
  if (isUnchanged(headers, state)) return void reply.code(304).send();
  reply.header("accept-ranges", "bytes");
  const range = method === "GET" && isRangeOf(headers, state, Date.now()) ? headers.range : undefined;
  const part = range === undefined ? "whole" : byteRange(range, state.size);
  if (part === "none") {
    return refuse(reply, 416, "Range not satisfiable", { "content-range": `bytes */${state.size}` });
  }
  const { first, last } = part === "whole" ? { first: 0, last: state.size - 1 } : part;
  if (part !== "whole") reply.code(206).header("content-range", `bytes ${first}-${last}/${state.size}`);
  reply.headers({ "content-type": mediaType, "content-length": last + 1 - first });
  if (method === "HEAD") return void reply.send();
  if (bytes !== undefined) return void reply.send(bytes.subarray(first, last + 1));
  await sendStream(reply, new FilePart(handle, { first, last }));
}

/** Resolves when the stream is closed, at its end or because the client went away. */
async function sendStream(reply: FastifyReply, stream: Readable): Promise<void> {
  // Who stops reading for long does not hold the file open.
  reply.raw.once("timeout", () => reply.raw.destroy());
  reply.send(stream);
  await closed(stream);
}

async function closed(stream: Readable): Promise<void> {
  if (!stream.closed) await new Promise((done) => stream.once("close", done));
}
