// A real host behind a real HTTP server, both in this process, for the length of a test file.

import { connect, type Socket } from "node:net";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost, type Host } from "../../src/host/create-host.ts";
import { createHttpServer, type HttpServer, type ServerOptions } from "../../src/server/http-server.ts";
import { listen, stopServer } from "../../src/server/listen.ts";
import { PageNames } from "../../src/server/plugins/page-names.ts";
import type { ServerHost } from "../../src/server/server-host.ts";
import { makeTempHome, type TempHome } from "./temp-home.ts";

export interface ServedHost {
  readonly home: TempHome;
  readonly host: Host;
  readonly server: HttpServer;
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Lets in to every agent. */
  readonly key: string;
  /** The plugin's own host name. */
  pluginHost(pluginId: string): string;
  /** What was noted as a bug. */
  readonly bugs: unknown[];
  stop(): Promise<void>;
}

export interface ServedHostOptions
  extends Partial<
    Pick<ServerOptions, "names" | "times" | "log" | "sessions" | "clock" | "publicUrl" | "hasProxy" | "relayUrl">
  > {
  /** Parts of the host that a test wants otherwise. */
  readonly instead?: Partial<ServerHost>;
  /** Whether rows of Insights are written; without it, they are not. */
  readonly recordsInsights?: boolean;
}

/** Serves on a free port. The caller stops it. */
export async function serveHost({
  instead,
  names: allowed,
  recordsInsights = false,
  ...options
}: ServedHostOptions = {}): Promise<ServedHost> {
  const home = makeTempHome();
  const paths = resolvePaths({ env: home.env, platform: process.platform });
  const host = createHost({ paths, env: home.env, cwd: home.path, recordsInsights });
  const bugs: unknown[] = [];
  const names = new PageNames(paths.data);
  const server = await createHttpServer(
    { ...host, ...instead },
    { ...options, names: allowed ?? new Set(), data: paths.data, noteBug: (_, cause) => void bugs.push(cause) },
  );
  const url = await listen(server, { host: "127.0.0.1", port: 0 });
  server.readiness.isReady = true;
  const { key } = await (await host.accessKeys()).create({ name: "test", agentId: null, expiresAt: null });
  return {
    home,
    host,
    server,
    url,
    port: Number(new URL(url).port),
    key,
    pluginHost: (pluginId) => names.hostOf(pluginId),
    bugs,
    async stop() {
      await stopServer(server, 100);
      await host.stop();
      home.remove();
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  /** Lower case names; of a repeated one the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Sends these bytes over a connection of their own; gives what came until the server closed it. */
export async function sendRaw(port: number, ...pieces: readonly (string | Uint8Array)[]): Promise<RawAnswer> {
  const socket = openRaw(port);
  for (const piece of pieces) socket.write(piece);
  return parseAnswer(await untilClosed(socket));
}

/** A connection that is left open. */
export function openRaw(port: number): Socket {
  return connect(port, "127.0.0.1").on("error", () => {});
}

/** All that comes until the other side closes. */
export async function untilClosed(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise((done) => socket.once("close", done));
  return Buffer.concat(chunks).toString("utf8");
}

export function parseAnswer(text: string): RawAnswer {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [line = "", ...headers] = head.split("\r\n");
  const pairs = headers.map(
    (one) => [one.slice(0, one.indexOf(":")).toLowerCase(), one.slice(one.indexOf(":") + 1).trim()] as const,
  );
  return { status: Number(line.split(" ")[1]), headers: new Map(pairs), body: rest.join("\r\n\r\n") };
}

/** The text of a request that asks for the connection to be closed behind it. */
export function requestText(line: string, headers: readonly string[], body = ""): string {
  const length = body === "" ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  return [`${line} HTTP/1.1`, "connection: close", ...length, ...headers, "", body].join("\r\n");
}
