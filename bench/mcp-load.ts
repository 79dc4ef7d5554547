// Raw clients for MCP servers: they send prepared bytes and count answers, so that what is measured is the server.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export type Era = "2025-11-25" | "2026-07-28";

export interface McpTarget {
  readonly name: string;
  /** Calls per second with so many in flight, over some time. */
  rate(width: number, ms: number): Promise<number>;
  close(): Promise<void>;
}

const TEXT = "x".repeat(100);
const NEWER_META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1.0.0" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

function callText(id: number, era: Era, tool: string): string {
  const meta = era === "2026-07-28" ? { _meta: NEWER_META } : {};
  const params = { name: tool, arguments: { text: TEXT }, ...meta };
  return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
}

const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1.0.0" } },
});
const INITIALIZED = JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" });

/** A server on standard input and output. */
export async function overStdio(
  name: string,
  tool: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<McpTarget> {
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "inherit"] });
  let onAnswer = (_count: number) => {};
  child.stdout!.on("data", (chunk: Buffer) => onAnswer(answersIn(name, chunk)));
  const first = new Promise<void>((resolve) => {
    onAnswer = () => resolve();
  });
  child.stdin!.write(`${INITIALIZE}\n`);
  await first;
  child.stdin!.write(`${INITIALIZED}\n`);
  let id = 0;
  const send = (count: number) => {
    let text = "";
    for (let i = 0; i < count; i++) text += `${callText(++id, "2025-11-25", tool)}\n`;
    child.stdin!.write(text);
  };
  return {
    name,
    async rate(width, ms) {
      let done = 0;
      let open = width;
      const over = Promise.withResolvers<void>();
      const start = performance.now();
      onAnswer = (count) => {
        done += count;
        open -= count;
        if (performance.now() - start < ms) {
          send(count);
          open += count;
        } else if (open === 0) over.resolve();
      };
      send(width);
      await over.promise;
      return (done * 1000) / (performance.now() - start);
    },
    close: () => ended(child, () => child.stdin!.end()),
  };
}

/** Counts the lines; an error among them would be measured as an answer. */
function answersIn(name: string, chunk: Buffer): number {
  refuseErrors(name, chunk);
  let count = 0;
  for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) count++;
  return count;
}

function refuseErrors(name: string, chunk: Buffer): void {
  if (chunk.includes('"error":{') || chunk.includes('"isError":true')) throw new Error(`${name}: ${chunk.toString()}`);
}

export interface HttpTarget {
  readonly port: number;
  readonly path: string;
  readonly tool: string;
  readonly key?: string;
}

/** A server over HTTP: as many connections as calls in flight, one call at a time on each. */
export async function overHttp(name: string, era: Era, target: HttpTarget): Promise<McpTarget> {
  const session = era === "2025-11-25" ? await beginSession(target) : undefined;
  const headers = {
    "mcp-protocol-version": era,
    ...(session === undefined ? {} : { "mcp-session-id": session }),
    ...(era === "2026-07-28" ? { "mcp-method": "tools/call", "mcp-name": target.tool } : {}),
  };
  const lanes: Lane[] = [];
  /** Within a session, what is open at the same time needs an id of its own. */
  const newLane = () =>
    new Lane(name, target.port, requestBytes(target, callText(lanes.length + 1, era, target.tool), headers));
  return {
    name,
    async rate(width, ms) {
      while (lanes.length < width) lanes.push(newLane());
      const start = performance.now();
      const counts = await Promise.all(
        lanes.slice(0, width).map(async (lane) => {
          let count = 0;
          while (performance.now() - start < ms) {
            await lane.ask();
            count++;
          }
          return count;
        }),
      );
      return (counts.reduce((sum, count) => sum + count) * 1000) / (performance.now() - start);
    },
    async close() {
      for (const lane of lanes) lane.close();
    },
  };
}

async function beginSession(target: HttpTarget): Promise<string> {
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...(target.key === undefined ? {} : { authorization: `Bearer ${target.key}` }),
  };
  const url = `http://127.0.0.1:${target.port}${target.path}`;
  const response = await fetch(url, { method: "POST", headers, body: INITIALIZE });
  await response.text();
  const session = response.headers.get("mcp-session-id");
  if (session === null) throw new Error(`no session: HTTP ${response.status}`);
  return session;
}

function requestBytes({ port, path, key }: HttpTarget, body: string, more: Readonly<Record<string, string>>): Buffer {
  const headers = {
    host: `127.0.0.1:${port}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "content-length": String(Buffer.byteLength(body)),
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...more,
  };
  const head = Object.entries(headers).map(([header, value]) => `${header}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join("")}\r\n${body}`);
}

/** One connection that is kept; it knows as much of HTTP as it takes to see where an answer ends. */
class Lane {
  readonly #name: string;
  readonly #socket: Socket;
  readonly #bytes: Buffer;
  #rest: Buffer = Buffer.alloc(0);
  #answered: (() => void) | undefined;

  constructor(name: string, port: number, bytes: Buffer) {
    this.#name = name;
    this.#bytes = bytes;
    this.#socket = connect(port, "127.0.0.1").setNoDelay(true);
    this.#socket.on("data", (chunk) => this.#take(chunk));
  }

  ask(): Promise<void> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#socket.write(this.#bytes);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const headEnd = this.#rest.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const head = this.#rest.toString("latin1", 0, headEnd).toLowerCase();
    const length = /content-length: (\d+)/.exec(head)?.[1];
    const isWhole =
      length === undefined
        ? this.#rest.subarray(-5).equals(LAST_CHUNK)
        : this.#rest.length >= headEnd + 4 + Number(length);
    if (!isWhole) return;
    if (!head.startsWith("http/1.1 200")) throw new Error(`${this.#name}: ${this.#rest.toString()}`);
    refuseErrors(this.#name, this.#rest);
    this.#rest = Buffer.alloc(0);
    this.#answered!();
  }
}

const LAST_CHUNK = Buffer.from("0\r\n\r\n");

export async function ended(child: ChildProcess, ask: () => void): Promise<void> {
  const gone = once(child, "exit");
  ask();
  await gone;
}
