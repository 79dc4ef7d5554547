// The other end of the tunnel for tests: lets hosts in as a relay does, or does something else entirely. Closed when the test
// ends. It checks signatures; it serves nobody.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { recoverAddress } from "../../src/base/ethereum-signature.ts";
import {
  parseTunnelFrame,
  type TunnelFrame,
  type TunnelFrameOf,
  tunnelFrameText,
  tunnelSignatureText,
} from "../../src/protocol/tunnel-frames.ts";

type Sent = TunnelFrame["type"];

export interface SmallRelayOptions {
  /** Does this with each connection, instead of letting it in. */
  readonly instead?: (host: ConnectedHost) => void;
  /** Named in `auth_ok`. */
  readonly features?: readonly string[];
  /** The public address of an agent; undefined: it gets none. */
  readonly urlOf?: (address: string) => string | undefined;
}

/** One connection of a host. */
export class ConnectedHost {
  readonly socket: WebSocket;
  /** All that it sent so far. */
  readonly frames: TunnelFrame[] = [];
  #listener: (() => void) | undefined;
  #taken = 0;
  #requests = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("close", () => this.#listener?.());
    socket.on("message", (data) => {
      this.frames.push(parseTunnelFrame(data.toString())!);
      this.#listener?.();
    });
  }

  send(frame: TunnelFrame | string | Buffer): void {
    this.socket.send(typeof frame === "string" || Buffer.isBuffer(frame) ? frame : tunnelFrameText(frame));
  }

  /** The next frame of that type, behind the one that was given last. */
  async next<Type extends Sent>(type: Type): Promise<TunnelFrameOf<Type>> {
    for (;;) {
      while (this.#taken < this.frames.length) {
        const frame = this.frames[this.#taken++]!;
        if (frame.type === type) return frame as TunnelFrameOf<Type>;
      }
      if (this.socket.readyState > 1) throw new Error(`the connection ended before a frame "${type}" came`);
      await new Promise<void>((resolve) => {
        this.#listener = resolve;
      });
    }
  }

  /** Asks at the address of an agent, one request at a time; gives the answer that is not streamed. */
  async ask(address: string, path: string, more: Partial<TunnelFrameOf<"request">> = {}) {
    const id = this.request(address, path, more);
    for (;;) {
      const answer = await this.next("response");
      if (answer.id === id) return answer;
    }
  }

  /** The same without waiting; gives the id. */
  request(address: string, path: string, more: Partial<TunnelFrameOf<"request">> = {}): string {
    const id = more.id ?? `r${++this.#requests}`;
    const headers = { "x-agent-address": address, "x-forwarded-for": "203.0.113.7", ...more.headers };
    this.send({ type: "request", method: "GET", path, body: "", ...more, id, headers });
    return id;
  }

  /** Resolves when the connection is gone. */
  async gone(): Promise<void> {
    if (this.socket.readyState !== 3) await once(this.socket, "close");
  }
}

export class SmallRelay {
  readonly url: string;
  readonly hosts: ConnectedHost[] = [];
  readonly #options: SmallRelayOptions;
  readonly #waiting: ((host: ConnectedHost) => void)[] = [];
  #taken = 0;

  constructor(url: string, options: SmallRelayOptions) {
    this.url = url;
    this.#options = options;
  }

  connected(socket: WebSocket): void {
    const host = new ConnectedHost(socket);
    this.hosts.push(host);
    if (this.#options.instead) this.#options.instead(host);
    else void this.letIn(host).catch(() => {});
    this.#waiting.shift()?.(host);
  }

  /** The next host that connects, behind the one that was given last. */
  async nextHost(): Promise<ConnectedHost> {
    const host = this.hosts[this.#taken++];
    return host ?? (await new Promise((resolve) => this.#waiting.push(resolve)));
  }

  /** As a relay does: agents whose signatures are right get an address. */
  async letIn(host: ConnectedHost): Promise<void> {
    const { features, urlOf = (address) => `http://${address}.relay.example` } = this.#options;
    host.send({ type: "challenge", nonce: randomBytes(32).toString("hex") });
    const { agents, nonce, timestamp } = await host.next("auth");
    const given: { address: string; url: string }[] = [];
    for (const { address, signature } of agents) {
      if (recoverAddress(tunnelSignatureText(address, nonce, timestamp), signature) !== address) continue;
      const url = urlOf(address);
      if (url !== undefined) given.push({ address, url });
    }
    host.send({ type: "auth_ok", agents: given, ...(features === undefined ? {} : { features: [...features] }) });
  }
}

/** @param options port: the one of a relay that was closed before. */
export async function openSmallRelay(
  options: SmallRelayOptions & { readonly port?: number } = {},
): Promise<SmallRelay & { readonly port: number; close(): Promise<void> }> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({ server, path: "/tunnel/connect" });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const relay = new SmallRelay(`ws://127.0.0.1:${port}/tunnel/connect`, options);
  sockets.on("connection", (socket) => relay.connected(socket));
  const close = async () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    server.closeAllConnections();
    if (server.listening) await new Promise((done) => server.close(done));
  };
  onTestFinished(close);
  return Object.assign(relay, { port, close });
}
