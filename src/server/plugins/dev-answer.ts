// What the answer of a dev server becomes on its way out: its headers as the host wants them, and HTML with the host's
// script in it.

import type { IncomingMessage } from "node:http";
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ManifestWeb } from "../../protocol/manifest-routes.ts";
import { devAnswerHeaders, forgetBytes } from "./dev-headers.ts";
import type { DevServer } from "./dev-proxy-file.ts";
import { addFramePolicy } from "./frame-policy.ts";
import { sendAnswer } from "./host-answer.ts";
import { osaurusScript } from "./inject.ts";
import { HtmlInjector } from "./inject-stream.ts";
import { agentNeeded } from "./request-agent.ts";

/** What a request was passed on with. */
export interface DevPassage {
  readonly pluginId: string;
  readonly web: ManifestWeb;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly agentId: string;
  readonly server: DevServer;
  /** The path of the mount as it was asked for; undefined for what is asked for at the root. */
  readonly mount: string | undefined;
  /** For HTML. */
  readonly cookies: readonly string[];
  /** See `Admission`. */
  readonly framedBy?: readonly string[] | undefined;
  /** Asked for by a page, for no agent that is known: whatever is a page itself is not for whoever asks. */
  readonly isPart: boolean;
}

export function sendDevAnswer(passage: DevPassage, answer: IncomingMessage): void {
  const { request, reply, pluginId, web, cookies, isPart } = passage;
  if (isPart && mediaType(answer) === "text/html") {
    answer.destroy();
    return sendAnswer(reply, agentNeeded());
  }
  const headers = devAnswerHeaders(answer.headers, pluginId);
  if (typeof headers["location"] === "string") headers["location"] = publicLocation(headers["location"], passage);
  const status = answer.statusCode!;
  const isHtml = mediaType(answer) === "text/html";
  if (isHtml) {
    headers["cache-control"] = "no-store";
    const all = [headers["set-cookie"] ?? [], cookies].flat();
    if (all.length > 0) headers["set-cookie"] = all;
  }
  const hasContent = request.method !== "HEAD" && status !== 204 && status !== 304;
  const plain = isHtml && status !== 206 ? plainBytes(answer) : undefined;
  if (plain !== undefined) forgetBytes(headers);
  reply.code(status).headers(headers);
  addFramePolicy(reply, web, passage.framedBy);
  if (!hasContent) {
    answer.resume();
    return void reply.send();
  }
  if (plain === undefined) return sendStream(reply, answer);
  const { agentId } = passage;
  const injector = new HtmlInjector(osaurusScript({ pluginId, agentId, apiMount: web.api_mount }));
  sendStream(reply, pipeline([answer, ...plain, injector], () => {}) as unknown as Readable);
}

function sendStream(reply: FastifyReply, stream: Readable): void {
  const { raw } = reply;
  // Who stops reading for long does not hold the dev server; one that says nothing for long may.
  raw.on("timeout", () => {
    if (raw.writableNeedDrain) raw.destroy();
  });
  reply.send(stream);
  // Events may be long in coming; that there is an answer is known now. Every answer has this header once it is made.
  if (!raw.headersSent && raw.hasHeader("x-content-type-options")) raw.flushHeaders();
}

/** What makes the answer's bytes plain; undefined for a coding that is not known. */
function plainBytes({ headers }: IncomingMessage): readonly NodeJS.ReadWriteStream[] | undefined {
  switch ((headers["content-encoding"] ?? "identity").trim().toLowerCase()) {
    case "":
    case "identity":
      return [];
    case "gzip":
    case "x-gzip":
      return [createGunzip()];
    case "deflate":
      return [createInflate()];
    case "br":
      return [createBrotliDecompress()];
    case "zstd":
      return [createZstdDecompress()];
    default:
      return undefined;
  }
}

/** Where the dev server leads to, as the browser knows it. What leads elsewhere stays what it is. */
function publicLocation(location: string, { server, mount }: DevPassage): string {
  const root = `http://${server.authority}`;
  const isAbsolute = /^[a-z][a-z0-9+.-]*:|^[/\\]{2}/i.test(location);
  if (!isAbsolute && !location.startsWith("/")) return location;
  const url = URL.parse(location, root);
  if (url === null || url.origin !== new URL(root).origin) return location;
  const path = `${url.pathname}${url.search}${url.hash}`;
  if (mount === undefined || isAtOrBelow(mount, url.pathname)) return path;
  if (!isAtOrBelow(server.prefix, url.pathname)) return path;
  return `${mount}${path.slice(server.prefix.length)}`;
}

export function isAtOrBelow(parent: string, path: string): boolean {
  return path.startsWith(parent) && /^(?:[/?#]|$)/.test(path.slice(parent.length));
}

function mediaType({ headers }: IncomingMessage): string {
  return (headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase();
}
