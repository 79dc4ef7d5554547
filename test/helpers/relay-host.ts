// The host's side of a tunnel, frame by frame as a test wants it; and callers who ask at an agent's public address.

import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { signPersonal } from "../../src/base/ethereum-signature.ts";
import { addressOf } from "../../src/host/agent-identity.ts";
import {
  parseTunnelFrame,
  type TunnelFrame,
  type TunnelFrameOf,
  tunnelFrameText,
  tunnelSignatureText,
} from "../../src/protocol/tunnel-frames.ts";

export interface TestAgent {
  readonly key: string;
  readonly address: string;
}

/** The agent whose private key is this small number. */
export function testAgent(number: number): TestAgent {
  const key = number.toString(16).padStart(64, "0");
  return { key, address: addressOf(Buffer.from(key, "hex")) };
}

export function signed({ key, address }: TestAgent, nonce: string, timestamp: number) {
  return { address, signature: signPersonal(key, tunnelSignatureText(address, nonce, timestamp)) };
}

export const seconds = () => Math.floor(Date.now() / 1_000);

export class RelayHost {
  readonly socket: WebSocket;
  readonly #frames: TunnelFrame[] = [];
  #onFrame = () => {};
  /** The status of a refused upgrade, or the code with which the connection was closed. */
  readonly ended: Promise<number>;

  constructor(relayUrl: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${relayUrl.replace(/^http/, "ws")}/tunnel/connect`, {
      headers,
      perMessageDeflate: false,
    });
    this.socket.on("error", () => {});
    this.socket.on("message", (data) => {
      this.#frames.push(parseTunnelFrame(String(data))!);
      this.#onFrame();
    });
    const { promise, resolve } = Promise.withResolvers<number>();
    this.ended = promise;
    this.socket.once("unexpected-response", (_, response: IncomingMessage) => {
      resolve(response.statusCode!);
      response.resume();
      this.socket.terminate();
    });
    this.socket.once("close", (code) => {
      resolve(code);
      this.#onFrame();
    });
    onTestFinished(() => this.socket.terminate());
  }

  send(frame: TunnelFrame): void {
    this.socket.send(tunnelFrameText(frame));
  }

  /** The next frame of this type; those before it, of other types, stay. Fails when the connection ends before. */
  async next<Type extends TunnelFrame["type"]>(type: Type): Promise<TunnelFrameOf<Type>> {
    while (true) {
      const at = this.#frames.findIndex((frame) => frame.type === type);
      if (at >= 0) return this.#frames.splice(at, 1)[0] as TunnelFrameOf<Type>;
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`the connection ended without "${type}"`);
      await new Promise<void>((resolve) => {
        this.#onFrame = resolve;
      });
    }
  }

  /** How many frames of this type came and were not taken. */
  waiting(type: TunnelFrame["type"]): number {
    return this.#frames.filter((frame) => frame.type === type).length;
  }

  async signIn(agents: readonly TestAgent[], features?: string[]): Promise<TunnelFrameOf<"auth_ok">> {
    const { nonce } = await this.next("challenge");
    const timestamp = seconds();
    this.send({
      type: "auth",
      agents: agents.map((agent) => signed(agent, nonce, timestamp)),
      nonce,
      timestamp,
      ...(features === undefined ? {} : { features }),
    });
    return await this.next("auth_ok");
  }

  async addAgent(agent: TestAgent): Promise<void> {
    this.send({ type: "request_challenge" });
    const { nonce } = await this.next("challenge");
    const timestamp = seconds();
    this.send({ type: "add_agent", ...signed(agent, nonce, timestamp), nonce, timestamp });
  }

  /** Takes the next request and answers it. */
  async answer(
    answer: { status?: number; headers?: Record<string, string>; body?: string; body_encoding?: "base64" } = {},
  ): Promise<TunnelFrameOf<"request">> {
    const request = await this.next("request");
    this.send({ type: "response", id: request.id, status: 200, headers: {}, ...answer });
    return request;
  }

  /** A round trip: what was sent before it was taken by the relay. */
  async settle(): Promise<void> {
    this.send({ type: "ping" });
    await this.next("pong");
  }
}

export interface Asked {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
}

export interface AskOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Uint8Array;
}

/** Asks a relay under a host name, on a connection of its own. */
export async function ask(port: number, host: string, options: AskOptions = {}): Promise<Asked> {
  const response = await begin(port, host, options);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return { status: response.statusCode!, headers: response.headers, body: bytes.toString("utf8"), bytes };
}

/** The same, as soon as the answer begins. */
export async function begin(port: number, host: string, options: AskOptions = {}): Promise<IncomingMessage> {
  const { method = "GET", path = "/", headers = {}, body } = options;
  const request = httpRequest({ host: "127.0.0.1", port, method, path, agent: false, headers: { host, ...headers } });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  request.on("error", () => {}); // What was not read of the request any more.
  onTestFinished(() => void response.destroy());
  return response;
}

/** A connection on which nothing was sent yet. */
export function openRaw(port: number): Socket {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Sends this text; gives the status of the answer. */
export async function rawStatus(port: number, text: string): Promise<number> {
  const socket = openRaw(port);
  socket.write(text);
  const [chunk] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return Number(chunk.toString().split(" ")[1]);
}
