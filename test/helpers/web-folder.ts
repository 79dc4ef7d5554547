// A folder of a web UI behind a server that serves nothing else: what stands before it in the host (who may ask) is left out.

import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { onTestFinished } from "vitest";
import type { ManifestWeb } from "../../src/protocol/manifest-routes.ts";
import type { PluginContext, WebContext } from "../../src/server/plugins/plugin-context.ts";
import { serveWeb } from "../../src/server/plugins/serve-web.ts";
import { tempDir } from "./temp-dir.ts";

export const AGENT = "11111111-2222-4333-8444-555555555555";
export const PLUGIN = "test.web-files";
const PREFIX = `/plugins/${PLUGIN}/ui`;

interface WebAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
  readonly text: string;
}

export interface ServedFolder {
  /** Where the plugin is; `web` below it is what is served. */
  readonly folder: string;
  readonly port: number;
  /** Writes a file of the web UI. */
  write(name: string, content: string | Uint8Array): void;
  /** Behind the mount. */
  get(rest: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<WebAnswer>;
  /** The answer as it begins; the caller reads it, or does not. */
  open(rest: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<IncomingMessage>;
}

export interface ServedFolderOptions {
  readonly web?: Partial<ManifestWeb>;
  readonly context?: Partial<PluginContext>;
  /** Headers that are there before. */
  readonly headers?: Readonly<Record<string, string>>;
  /** After how long of silence a client counts as gone. */
  readonly idleMs?: number;
}

/** For the length of a test. */
export async function serveFolder(options: ServedFolderOptions = {}): Promise<ServedFolder> {
  const folder = tempDir();
  mkdirSync(join(folder, "web"));
  const serve = async (request: FastifyRequest, reply: FastifyReply) => {
    reply.headers(options.headers ?? {});
    if (options.idleMs !== undefined) reply.raw.setTimeout(options.idleMs, () => {});
    const url = request.raw.url!;
    const [path = ""] = url.split("?", 1);
    const search = url.slice(path.length + 1);
    const context = {
      request,
      reply,
      pluginId: PLUGIN,
      agentId: AGENT,
      search,
      path: `/ui${path.slice(PREFIX.length)}`,
      rest: path.slice(PREFIX.length),
      folder,
      web: {
        static_dir: "web",
        entry: "index.html",
        mount: "/ui",
        auth: "none",
        api_mount: "/api",
        tunnel_exposed: false,
        ...options.web,
      },
      agentCookie: undefined,
      ...options.context,
    };
    await serveWeb(context as unknown as WebContext);
    return reply;
  };
  // What cannot be decoded is none of the framework's business.
  const app = fastify({ exposeHeadRoutes: false, frameworkErrors: (_, request, reply) => void serve(request, reply) });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  app.all(`${PREFIX}*`, serve);
  await app.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(async () => await app.close());
  const { port } = app.server.address() as AddressInfo;
  const open: ServedFolder["open"] = async (rest, headers = {}, method = "GET") => {
    const path = `${PREFIX}${rest}`;
    const request = send({ host: "127.0.0.1", port, path, headers, method, agent: false }).end();
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    return answer;
  };
  return {
    folder,
    port,
    open,
    write(name, content) {
      const path = join(folder, "web", name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    },
    async get(rest, headers, method) {
      const answer = await open(rest, headers, method);
      const bytes = await buffer(answer);
      return { status: answer.statusCode!, headers: answer.headers, bytes, text: bytes.toString("utf8") };
    },
  };
}
