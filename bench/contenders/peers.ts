// Everybody else: the ways in which a host could reach a plugin instead.

import { type ChildProcess, execFile, fork, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { BUILT } from "../built.ts";
import type { Echoer, Spread } from "../measure.ts";

const PEERS = join(import.meta.dirname, "../peers");

/** A Node child and Node's own messages. */
export async function startFork(serialization: "json" | "advanced"): Promise<Echoer> {
  const child = fork(join(PEERS, "fork-child.mjs"), { serialization });
  const waiting = new Map<number, (text: string) => void>();
  let lastId = 0;
  child.on("message", ({ id, text }: { id: number; text: string }) => {
    waiting.get(id)!(text);
    waiting.delete(id);
  });
  return {
    name: `fork ${serialization}`,
    pid: child.pid,
    echo(text) {
      const id = ++lastId;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        child.send({ id, text });
      });
    },
    close: () => ended(child, () => child.disconnect()),
  };
}

/** What bench/peers/mcp-client.mjs gives. It is loaded by its path: the packages it needs are there only for `make bench`. */
interface McpPeer {
  readonly pid: number;
  echo(text: string): Promise<string>;
  close(): Promise<void>;
}

export async function startMcp(): Promise<Echoer> {
  const { connectMcp } = (await load("mcp-client.mjs")) as { connectMcp(): Promise<McpPeer> };
  const { pid, echo, close } = await connectMcp();
  return { name: "MCP server", pid, echo, close };
}

/** Loads what `startMcp` needs, so that a timed start does not pay for it. */
export async function loadMcp(): Promise<void> {
  await load("mcp-client.mjs");
}

/** A C function in this process. */
export async function startFfi(): Promise<Echoer> {
  const { loadEcho } = (await load("ffi.mjs")) as { loadEcho(library: string): (text: string) => string };
  const echoSync = loadEcho(BUILT.inProcess);
  return {
    name: "FFI in process",
    pid: undefined,
    echo: async (text) => echoSync(text),
    echoSync,
    close: async () => {},
  };
}

function load(file: string): Promise<unknown> {
  return import(new URL(`../peers/${file}`, import.meta.url).href);
}

/** A C program for every single call. */
export async function startProcessPerCall(): Promise<Echoer> {
  return {
    name: "process per call",
    pid: undefined,
    echo(text) {
      return new Promise((resolve, reject) => {
        const child = spawn(BUILT.echoOnce, { stdio: ["pipe", "pipe", "ignore"] });
        let answer = "";
        child.stdout.setEncoding("utf8").on("data", (part: string) => {
          answer += part;
        });
        child.once("error", reject).once("close", () => resolve(answer));
        child.stdin.end(text);
      });
    },
    close: async () => {},
  };
}

/** The least there could be: a C child that only echoes, over fd 3, and no protocol but a length. */
export async function startBareEcho(): Promise<Echoer> {
  const child = spawn(BUILT.bareEcho, { stdio: ["ignore", "ignore", "inherit", "pipe"] });
  const socket = child.stdio[3] as Socket;
  const waiting: ((text: string) => void)[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let out: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 4) {
      const end = at + 4 + rest.readUInt32LE(at);
      if (end > rest.length) break;
      waiting.shift()!(rest.toString("utf8", at + 4, end));
      at = end;
    }
    rest = rest.subarray(at);
  });
  const flush = () => {
    socket.write(out.length === 1 ? out[0]! : Buffer.concat(out));
    out = [];
  };
  return {
    name: "bare C echo",
    pid: child.pid,
    echo(text) {
      const message = Buffer.allocUnsafe(4 + Buffer.byteLength(text));
      message.writeUInt32LE(message.length - 4);
      message.write(text, 4);
      if (out.push(message) === 1) queueMicrotask(flush);
      return new Promise((resolve) => waiting.push(resolve));
    },
    close: () => ended(child, () => socket.end()),
  };
}

/** Two C processes with no Node at all, 100 bytes: microseconds. */
export async function pingPong(rounds: number): Promise<Spread> {
  const { stdout } = await promisify(execFile)(BUILT.pingPong, [String(rounds)]);
  const [p50, p99] = stdout.trim().split(" ").map(Number);
  return { p50: p50! / 1000, p99: p99! / 1000 };
}

async function ended(child: ChildProcess, ask: () => void): Promise<void> {
  const gone = once(child, "exit");
  ask();
  await gone;
}
