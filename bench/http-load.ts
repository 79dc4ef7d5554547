// A raw HTTP client over connections that stay open: it sends prepared bytes and counts answers, so that what is measured is
// the server.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { percentile } from "./measure.ts";

export interface HttpTarget {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Load {
  readonly perSecond: number;
  /** Of the time from the request to the last byte of its answer. */
  readonly p99Ms: number;
}

/** One request in flight on each of `width` connections, for some time. Anything but 200 ends it. */
export async function httpLoad(target: HttpTarget, width: number, ms: number): Promise<Load> {
  const took: number[] = [];
  const start = performance.now();
  const lanes = Array.from({ length: width }, async () => {
    const lane = await openLane(target.port);
    const request = requestBytes(target);
    try {
      while (performance.now() - start < ms) {
        const sentAt = performance.now();
        await lane.exchange(request);
        took.push(performance.now() - sentAt);
      }
    } finally {
      lane.socket.destroy();
    }
  });
  await Promise.all(lanes);
  const seconds = (performance.now() - start) / 1_000;
  return {
    perSecond: took.length / seconds,
    p99Ms: percentile(
      took.sort((one, other) => one - other),
      0.99,
    ),
  };
}

/** Connections on which nothing is asked any more, once each had an answer. */
export async function idleConnections(target: HttpTarget, count: number): Promise<Socket[]> {
  const request = requestBytes(target);
  const sockets: Socket[] = [];
  for (let made = 0; made < count; made++) {
    const lane = await openLane(target.port);
    await lane.exchange(request);
    sockets.push(lane.socket);
  }
  return sockets;
}

function requestBytes({ port, path, headers = {} }: HttpTarget): Buffer {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
}

async function openLane(port: number): Promise<{ readonly socket: Socket; exchange(request: Buffer): Promise<void> }> {
  const socket = connect(port, "127.0.0.1").setNoDelay(true);
  await once(socket, "connect");
  let left = 0;
  let head = "";
  let answered: PromiseWithResolvers<void> | undefined;
  socket.on("data", (chunk: Buffer) => {
    if (left === 0) {
      head += chunk.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      left = answerLength(head.slice(0, end)) + end + 4 - head.length;
      head = "";
    } else left -= chunk.length;
    if (left === 0) answered?.resolve();
  });
  socket.on("error", (error) => answered?.reject(error));
  socket.on("close", () => answered?.reject(new Error("the server closed the connection")));
  return {
    socket,
    exchange(request) {
      answered = Promise.withResolvers();
      socket.write(request);
      return answered.promise;
    },
  };
}

/** Of the body. */
function answerLength(head: string): number {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (!head.startsWith("HTTP/1.1 200 ") || length === undefined) throw new Error(`not what was asked for:\n${head}`);
  return Number(length);
}
