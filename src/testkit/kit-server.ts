// The server in front of a test host: the same that `osaurus serve` opens, on a free port of this machine. It is opened with
// the first request, and closed with the kit.

import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { Host } from "../host/create-host.ts";
import type { RouteRequest, RouteResponse } from "./api.ts";
import type { TestClock } from "./test-clock.ts";

/** What requests that are still open get to finish. */
const DRAIN_MS = 1_000;

export interface KitServerOptions {
  readonly host: Host;
  readonly data: string;
  readonly clock: TestClock;
  readonly pluginId: string;
  agentId(named: string | undefined): Promise<string>;
  /** A failure that is a bug of the host. */
  noteBug(text: string): void;
}

interface Opened {
  readonly url: string;
  /** Lets in to every agent. */
  readonly key: string;
  /** An address for one use that makes a browser its owner's. */
  link(path: string, agentId: string): string;
  stop(): Promise<void>;
}

export class KitServer {
  readonly #options: KitServerOptions;
  #opened: Promise<Opened> | undefined;

  constructor(options: KitServerOptions) {
    this.#options = options;
  }

  async route({ method = "GET", path, headers, body, agent, as = "owner" }: RouteRequest): Promise<RouteResponse> {
    const { agentId, pluginId } = this.#options;
    const { url, key } = await this.#open();
    const own = {
      "x-osaurus-agent-id": await agentId(agent),
      ...(as === "owner" ? { authorization: `Bearer ${key}` } : {}),
    };
    return await send(`${url}/plugins/${pluginId}`, path, { method, headers: { ...own, ...headers }, body });
  }

  /** The address of a page for a browser of its owner. */
  async link(path: string, agentId: string): Promise<string> {
    return (await this.#open()).link(path, agentId);
  }

  async close(): Promise<void> {
    await (await this.#opened?.catch(() => undefined))?.stop();
  }

  #open(): Promise<Opened> {
    this.#opened ??= open(this.#options);
    return this.#opened;
  }
}

async function open({ host, data, clock, pluginId, noteBug }: KitServerOptions): Promise<Opened> {
  const [{ createHttpServer }, { listen, stopServer }, { PageNames }, { WebSessions }] = await Promise.all([
    import("../server/http-server.ts"),
    import("../server/listen.ts"),
    import("../server/plugins/page-names.ts"),
    import("../server/plugins/web-sessions.ts"),
  ]);
  const sessions = new WebSessions(() => clock.steady());
  const server = await createHttpServer(host, {
    names: new Set(),
    data,
    sessions,
    clock: () => clock.steady(),
    noteBug: (id, cause) => noteBug(`internal error ${id}: ${cause instanceof Error ? cause.message : String(cause)}`),
  });
  const url = await listen(server, { host: "127.0.0.1", port: 0 });
  server.readiness.isReady = true;
  const keys = await host.accessKeys();
  const { key } = await keys.create({ name: "testkit", agentId: null, expiresAt: null });
  keys.openLocal(); // What begins with a link ends with this key.
  const names = new PageNames(data);
  return {
    url,
    key,
    link(path, agentId) {
      const code = sessions.issue({ pluginId, agentId, keyId: "local" });
      const mark = path.includes("?") ? "&" : "?";
      const { port } = new URL(url);
      return `http://${names.hostOf(pluginId)}:${port}/plugins/${pluginId}${path}${mark}osr_open=${code}`;
    },
    stop: () => stopServer(server, DRAIN_MS),
  };
}

/** One request over a connection of its own. What stands in its path is sent as it is. */
function send(
  base: string,
  path: string,
  { method, headers, body }: { method: string; headers: Record<string, string>; body: string | Uint8Array | undefined },
): Promise<RouteResponse> {
  const { hostname, port, pathname } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { hostname, port, path: `${pathname}${path}`, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          resolve({
            status: response.statusCode!,
            headers: joined(response.headers),
            body: bytes.toString("utf8"),
            bytes: new Uint8Array(bytes),
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

function joined(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}
